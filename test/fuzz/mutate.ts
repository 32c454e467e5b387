// Changes to a file of the kinds that damage, carelessness and malice make.
import { randomSource } from '../helpers/random-model.ts';
import { type Layer, layers, mutateLayer } from './mutate-layer.ts';

export interface Mutation {
  readonly bytes: Uint8Array;
  /** What was aimed at; `bytes` is no layer but the whole file. */
  readonly layer: Layer | 'bytes';
  /** What was done, for the report of a failure. */
  readonly description: string;
}

/** Values that tend to break readers. */
const spitefulBytes = [0x00, 0x01, 0x7f, 0x80, 0xff];

/**
 * Mutation number `index` of a sequence that depends on the seed only, made from one of the files. Half of them aim
 * at one layer; half of the changes of the others are within the first 40 bytes, where the header and the lengths are.
 */
export function mutate(files: readonly Uint8Array[], seed: number, index: number): Mutation {
  const random = randomSource(Math.imul(seed, 1_000_003) + index);
  const below = (limit: number) => Math.floor(random() * limit);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)];
  const source = below(files.length);
  if (below(2) === 0) {
    const layer = pick(layers);
    const changed = mutateLayer(layer, files[source], { below, pick });
    if (changed) {
      const description = `seed ${seed}, mutation ${index}: file ${source}, ${layer}, ${changed.step}`;
      return { bytes: changed.bytes, layer, description };
    }
  }
  let bytes = files[source];
  const steps: string[] = [];

  const kinds: Record<string, (at: number) => Uint8Array> = {
    flip: (at) => bytes.with(at, bytes[at] ^ (1 << below(8))),
    set: (at) => bytes.with(at, random() < 0.5 ? pick(spitefulBytes) : below(256)),
    insert: (at) => join(bytes.subarray(0, at), [pick(spitefulBytes)], bytes.subarray(at)),
    remove: (at) => join(bytes.subarray(0, at), bytes.subarray(at + 1 + below(4))),
    cut: (at) => bytes.slice(0, at),
    append: () => join(bytes, bytes.subarray(bytes.length - below(bytes.length))),
    repeat: (at) => join(bytes.subarray(0, at), bytes.subarray(below(at + 1))),
    blank: (at) => bytes.slice().fill(pick(spitefulBytes), at, at + 1 + below(16)),
    splice: (at) => join(bytes.subarray(0, at), pick(files).subarray(at)),
    huge: (at) =>
      join(bytes.subarray(0, at), [0xff, 0xff, 0xff, 0xff, 0x0f], bytes.subarray(at + 1)),
  };
  for (let count = 1 + below(2); count > 0 && bytes.length > 0; count--) {
    const kind = pick(Object.keys(kinds));
    const at = below(random() < 0.5 ? Math.min(40, bytes.length) : bytes.length);
    bytes = kinds[kind](at);
    steps.push(`${kind} at ${at}`);
  }
  return {
    bytes,
    layer: 'bytes',
    description: `seed ${seed}, mutation ${index}: file ${source}, ${steps.join(', ')}`,
  };
}

function join(...parts: readonly ArrayLike<number>[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}
