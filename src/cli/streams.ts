// Files of the command line: `-` is stdin or stdout.
import { readFile } from 'node:fs/promises';
import { addAbortSignal } from 'node:stream';
import { checkNoFile, checkPlace, writeFileAtomic } from '../image/write-file-atomic.ts';
import { UsageError } from './usage-error.ts';

/** Stands for stdin as an input and for stdout as an output. */
export const standardStream = '-';

/** The bytes of a file or of stdin. An abort rejects with an AbortError. */
export async function readInput(path: string, signal?: AbortSignal): Promise<Uint8Array> {
  if (path !== standardStream) {
    return await readFile(path, { signal }).catch((error) => {
      // Where the file was opened, the system no longer names it.
      throw Object.assign(error, { path });
    });
  }
  if (signal) addAbortSignal(signal, process.stdin);
  const chunks: Uint8Array[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}

export interface OutputOptions {
  readonly force: boolean;
  readonly json: boolean;
}

/** Refuses an output before any work: a file that exists or cannot be made, a terminal, a stdout that `--json` needs. */
export async function checkOutput(path: string, { force, json }: OutputOptions): Promise<void> {
  if (path !== standardStream) {
    await checkFree(path, force);
    await checkPlace(path);
  } else if (json) {
    throw new UsageError('--json writes to stdout: give the output a file name');
  } else if (process.stdout.isTTY) {
    throw new UsageError(
      'Binary data is not written to a terminal: name a file or redirect stdout',
    );
  }
}

/** Refuses a file that exists, unless it is to be replaced. */
export async function checkFree(path: string, force: boolean): Promise<void> {
  if (!force) await checkNoFile(path).catch(suggestForce);
}

/** Writes a file whole or not at all, or everything to stdout. */
export async function writeOutput(path: string, bytes: Uint8Array, force: boolean): Promise<void> {
  if (path !== standardStream) {
    return await writeFileAtomic(path, bytes, { overwrite: force }).catch(suggestForce);
  }
  await new Promise<void>((resolve, reject) => {
    process.stdout.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}

/** Throws an error again, with the option that helps where a file exists. */
export function suggestForce(error: Error & { code?: unknown }): never {
  if (error.code === 'FILE_EXISTS') error.message += '; --force replaces it';
  throw error;
}

/** How a path is called in messages. */
export function displayName(path: string, direction: 'input' | 'output'): string {
  if (path !== standardStream) return path;
  return direction === 'input' ? 'stdin' : 'stdout';
}
