// Changes to one layer of a file, with the layers around it in order: what random bytes rarely get to.

import { decompressAlpha } from '../../codec/alpha/decompress-alpha.ts';
import {
  type Container,
  readContainer,
  type Section,
  tileChecksumSeed,
  writeContainer,
} from '../../codec/bitstream/container.ts';
import { crc32 } from '../../codec/bitstream/crc32.ts';
import { writeHeader } from '../../codec/bitstream/header.ts';
import { headerFields } from '../../codec/bitstream/header-fields.ts';
import { tileAt, tileGrid, tilePixels } from '../../codec/latent/tile-grid.ts';

/** Random choices: `below(limit)` is an integer from 0 up to the limit. */
export interface Chance {
  below(limit: number): number;
  pick<T>(list: readonly T[]): T;
}

export interface LayerMutation {
  readonly bytes: Uint8Array;
  readonly step: string;
}

export const layers = ['header', 'sections', 'latents', 'alpha', 'ancillary'] as const;
export type Layer = (typeof layers)[number];

/** Changes a layer of a valid file; undefined where the file has nothing of it. */
export function mutateLayer(
  layer: Layer,
  bytes: Uint8Array,
  chance: Chance,
): LayerMutation | undefined {
  return changes[layer](bytes, readContainer(bytes), chance);
}

type Change = (bytes: Uint8Array, file: Container, chance: Chance) => LayerMutation | undefined;

/** A field in its range but wrong, in a header that can be read; the checksums of alpha are made to fit it. */
const header: Change = (_bytes, file, chance) => {
  const field = chance.pick(headerFields.filter(({ min, max }) => max > min));
  const near = (file.header[field.name] ?? 0) + chance.pick([-16, -2, -1, 1, 2, 16]);
  const value = chance.below(2) === 0 ? near : field.min + chance.below(field.max - field.min + 1);
  const clamped = Math.max(field.min, Math.min(value, field.max));
  const headerBytes = writeHeader({ ...file.header, [field.name]: clamped });
  const alphas = file.alphas.map(({ payload }, index) => {
    const samples = alphaOf(file, index);
    const sealed = payload.slice();
    const checksum = crc32(samples, tileChecksumSeed(headerBytes, index));
    new DataView(sealed.buffer).setUint32(sealed.length - 4, checksum);
    return sealed;
  });
  const tiles = file.tiles.map(({ payload }) => payload);
  return {
    bytes: writeContainer(headerBytes, file.ancillary, tiles, alphas),
    step: `${field.name} ${file.header[field.name]} to ${clamped}`,
  };
};

function alphaOf({ header, headerBytes, alphas }: Container, index: number): Uint8Array {
  const { width, height } = tilePixels(
    header,
    tileAt(tileGrid(header.width, header.height), index),
  );
  const checksumSeed = tileChecksumSeed(headerBytes, index);
  return decompressAlpha({ payload: alphas[index].payload, width, height, checksumSeed });
}

/** Types, lengths, order and number of sections whose payloads are left alone. */
const sections: Change = (bytes, file, chance) => {
  const all = [...file.ancillary, ...file.tiles, ...file.alphas].sort(byOffset);
  const ends = all.map((_, index) => all[index + 1]?.offset ?? bytes.length);
  const parts = all.map(({ type, payloadOffset }, index) => ({
    type,
    stored: bytes.subarray(payloadOffset, ends[index]),
    length: ends[index] - payloadOffset,
  }));
  const at = chance.below(parts.length);
  const kind = chance.pick(['type', 'length', 'swap', 'repeat', 'remove', 'long varint']);
  if (kind === 'type') parts[at].type = chance.pick([0, 1, 2, 3, 0x7f, 0x80, 0x81, 0x83, 0xff]);
  if (kind === 'length') {
    parts[at].length = Math.max(0, parts[at].length + chance.pick([-5, -1, 1, 2, 128, 2 ** 28]));
  }
  if (kind === 'repeat') parts.splice(at, 0, parts[at]);
  if (kind === 'remove') parts.splice(at, 1);
  if (kind === 'swap') parts.push(...parts.splice(at, 1));
  const written = parts.flatMap(({ type, stored, length }, index) => {
    const isLong = kind === 'long varint' && index === at;
    return [type, ...varint(length, isLong), ...stored];
  });
  return {
    bytes: Uint8Array.of(...file.headerBytes, ...written),
    step: `${kind} of section ${at}`,
  };
};

function byOffset(first: Section, second: Section): number {
  return first.offset - second.offset;
}

/** With `isLong`, one group more than is needed, which is refused. */
function varint(value: number, isLong: boolean): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return isLong ? [...bytes, rest | 128, 0] : [...bytes, rest];
}

/** The bytes of one stream, in a file that is otherwise right. */
function payloadChange(name: 'tiles' | 'alphas'): Change {
  return (_bytes, file, chance) => {
    if (file[name].length === 0) return undefined;
    const index = chance.below(file[name].length);
    const { bytes: payload, step } = changedPayload(file[name][index].payload, chance);
    const replaced = (list: readonly Section[], isIt: boolean) =>
      list.map((section, at) => (isIt && at === index ? payload : section.payload));
    const tiles = replaced(file.tiles, name === 'tiles');
    const alphas = replaced(file.alphas, name === 'alphas');
    return {
      bytes: writeContainer(file.headerBytes, file.ancillary, tiles, alphas),
      step: `${step} in ${name} ${index}`,
    };
  };
}

function changedPayload(payload: Uint8Array, { below, pick }: Chance): LayerMutation {
  const at = below(payload.length);
  const kind = pick(['flip', 'set', 'insert', 'remove', 'noise', 'first bytes']);
  const changed = [...payload];
  if (kind === 'flip') changed[at] ^= 1 << below(8);
  if (kind === 'set') changed[at] = pick([0, 1, 0x7f, 0x80, 0xff]);
  if (kind === 'insert') changed.splice(at, 0, below(256));
  if (kind === 'remove') changed.splice(at, 1 + below(4));
  if (kind === 'noise') for (let i = at; i < changed.length; i++) changed[i] = below(256);
  if (kind === 'first bytes') for (let i = 0; i < 4; i++) changed[i] = below(256);
  return { bytes: Uint8Array.from(changed), step: `${kind} at ${at}` };
}

/** Ancillary sections of any types and contents with the right checksum: the picture must stay as it is. */
const ancillary: Change = (_bytes, file, chance) => {
  const count = 1 + chance.below(4);
  const types = new Set(Array.from({ length: count }, () => 0x80 + chance.below(128)));
  if (chance.below(2) === 0) types.add(chance.pick([0x81, 0x82, 0x83]));
  const added = [...types]
    .sort((a, b) => a - b)
    .map((type) => ({
      type,
      payload: Uint8Array.from({ length: chance.below(200) }, () => chance.below(256)),
    }));
  const [tiles, alphas] = [file.tiles, file.alphas].map((list) => list.map((one) => one.payload));
  return {
    bytes: writeContainer(file.headerBytes, added, tiles, alphas),
    step: `sections ${[...types].join()}`,
  };
};

const changes: Readonly<Record<Layer, Change>> = {
  header,
  sections,
  latents: payloadChange('tiles'),
  alpha: payloadChange('alphas'),
  ancillary,
};
