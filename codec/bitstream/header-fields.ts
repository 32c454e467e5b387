/**
 * The header as one table (FORMAT.md, "Header"): it drives writing, reading, checking and printing.
 *
 * Fields follow each other without gaps, bits from the most significant down; a varint starts at a whole byte.
 */
import type { ErrorCodeOf } from '../errors.ts';
import { auxiliariesOfPrior, priorKinds } from '../prior/prior-kinds.ts';

export interface HeaderField {
  readonly name: string;
  /** Width in bits, or a variable-length integer. */
  readonly size: number | 'varint';
  /** Smallest and largest value that this version accepts. */
  readonly min: number;
  readonly max: number;
  /** Error code of a value outside of the range. */
  readonly error: ErrorCodeOf<'bitstream'>;
  /** Whether a header with these fields before it has the field; it is 0 where it is absent. Default: always. */
  readonly isPresent?: (fields: Readonly<Record<string, number>>) => boolean;
  /** How the value is shown to people. */
  readonly show?: (value: number) => string;
}

export const magic = Uint8Array.of(0x8e, 0x4e, 0x49, 0x43, 0x0d, 0x0a);
export const formatVersion = Object.freeze({ major: 1, minor: 0 });
export const maxSide = 65535;
export const maxQ16 = 1600;
const firstTrainedPrior = priorKinds.findIndex((kind) => auxiliariesOfPrior[kind].length > 0);

export const headerFields = [
  {
    name: 'majorVersion',
    size: 4,
    min: formatVersion.major,
    max: formatVersion.major,
    error: 'UNSUPPORTED_VERSION',
  },
  { name: 'minorVersion', size: 4, min: 0, max: 15, error: 'INVALID_FIELD' },
  { name: 'modelId', size: 8, min: 1, max: 255, error: 'INVALID_FIELD' },
  {
    name: 'modelHash',
    size: 32,
    min: 0,
    max: 0xffffffff,
    error: 'INVALID_FIELD',
    show: (value) => value.toString(16).padStart(8, '0'),
  },
  {
    name: 'prior',
    size: 3,
    min: 0,
    max: priorKinds.length - 1,
    error: 'RESERVED_BITS',
    show: (value) => `${value} (${priorKinds[value]})`,
  },
  { name: 'alpha', size: 1, min: 0, max: 1, error: 'INVALID_FIELD' },
  { name: 'grey', size: 1, min: 0, max: 1, error: 'INVALID_FIELD' },
  {
    name: 'q16',
    size: 11,
    min: 0,
    max: maxQ16,
    error: 'INVALID_FIELD',
    show: (value) => `${value} (quality ${value / 16})`,
  },
  {
    name: 'priorHash',
    size: 32,
    min: 0,
    max: 0xffffffff,
    error: 'INVALID_FIELD',
    isPresent: ({ prior }) => prior >= firstTrainedPrior,
    show: (value) => value.toString(16).padStart(8, '0'),
  },
  { name: 'width', size: 'varint', min: 1, max: maxSide, error: 'INVALID_FIELD' },
  { name: 'height', size: 'varint', min: 1, max: maxSide, error: 'INVALID_FIELD' },
] as const satisfies readonly HeaderField[];

export type HeaderFieldName = (typeof headerFields)[number]['name'];
/** One integer for each field of the table. */
export type Header = Readonly<Record<HeaderFieldName, number>>;
