// How the command line ends: one line on stderr for an error, and an exit code.
import { errorCodes, NicError } from '../../codec/errors.ts';
import { TrainingError } from '../train/training-error.ts';
import { UsageError } from './usage-error.ts';

/** 1 files and the system, 2 usage, 3 bitstream, 4 model, 5 limit, 130 interrupted. */
export const exitCodes = { ok: 0, file: 1, usage: 2, interrupted: 130 } as const;

const systemMessages: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EISDIR: 'is a folder',
  ENOTDIR: 'a part of the path is no folder',
  ENOSPC: 'no space left on the device',
  EROFS: 'the file system is read-only',
  EMFILE: 'too many open files',
};

/** The exit code of an error that ended a command. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof NicError) return error.exitCode;
  if (error instanceof UsageError) return exitCodes.usage;
  if (isAbort(error)) return exitCodes.interrupted;
  return exitCodes.file;
}

/** One line for people, with the stable code; the stack follows where the error is a fault of the program. */
export function describeError(error: unknown): string {
  if (isAbort(error)) return 'nic: interrupted [INTERRUPTED]';
  if (!(error instanceof Error)) return `nic: ${String(error)}`;
  const { code, path } = error as NodeJS.ErrnoException;
  if (error instanceof NicError || error instanceof UsageError || error instanceof TrainingError) {
    return `nic: ${oneLine(error.message)} [${code}]`;
  }
  if (typeof code === 'string' && (error as NodeJS.ErrnoException).syscall !== undefined) {
    const reason = systemMessages[code] ?? reasonOf(error);
    return `nic: ${path === undefined ? '' : `${path}: `}${reason} [${code}]`;
  }
  return `nic: unexpected ${error.stack ?? error.message}`;
}

/** Of `CODE: reason, call 'path'`, as the system's errors are worded. */
function reasonOf({ message }: Error): string {
  return /^[A-Z0-9_]+: (.+?), /.exec(message)?.[1] ?? oneLine(message);
}

/**
 * Calls a function; of what it refuses in a file, the message starts with the name of the file. An output that exists
 * is named already, and a wrong parameter or model is no fault of the file.
 */
export async function namingInput<T>(name: string, use: () => Promise<T> | T): Promise<T> {
  try {
    return await use();
  } catch (error) {
    if (isAboutInput(error)) error.message = `${name}: ${error.message}`;
    throw error;
  }
}

function isAboutInput(error: unknown): error is NicError {
  if (!(error instanceof NicError) || error.code === 'FILE_EXISTS') return false;
  const { kind } = errorCodes[error.code];
  return kind === 'argument' ? error.code === 'UNSUPPORTED_IMAGE' : kind !== 'model';
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ').trim();
}
