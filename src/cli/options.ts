// Options that several commands share, and how their texts become values.
import type { Options } from 'yargs';
import type { CodecOptions } from '../api/codec.ts';
import { UsageError } from './usage-error.ts';

/** Stands for the first `-` of a path that yargs would not take for one: a lone `-`, or one after `--`; no argument can contain it. */
export const dashMark = '\0';

/** The text as it was on the command line. */
export function withDash(text: string): string {
  return text.startsWith(dashMark) ? `-${text.slice(dashMark.length)}` : text;
}

/** An option with a number from `low` to `high`. */
export function numberOption(
  name: string,
  low: number,
  high: number,
  options: Options & { readonly integer?: boolean },
) {
  const { integer = false, ...rest } = options;
  return {
    ...rest,
    valueKind: 'other',
    type: 'string',
    requiresArg: true,
    coerce(text: string | undefined): number | undefined {
      if (text === undefined) return undefined;
      if (Array.isArray(text)) throw new UsageError(`Expected --${name} once`);
      const value = text.trim() === '' ? Number.NaN : Number(text);
      if (!(value >= low && value <= high) || (integer && !Number.isInteger(value))) {
        const kind = integer ? 'an integer' : 'a number';
        throw new UsageError(
          `Expected ${kind} from ${low} to ${high} for --${name} but received ${JSON.stringify(withDash(text))}`,
        );
      }
      return value;
    },
  } as const;
}

/** An option with a text that may be given once. */
export function textOption(name: string, options: Options) {
  return {
    ...options,
    type: 'string',
    requiresArg: true,
    coerce(text: string | undefined): string | undefined {
      if (Array.isArray(text)) throw new UsageError(`Expected --${name} once`);
      if (text === '') throw new UsageError(`Expected a value for --${name}`);
      return text === undefined ? undefined : withDash(text);
    },
  } as const;
}

const sizeUnits: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  kB: 1e3,
  MB: 1e6,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
};

/** An option with a number of bytes: `200000`, `200kB`, `1.5MiB`. */
export function sizeOption(name: string, options: Options) {
  return {
    ...options,
    valueKind: 'other',
    type: 'string',
    requiresArg: true,
    coerce(text: string | undefined): number | undefined {
      if (text === undefined) return undefined;
      if (Array.isArray(text)) throw new UsageError(`Expected --${name} once`);
      const [, digits, unit] = /^(\d+(?:\.\d+)?) ?([A-Za-z]*)$/.exec(text.trim()) ?? [];
      const bytes = Object.hasOwn(sizeUnits, unit)
        ? Math.floor(Number(digits) * sizeUnits[unit] + 1e-6)
        : 0;
      if (!(bytes >= 1 && Number.isSafeInteger(bytes))) {
        throw new UsageError(
          `Expected a size such as 200000, 200kB or 1.5MiB for --${name} but received ${JSON.stringify(withDash(text))}`,
        );
      }
      return bytes;
    },
  } as const;
}

const threadsOption = numberOption('threads', 0, 64, {
  alias: 't',
  integer: true,
  describe:
    'Worker threads; 0 works without any [default: one a core, up to 8; none for a small picture]',
});

export const maxPixelsOption = numberOption('max-pixels', 1, 2 ** 32, {
  integer: true,
  describe: 'Refuse pictures with more pixels',
});

const backendOption = textOption('backend', {
  choices: ['simd', 'scalar'],
  describe: 'Kernels; both give the same bytes and pixels, scalar is slow [default: simd]',
});

const modelOption = textOption('model', { describe: 'The .json file of another model' });

export const forceOption = {
  type: 'boolean',
  alias: 'f',
  default: false,
  describe: 'Replace an existing output',
} as const;

export const stripOption = {
  type: 'boolean',
  default: false,
  describe: 'Leave out EXIF and XMP',
} as const;

export const jsonOption = {
  type: 'boolean',
  default: false,
  describe: 'Print the result as JSON on stdout',
} as const;

export const quietOption = {
  type: 'boolean',
  default: false,
  describe: 'Print nothing but errors',
} as const;

const switchBefore = { type: 'boolean', hidden: true, global: false } as const;

/** Switches as they may stand before a command, where no other option would be known to be one. */
export const switchesBefore = {
  force: { ...switchBefore, alias: 'f' },
  strip: switchBefore,
  json: switchBefore,
  quiet: switchBefore,
  'dry-run': switchBefore,
  resume: switchBefore,
  encoder: switchBefore,
} as const;

/** Of every command that loads a codec. */
export const codecOptions = {
  threads: threadsOption,
  backend: backendOption,
  model: modelOption,
  'max-pixels': maxPixelsOption,
} as const;

/** What `codecOptions` are parsed to. */
export interface CodecArgs {
  readonly threads?: number;
  readonly backend?: string;
  readonly model?: string;
  readonly maxPixels?: number;
}

/** The options of createCodec out of those of a command. */
export function codecOptionsOf({ threads, backend, model }: CodecArgs): CodecOptions {
  return { threads, backend: backend as CodecOptions['backend'], model };
}
