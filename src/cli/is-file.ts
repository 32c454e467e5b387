import { stat } from 'node:fs/promises';

/** Whether there is a file at a path. */
export async function isFile(path: string): Promise<boolean> {
  return await stat(path).then(
    (entry) => entry.isFile(),
    () => false,
  );
}
