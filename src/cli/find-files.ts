// The files that a list of paths stands for: files as they are named, folders with all below them.
import { readdir, stat } from 'node:fs/promises';
import { basename, join, normalize, relative } from 'node:path';
import { standardStream } from './streams.ts';

export interface FoundFile {
  readonly path: string;
  /** The path from the folder that was named; of a file that was named, its last part. */
  readonly name: string;
}

/**
 * In the order of the paths, in a folder by name. What is found in a folder counts only if `isInput` says so; what
 * is named always does, even if it is not there.
 */
export async function findFiles(
  paths: readonly string[],
  isInput: (name: string) => boolean,
): Promise<FoundFile[]> {
  const found: FoundFile[] = [];
  for (const path of paths) {
    if (path === standardStream || !(await isFolder(path))) {
      found.push({ path: path === standardStream ? path : normalize(path), name: basename(path) });
      continue;
    }
    const entries = await readdir(path, { recursive: true, withFileTypes: true });
    const names = entries
      .filter((entry) => !entry.isDirectory() && isInput(entry.name))
      .map((entry) => relative(path, join(entry.parentPath, entry.name)));
    for (const name of names.sort()) found.push({ path: join(path, name), name });
  }
  return found;
}

/** Whether a file found in a folder is a `.nic` file. */
export function isNicName(name: string): boolean {
  return name.toLowerCase().endsWith('.nic');
}

/** A path that is not there is no folder: it fails in its turn. */
async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
}
