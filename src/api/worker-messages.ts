// What the calling thread and a worker say to each other. Everything survives a structured clone; errors are sent
// as records, so that a NicError keeps its class, code and place.
import {
  type Backend,
  BitstreamError,
  type ErrorCode,
  type ErrorCodeOf,
  errorCodes,
  fromAllocationFailure,
  InvalidArgumentError,
  type JobArgs,
  type JobResult,
  type Jobs,
  LimitError,
  ModelError,
  NicError,
} from '../../codec/index.ts';

/** The first message to a worker: what to make its engine of. */
export interface WorkerSetup {
  readonly manifest: unknown;
  readonly data: Uint8Array;
  readonly backend: Backend;
}

/** Any later message to a worker. */
export interface WorkerRequest<K extends keyof Jobs = keyof Jobs> {
  readonly id: number;
  readonly name: K;
  readonly args: JobArgs<K>;
}

/** The one answer to each request. */
export type WorkerReply =
  | { readonly id: number; readonly result: JobResult<keyof Jobs> }
  | { readonly id: number; readonly error: ErrorRecord };

export interface ErrorRecord {
  readonly message: string;
  readonly code?: string;
  readonly offset?: number;
  readonly section?: string;
  readonly stack?: string;
}

/** An error as a record; a failed allocation becomes the LimitError that it is. */
export function recordError(thrown: unknown): ErrorRecord {
  const error = fromAllocationFailure(thrown, 'a tile of the picture');
  if (!(error instanceof Error)) return { message: String(error) };
  const { message, stack } = error;
  if (!(error instanceof NicError)) return { message, stack };
  if (!(error instanceof BitstreamError)) return { message, stack, code: error.code };
  return { message, stack, code: error.code, offset: error.offset, section: error.section };
}

/** The error that a record was made of, with the stack of the place where it was thrown. */
export function restoreError(record: ErrorRecord): Error {
  const error = errorOf(record);
  if (record.stack !== undefined) error.stack = record.stack;
  return error;
}

function errorOf({ code, message, offset, section }: ErrorRecord): Error {
  if (code === undefined || !Object.hasOwn(errorCodes, code)) return new Error(message);
  switch (errorCodes[code as ErrorCode].kind) {
    case 'argument':
      return new InvalidArgumentError(code as ErrorCodeOf<'argument'>, message);
    case 'bitstream':
      return new BitstreamError(code as ErrorCodeOf<'bitstream'>, message, { offset, section });
    case 'model':
      return new ModelError(code as ErrorCodeOf<'model'>, message);
    case 'limit':
      return new LimitError(code as ErrorCodeOf<'limit'>, message);
    default:
      return new NicError(code as ErrorCode, message);
  }
}
