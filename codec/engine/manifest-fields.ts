/**
 * Readers of the manifest's fields: each returns a checked value or throws a ModelError that names the field
 * by its path, for example `networks.analysis[3].shift`.
 */
import { ModelError } from '../errors.ts';
import type { DType, TensorEntry, TypedArray } from './manifest.ts';

export type Fields = Readonly<Record<string, unknown>>;

function show(value: unknown): string {
  const text = typeof value === 'string' ? `'${value}'` : String(JSON.stringify(value));
  return `${text.length > 40 ? `${text.slice(0, 40)}…` : text} of type ${value === null ? 'null' : typeof value}`;
}

/** ModelError: "Expected X for PATH but received Y of type Z". */
export function fieldError(path: string, expected: string, value: unknown): ModelError {
  return new ModelError(
    'INVALID_MODEL',
    `Expected ${expected} for ${path} but received ${show(value)}`,
  );
}

export function readFields(value: unknown, path: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw fieldError(path, 'an object', value);
  }
  return value as Fields;
}

export function readArray(value: unknown, path: string, length?: number): readonly unknown[] {
  if (!Array.isArray(value) || (length !== undefined && value.length !== length)) {
    throw fieldError(
      path,
      length === undefined ? 'an array' : `an array of ${length} items`,
      value,
    );
  }
  return value;
}

export function readString(value: unknown, path: string): string {
  if (typeof value !== 'string' || value === '')
    throw fieldError(path, 'a non-empty string', value);
  return value;
}

export function readInteger(value: unknown, path: string, min: number, max: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
    throw fieldError(path, `an integer from ${min} to ${max}`, value);
  }
  return value;
}

/** One of the listed values, compared strictly. */
export function readChoice<T extends string | number>(
  value: unknown,
  path: string,
  choices: readonly T[],
): T {
  if (!choices.includes(value as T)) throw fieldError(path, `one of ${choices.join(', ')}`, value);
  return value as T;
}

/** Refuses keys outside of the list: an unknown key could change what the model means. */
export function refuseUnknownKeys(fields: Fields, path: string, known: readonly string[]): void {
  for (const key of Object.keys(fields)) {
    if (!known.includes(key)) {
      throw new ModelError('INVALID_MODEL', `Unknown field ${path}.${key}`);
    }
  }
}

const arrayTypes = {
  int16: Int16Array,
  int32: Int32Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
} as const;

const maxElements = 2 ** 30;

/**
 * Views of all tensors in the data. `data` must start at a multiple of 16 in its buffer and the host must be
 * little-endian. ModelError.
 */
export function readTensors(
  value: unknown,
  data: Uint8Array,
): { entries: Map<string, TensorEntry>; views: Map<string, TypedArray> } {
  const entries = new Map<string, TensorEntry>();
  const views = new Map<string, TypedArray>();
  for (const [name, item] of Object.entries(readFields(value, 'tensors'))) {
    const path = `tensors.${name}`;
    const fields = readFields(item, path);
    const dtype = readChoice(fields.dtype, `${path}.dtype`, Object.keys(arrayTypes) as DType[]);
    const shape = readArray(fields.shape, `${path}.shape`).map((size, index) =>
      readInteger(size, `${path}.shape[${index}]`, 1, maxElements),
    );
    if (shape.length === 0) throw fieldError(`${path}.shape`, 'at least one size', fields.shape);
    const offset = readInteger(fields.offset, `${path}.offset`, 0, Number.MAX_SAFE_INTEGER);
    if (offset % 16 !== 0) throw fieldError(`${path}.offset`, 'a multiple of 16', offset);
    const count = shape.reduce((product, size) => product * size, 1);
    const ArrayType = arrayTypes[dtype];
    const end = offset + count * ArrayType.BYTES_PER_ELEMENT;
    if (end > data.byteLength) {
      throw new ModelError(
        'INVALID_MODEL',
        `Tensor ${name} ends at byte ${end} but the data has ${data.byteLength} bytes`,
      );
    }
    entries.set(name, { dtype, shape, offset });
    views.set(name, new ArrayType(data.buffer as ArrayBuffer, data.byteOffset + offset, count));
  }
  return { entries, views };
}

/** Looks tensors up and checks their type and shape; `null` in a shape accepts any size. */
export class TensorSource {
  readonly #entries: ReadonlyMap<string, TensorEntry>;
  readonly #views: ReadonlyMap<string, TypedArray>;

  constructor(entries: ReadonlyMap<string, TensorEntry>, views: ReadonlyMap<string, TypedArray>) {
    this.#entries = entries;
    this.#views = views;
  }

  /** The tensor named by the field at `path`. ModelError if it is missing or of another kind. */
  get(
    name: unknown,
    path: string,
    dtypes: readonly DType[],
    shape: readonly (number | null)[],
  ): TypedArray {
    const key = readString(name, path);
    const entry = this.#entries.get(key);
    const view = this.#views.get(key);
    if (!entry || !view) throw new ModelError('INVALID_MODEL', `${path} names no tensor: '${key}'`);
    const fits =
      dtypes.includes(entry.dtype) &&
      entry.shape.length === shape.length &&
      shape.every((size, index) => size === null || size === entry.shape[index]);
    if (!fits) {
      throw new ModelError(
        'INVALID_MODEL',
        `Expected ${dtypes.join('|')} [${shape.map((size) => size ?? 'n').join(', ')}] for ${path} ` +
          `but tensor ${key} is ${entry.dtype} [${entry.shape.join(', ')}]`,
      );
    }
    return view;
  }
}
