// Downloads a file so that a broken transfer goes on where it stopped, and nothing but the checked file is left.
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as wait } from 'node:timers/promises';

export interface DownloadOptions {
  readonly url: string;
  /** Where the file goes; beside it, `<path>.part` holds what has arrived. */
  readonly path: string;
  /** Null takes whatever arrives. */
  readonly sha256: string | null;
  readonly signal?: AbortSignal;
  /** Bytes so far, and in all where the server says so. */
  readonly onProgress?: (receivedBytes: number, totalBytes: number | undefined) => void;
  /** Tries after a broken transfer; default 4. */
  readonly attempts?: number;
  /** Wait before another try, times the number of the try; default 1000. */
  readonly retryDelayMs?: number;
}

/** The data is not what the manifest says. */
export class ChecksumError extends Error {
  override readonly name = 'ChecksumError';
  readonly code = 'CHECKSUM_MISMATCH';
}

/**
 * Downloads to `path` and returns the SHA-256. A `.part` file from before is continued with a range request.
 * Throws a ChecksumError (the data is removed), or an Error with the address and the reason.
 */
export async function download(options: DownloadOptions): Promise<string> {
  const { url, path, sha256, signal } = options;
  const part = `${path}.part`;
  await mkdir(dirname(path), { recursive: true });
  const attempts = options.attempts ?? 4;
  for (let attempt = 1; ; attempt++) {
    try {
      await transfer(options, part);
      break;
    } catch (error) {
      signal?.throwIfAborted();
      if (attempt >= attempts || error instanceof PermanentError) {
        throw new Error(`${url}: ${reasonOf(error)}`, { cause: error });
      }
      await wait((options.retryDelayMs ?? 1000) * attempt, undefined, { signal });
    }
  }
  const actual = await fileSha256(part);
  if (sha256 !== null && actual !== sha256) {
    await rm(part);
    throw new ChecksumError(
      `${basename(path)} from ${url} has the SHA-256 ${actual} instead of ${sha256}`,
    );
  }
  await rename(part, path);
  return actual;
}

/** Another try will not help. */
class PermanentError extends Error {}

async function transfer({ url, signal, onProgress }: DownloadOptions, part: string): Promise<void> {
  const have = await sizeOf(part);
  const headers: Record<string, string> = have > 0 ? { range: `bytes=${have}-` } : {};
  const response = await fetch(url, { headers, signal });
  if (response.status === 416) {
    // What is there is whole, or longer than the file: the checksum tells, and a wrong one is removed.
    await response.body?.cancel();
    const whole = Number(/\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1]);
    if (whole === have) return;
    await rm(part);
    throw new Error('the partial file did not fit, starting again');
  }
  if (!response.ok || response.body === null) {
    const reason = `the server answers ${response.status} ${response.statusText}`;
    throw response.status >= 500 ? new Error(reason) : new PermanentError(reason);
  }
  const resumed = response.status === 206 && startOf(response) === have;
  const start = resumed ? have : 0;
  const length = Number(response.headers.get('content-length') ?? Number.NaN);
  const total = Number.isFinite(length) ? start + length : undefined;
  let received = start;
  const counted = async function* (chunks: AsyncIterable<Uint8Array>) {
    for await (const chunk of chunks) {
      received += chunk.length;
      onProgress?.(received, total);
      yield chunk;
    }
  };
  await pipeline(
    Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]),
    counted,
    createWriteStream(part, { flags: resumed ? 'a' : 'w' }),
    { signal },
  );
  if (total !== undefined && received < total) throw new Error('the transfer ended early');
}

function startOf(response: Response): number {
  return Number(/^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1]);
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch {
    return 0;
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error ? `${error.message} (${cause.message})` : error.message;
}

/** SHA-256 of a file, read piece by piece. */
export async function fileSha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
