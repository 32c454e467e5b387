/**
 * The errors of nic: one base class with a stable code, four classes that say whose fault it is.
 *
 * Codes are part of the public surface: a code is never renamed or given another meaning, new ones may be
 * added. `errorCodes` is the whole table; `exitCode` is what the command line ends with.
 */

export const exitCodes = Object.freeze({ file: 1, argument: 2, bitstream: 3, model: 4, limit: 5 });

export type ErrorKind = keyof typeof exitCodes;

/** Every code with its class and its meaning. */
export const errorCodes = Object.freeze({
  UNREADABLE_IMAGE: { kind: 'file', meaning: 'The file is no picture, or a damaged one.' },
  FILE_EXISTS: { kind: 'file', meaning: 'The output exists and was not to be overwritten.' },
  WORKER_FAILED: { kind: 'file', meaning: 'A worker did not load, or ended before its job.' },

  INVALID_ARGUMENT: { kind: 'argument', meaning: 'A parameter has a wrong type or value.' },
  UNKNOWN_OPTION: { kind: 'argument', meaning: 'An options object has a key that nothing reads.' },
  CODEC_CLOSED: {
    kind: 'argument',
    meaning: 'The codec was closed before the call or while it ran.',
  },
  UNSUPPORTED_IMAGE: {
    kind: 'argument',
    meaning: 'The picture has a feature that this version cannot code, for example animation.',
  },

  NOT_NIC: { kind: 'bitstream', meaning: 'The data does not start with the magic bytes.' },
  DAMAGED_BY_TEXT_TRANSFER: {
    kind: 'bitstream',
    meaning: 'The magic bytes were changed by a transfer that rewrites line ends or the high bit.',
  },
  UNSUPPORTED_VERSION: { kind: 'bitstream', meaning: 'The major version is not known.' },
  TRUNCATED: { kind: 'bitstream', meaning: 'The data ends before a field or section does.' },
  INVALID_FIELD: { kind: 'bitstream', meaning: 'A field has a value outside of its range.' },
  RESERVED_BITS: { kind: 'bitstream', meaning: 'A reserved bit is set.' },
  INVALID_SECTION: {
    kind: 'bitstream',
    meaning: 'A section has a wrong length, order or number.',
  },
  UNKNOWN_SECTION: { kind: 'bitstream', meaning: 'A critical section has a type not known.' },
  TRAILING_DATA: { kind: 'bitstream', meaning: 'There are bytes after the last section.' },
  CORRUPT_LATENTS: {
    kind: 'bitstream',
    meaning: 'An entropy coded stream has an impossible state, symbol or length.',
  },
  CORRUPT_ALPHA: {
    kind: 'bitstream',
    meaning: 'The coded alpha has an impossible state or length.',
  },
  CHECKSUM_MISMATCH: { kind: 'bitstream', meaning: 'What was decoded is not what was encoded.' },

  INVALID_MODEL: { kind: 'model', meaning: 'The model file breaks a rule of its format.' },
  MODEL_NOT_FOUND: { kind: 'model', meaning: 'No model with the id of the bitstream is loaded.' },
  MODEL_MISMATCH: {
    kind: 'model',
    meaning: 'The loaded model has the right id but other weights than the encoder had.',
  },

  TOO_MANY_PIXELS: { kind: 'limit', meaning: 'The picture has more pixels than allowed.' },
  PICTURE_TOO_LARGE: {
    kind: 'limit',
    meaning: 'A side is longer than the format can hold (65535).',
  },
  METADATA_TOO_LARGE: {
    kind: 'limit',
    meaning: 'EXIF or XMP has more bytes than a file can hold.',
  },
  OUT_OF_MEMORY: { kind: 'limit', meaning: 'The platform refused an allocation.' },
  UNREACHABLE_TARGET: {
    kind: 'limit',
    meaning: 'No quality meets the asked size or distortion.',
  },
} as const satisfies Record<string, { kind: ErrorKind; meaning: string }>);

export type ErrorCode = keyof typeof errorCodes;
export type ErrorCodeOf<Kind extends ErrorKind> = {
  [Code in ErrorCode]: (typeof errorCodes)[Code]['kind'] extends Kind ? Code : never;
}[ErrorCode];

/** Any failure that nic foresees. `code` is a key of `errorCodes`; the message is one line for people. */
export class NicError extends Error {
  override readonly name: string = 'NicError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** Exit status of the command line for this error, 1 to 5. */
  get exitCode(): number {
    return exitCodes[errorCodes[this.code].kind];
  }
}

/** The caller passed something wrong, or called what is closed. */
export class InvalidArgumentError extends NicError {
  override readonly name = 'InvalidArgumentError';

  constructor(code: ErrorCodeOf<'argument'>, message: string, options?: ErrorOptions) {
    super(code, message, options);
  }
}

export interface BitstreamPlace {
  /** Byte offset from the start of the data where the fault was noticed. */
  readonly offset?: number;
  /** Field or section in which it was noticed, by its name in FORMAT.md. */
  readonly section?: string;
}

/** The bytes are not a `.nic` picture that this version can decode. */
export class BitstreamError extends NicError {
  override readonly name = 'BitstreamError';
  readonly offset?: number;
  readonly section?: string;

  constructor(
    code: ErrorCodeOf<'bitstream'>,
    message: string,
    place: BitstreamPlace = {},
    options?: ErrorOptions,
  ) {
    super(code, message, options);
    if (place.offset !== undefined) this.offset = place.offset;
    if (place.section !== undefined) this.section = place.section;
  }
}

/** The model file is damaged, missing, or not the one of the bitstream. */
export class ModelError extends NicError {
  override readonly name = 'ModelError';

  constructor(code: ErrorCodeOf<'model'>, message: string, options?: ErrorOptions) {
    super(code, message, options);
  }
}

/** Valid, but more than the caller, the format or the platform allows. */
export class LimitError extends NicError {
  override readonly name = 'LimitError';

  constructor(code: ErrorCodeOf<'limit'>, message: string, options?: ErrorOptions) {
    super(code, message, options);
  }
}

/**
 * An `INVALID_ARGUMENT` error with the one wording that all of nic uses:
 * "Expected an integer from 0 to 100 for quality but received 140 of type number".
 */
export function invalidArgument(
  expected: string,
  name: string,
  received: unknown,
): InvalidArgumentError {
  return new InvalidArgumentError(
    'INVALID_ARGUMENT',
    `Expected ${expected} for ${name} but received ${describe(received)}`,
  );
}

/** The error of calls to a closed codec and of those that it cut off. */
export function codecClosed(): InvalidArgumentError {
  return new InvalidArgumentError('CODEC_CLOSED', 'The codec is closed');
}

const maxDescriptionLength = 60;

function describe(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  const type = typeof value;
  if (type === 'object') {
    const prototype: unknown = Object.getPrototypeOf(value);
    const constructorName =
      prototype === null
        ? ''
        : (prototype as { constructor?: { name?: string } }).constructor?.name;
    return `an object of type ${constructorName || 'Object'}`;
  }
  if (type === 'function') return 'a function';
  const text = type === 'string' ? JSON.stringify(value) : String(value);
  const short =
    text.length > maxDescriptionLength ? `${text.slice(0, maxDescriptionLength)}…` : text;
  return `${short} of type ${type}`;
}

/** An error as plain data, for example to send it between threads. */
export interface ErrorRecord extends BitstreamPlace {
  readonly name: string;
  readonly message: string;
  readonly code?: ErrorCode;
  readonly stack?: string;
}

/** What `restoreError` needs to build the same error again; the cause is left out. */
export function recordError(error: unknown): ErrorRecord {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const { name, message, stack } = error;
  if (!(error instanceof NicError)) return { name, message, stack };
  const { code } = error;
  if (!(error instanceof BitstreamError)) return { name, message, stack, code };
  return { name, message, stack, code, offset: error.offset, section: error.section };
}

/** The error that `recordError` was given, of the same class, with the same code and place. */
export function restoreError(record: ErrorRecord): Error {
  const error = rebuild(record);
  if (record.stack !== undefined) error.stack = record.stack;
  return error;
}

function rebuild({ name, message, code, offset, section }: ErrorRecord): Error {
  if (code === undefined) return Object.assign(new Error(message), { name });
  switch (errorCodes[code].kind) {
    case 'file':
      return new NicError(code, message);
    case 'argument':
      return new InvalidArgumentError(code as ErrorCodeOf<'argument'>, message);
    case 'bitstream':
      return new BitstreamError(code as ErrorCodeOf<'bitstream'>, message, { offset, section });
    case 'model':
      return new ModelError(code as ErrorCodeOf<'model'>, message);
    case 'limit':
      return new LimitError(code as ErrorCodeOf<'limit'>, message);
  }
}

/** Turns the platform's allocation failures into `OUT_OF_MEMORY`; gives any other error back unchanged. */
export function fromAllocationFailure(error: unknown, what: string): unknown {
  return error instanceof RangeError
    ? new LimitError('OUT_OF_MEMORY', `Not enough memory for ${what}`, { cause: error })
    : error;
}
