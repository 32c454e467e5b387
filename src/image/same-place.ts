// Whether two paths lead to one file, which need not be there yet.
import { realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

/** Whether what is written to the one path would replace what is at the other. */
export async function isSamePlace(path: string, other: string): Promise<boolean> {
  const [place, otherPlace] = await Promise.all([placeOf(path), placeOf(other)]);
  return place === otherPlace;
}

/** The path without links; of a file that is not there, as far as its folder is. */
async function placeOf(path: string): Promise<string> {
  const folder = dirname(resolve(path));
  return await realpath(path)
    .catch(async () => join(await realpath(folder), basename(path)))
    .catch(() => resolve(path));
}
