// Writes a file whole or not at all: a temporary file in the same folder, then a rename. The temporary file is
// removed on an error and when a signal ends the process.

import { randomBytes } from 'node:crypto';
import { type Stats, unlinkSync } from 'node:fs';
import {
  access,
  constants,
  link,
  lstat,
  open,
  realpath,
  rename,
  stat,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { NicError } from '../../codec/errors.ts';

export interface WriteFileOptions {
  /** Whether a file of that name may be replaced; default true. */
  readonly overwrite?: boolean;
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const pending = new Set<string>();

/**
 * Writes `bytes` to `path`. With `overwrite: false` an existing file is left alone, even one that appears while
 * writing, and a NicError `FILE_EXISTS` is thrown. Devices and pipes are written to directly; a symbolic link
 * keeps pointing where it did. Other errors are the system's.
 */
export async function writeFileAtomic(
  path: string,
  bytes: Uint8Array,
  options: WriteFileOptions = {},
): Promise<void> {
  const overwrite = options.overwrite ?? true;
  const existing = await statIfThere(path);
  if (existing && !existing.isFile()) {
    return await writeFile(path, bytes).catch((error) => {
      throw named(error, path, path);
    });
  }
  if (existing && !overwrite) throw fileExists(path);

  const target = existing ? await realpath(path) : path;
  const temporary = join(
    dirname(target),
    `.${shortName(basename(target))}.${randomBytes(6).toString('hex')}.tmp`,
  );
  remember(temporary);
  try {
    await writeNew(temporary, bytes, existing?.mode);
    if (overwrite) await rename(temporary, target);
    else await moveWithoutReplacing(temporary, target);
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw named(error, temporary, path);
  } finally {
    forget(temporary);
  }
}

/** A name to which others can be added: no file system takes more than 255 bytes. */
function shortName(name: string): string {
  // With `stream` a character that was cut is left out.
  return new TextDecoder().decode(new TextEncoder().encode(name).subarray(0, 200), {
    stream: true,
  });
}

/** A NicError `FILE_EXISTS` where `path` is a file or a link to none; devices and pipes are no obstacle. */
export async function checkNoFile(path: string): Promise<void> {
  const existing = await statIfThere(path);
  const isLinkToNone = !existing && (await isThere(path));
  if (existing?.isFile() || isLinkToNone) throw fileExists(path);
}

/** The error of the system that a file at `path` would end with: it is a folder, or not in one that can be written to. */
export async function checkPlace(path: string): Promise<void> {
  const existing = await statIfThere(path);
  if (existing?.isDirectory()) throw systemError('EISDIR', path);
  if (existing && !existing.isFile()) return;
  const folder = dirname(existing ? await realpath(path) : path);
  try {
    if (!(await stat(folder)).isDirectory()) throw systemError('ENOTDIR', path);
    await access(folder, constants.W_OK);
  } catch (error) {
    throw Object.assign(error as Error, { path });
  }
}

function systemError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code, path, syscall: 'open' });
}

async function isThere(path: string): Promise<boolean> {
  return await lstat(path).then(
    () => true,
    () => false,
  );
}

function fileExists(path: string): NicError {
  return new NicError('FILE_EXISTS', `${path} exists and is not overwritten`);
}

async function statIfThere(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown }).code;
}

/** A system error is about the name that the caller knows, and has none where the file was open. */
function named(error: unknown, temporary: string, path: string): unknown {
  const { syscall, path: place = temporary, message } = error as NodeJS.ErrnoException;
  if (syscall !== undefined && place === temporary) {
    Object.assign(error as Error, { path, message: message.replaceAll(temporary, path) });
  }
  return error;
}

async function writeNew(path: string, bytes: Uint8Array, mode = 0o666): Promise<void> {
  const file = await open(path, 'wx', mode & 0o777);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A hard link fails where the name is taken, as a rename does not; not every file system has them. */
async function moveWithoutReplacing(temporary: string, target: string): Promise<void> {
  try {
    await link(temporary, target);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw fileExists(target);
    if (await statIfThere(target)) throw fileExists(target);
    return await rename(temporary, target);
  }
  await unlink(temporary);
}

function remember(path: string): void {
  if (pending.size === 0) {
    for (const signal of signals) process.on(signal, removePending);
    process.on('exit', removePending);
  }
  pending.add(path);
}

function forget(path: string): void {
  pending.delete(path);
  if (pending.size > 0) return;
  for (const signal of signals) process.off(signal, removePending);
  process.off('exit', removePending);
}

/** Listening to a signal keeps it from ending the process: where nobody else listens, it is sent again. */
function removePending(signal: NodeJS.Signals | number): void {
  for (const path of pending) {
    try {
      unlinkSync(path);
    } catch {
      // Not yet made, or already renamed.
    }
    forget(path);
  }
  if (typeof signal === 'string' && process.listenerCount(signal) === 0) {
    process.kill(process.pid, signal);
  }
}
