// A second decoder, written from codec/FORMAT.md and codec/models/README.md alone: slow, without any code of
// the codec, each rule in the words of its section. It checks the first one, and shows that the documents are
// enough. Errors are plain: what matters is which files it refuses, not how.
import type { Model } from '../../codec/engine/model.ts';
import type { Picture } from '../../codec/picture.ts';
import { HyperReader } from './plain-decisions.ts';
import { type PlainPart, plainFilter, readParts } from './plain-filter.ts';
import {
  at,
  clamp,
  fill,
  type Grid,
  grid,
  type Registers,
  round,
  rowOf,
  runNetwork,
  runOp,
  sat16,
} from './plain-networks.ts';
import { PriorTile, priorHash } from './plain-priors.ts';
import { type Coverage, refuse, Stream } from './plain-stream.ts';

export type { Coverage } from './plain-stream.ts';

export interface PlainResult {
  picture: Picture;
  coverage: Coverage;
}

// FORMAT.md 3.7

/** The deltas of a tile of rows x columns nodes. */
function readDeltas(stream: Stream, rows: number, columns: number, q16: number): Grid {
  const deltas = grid(rows, columns, 1);
  if (stream.uniform(1) === 0) return deltas;
  fill(deltas, (y, x) => {
    const above = at(deltas, y - 1, x, 0);
    const left = at(deltas, y, x - 1, 0);
    const n = y > 0 ? above : left;
    const w = x > 0 ? left : n;
    const c = y > 0 && x > 0 ? at(deltas, y - 1, x - 1, 0) : n;
    const [low, high] = [Math.min(w, n), Math.max(w, n)];
    const delta = stream.symbol(13 + 4 * Math.min(high - low, 2)) + clamp(w + n - c, low, high);
    if (q16 + 64 * delta < 0 || q16 + 64 * delta > 1600) refuse('quality of a node');
    return delta;
  });
  if (deltas.data.every((delta) => delta === 0)) refuse('a map of nothing');
  return deltas;
}

/** The map of height x width positions. */
function qualityMap(q16: number, deltas: Grid, height: number, width: number): Grid {
  const between = (position: number, nodes: number) => {
    const node = Math.floor((position - 2) / 4);
    const share = (((2 * position - 3) % 8) + 8) % 8;
    return [Math.max(node, 0), Math.min(node + 1, nodes - 1), share];
  };
  return fill(grid(height, width, 1), (y, x) => {
    const [above, below, b] = between(y, deltas.height);
    const [left, right, e] = between(x, deltas.width);
    const mixed = (row: number) =>
      (8 - e) * at(deltas, row, left, 0) + e * at(deltas, row, right, 0);
    return q16 + (8 - b) * mixed(above) + b * mixed(below);
  });
}

// FORMAT.md 3.3

interface PlainTile {
  latents: Grid;
  deltas: Grid;
}

function decodeTile(
  model: Model,
  stream: Stream,
  height: number,
  width: number,
  q16: number,
  priorCode: number,
): PlainTile {
  const { networks, entropy, latentBits, latentChannels, hyperChannels } = model.manifest;
  const tensor = (name: string) => model.tensors.get(name) as ArrayLike<number>;
  const step1 = 2 ** latentBits;

  const size = [Math.ceil(height / 4), Math.ceil(width / 4)];
  const deltas = readDeltas(stream, size[0], size[1], q16);
  const map = qualityMap(q16, deltas, height, width);
  const hyperMean = tensor(entropy.hyperMean);
  const hyperScale = tensor(entropy.hyperScaleIndex);
  const hyper = priorCode ? new HyperReader(model, stream, size[0], size[1]) : undefined;
  const z = fill(grid(size[0], size[1], hyperChannels), (y, x, c) => {
    const node = q16 + 64 * at(deltas, y, x, 0);
    const scale = hyperScale[((node + 8) >> 4) * hyperChannels + c];
    const k = hyper ? hyper.read(y, x, c, scale) : stream.symbol(scale);
    return sat16(k * step1 + rowOf(hyperMean, node)(c));
  });
  const wideMap = qualityMap(q16, deltas, 4 * size[0], 4 * size[1]);
  const wide = runNetwork(model, networks.hyperSynthesis, { input: z }, wideMap);
  const prior = fill(grid(height, width, wide.channels), (y, x, c) => at(wide, y, x, c));

  const latents = grid(height, width, latentChannels);
  const m = latentChannels / 4;
  const priorTile = priorCode ? new PriorTile(model, priorCode, stream, latents, map) : undefined;
  for (let s = 0; s < 4; s++) {
    const registers: Registers = s === 0 ? { prior } : { prior, latents };
    const features = runNetwork(model, networks.context[s], registers, map);
    // All groups at once: the rows of the other groups are not needed, only harmless.
    const head = runOp(model, networks.heads[s], { [networks.heads[s].input]: features }, map);
    const scaleOf = (y: number, x: number, channel: number) => {
      const row = Math.floor(channel / m) * 2 * m + (channel % m);
      return clamp(round(at(head, y, x, row), latentBits), 0, 63);
    };
    const give = (y: number, x: number, channel: number, k: number) => {
      const mean = at(head, y, x, Math.floor(channel / m) * 2 * m + m + (channel % m));
      latents.data[(y * width + x) * latentChannels + channel] = sat16(k * step1 + mean);
    };
    if (priorTile) {
      priorTile.step(s, features, scaleOf, give);
      continue;
    }
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const p = (y & 1) * 2 + (x & 1);
        const first = (p ^ [0, 3, 1, 2][s]) * m;
        for (let channel = first; channel < first + m; channel++) {
          const scale = scaleOf(y, x, channel);
          const k = scale < entropy.skipBelow ? stream.skip() : stream.symbol(scale);
          give(y, x, channel, k);
        }
      }
    }
  }
  return { latents, deltas };
}

// FORMAT.md 5

function crc32(bytes: Iterable<number>): number {
  let register = 0xffffffff;
  for (const byte of bytes) {
    register ^= byte;
    for (let bit = 0; bit < 8; bit++) {
      register = register & 1 ? (register >>> 1) ^ 0xedb88320 : register >>> 1;
    }
  }
  return (register ^ 0xffffffff) >>> 0;
}

const bigEndian = (value: number) => [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff);

function tileChecksum(
  head: Uint8Array,
  index: number,
  { latents, deltas }: PlainTile,
  parts: readonly PlainPart[],
): number {
  const bytes = [...head, ...bigEndian(index)];
  const filters = parts.flatMap(({ x, y, width, height, weights }) => [
    ...[x % 64, y % 64, width, height],
    ...weights,
  ]);
  const moved = deltas.data.some((delta) => delta !== 0) ? deltas.data : [];
  for (const values of [latents.data, moved, filters]) {
    for (const value of values) bytes.push(value & 0xff, (value >> 8) & 0xff);
  }
  return crc32(bytes);
}

// FORMAT.md 3.5

/** The samples of an alpha section, by row; its checksum is for the caller. */
export function decodeAlpha(payload: Uint8Array, height: number, width: number): number[][] {
  if (payload.length < 5) refuse('short alpha');
  const rows = Array.from({ length: height }, () => new Array<number>(width).fill(payload[0]));
  if (payload.length === 5) return rows;
  const bytes = [...payload.slice(0, -4)];
  const take = () => bytes.shift() ?? refuse('end of alpha');
  let code = ((take() * 256 + take()) * 256 + take()) * 256 + take();
  let range = 2 ** 32 - 1;
  const states = new Map<string, [number, number]>();
  const bit = (...context: (string | number)[]): number => {
    const key = context.join();
    const [a, b] = states.get(key) ?? [32768, 32768];
    const bound = Math.floor(range / 65536) * Math.floor((a + b) / 2);
    const one = code >= bound;
    if (one) {
      code -= bound;
      range -= bound;
      states.set(key, [a - (a >> 4), b - (b >> 7)]);
    } else {
      range = bound;
      states.set(key, [a + ((65536 - a) >> 4), b + ((65536 - b) >> 7)]);
    }
    while (range < 2 ** 24) {
      range *= 256;
      code = code * 256 + take();
    }
    return one ? 1 : 0;
  };
  const kind = (value: number) => (value === 0 ? 0 : value === 255 ? 1 : 2);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const N = y > 0 ? rows[y - 1][x] : x > 0 ? rows[y][x - 1] : 255;
      const W = x > 0 ? rows[y][x - 1] : N;
      const NW = x > 0 && y > 0 ? rows[y - 1][x - 1] : N;
      const NE = y > 0 && x + 1 < width ? rows[y - 1][x + 1] : N;
      const NN = y > 1 ? rows[y - 2][x] : N;
      const WW = x > 1 ? rows[y][x - 2] : W;
      const near = [kind(W), kind(N)];
      let value = W;
      if (bit('W', ...[N, NW, NE, NN, WW].map((v) => Number(v === W)), ...near) === 1) {
        value = N;
        if (N === W || bit('N', ...[NW, NE, NN].map((v) => Number(v === N)), ...near) === 1) {
          const slope = Math.abs(N - NW) + Math.abs(W - NW);
          const bucket = [0, 15, 63].filter((limit) => slope > limit).length;
          let node = 1;
          while (node < 256) node = node * 2 + bit('R', bucket, node);
          value = (node + clamp(W + N - NW, Math.min(W, N), Math.max(W, N))) % 256;
        }
      }
      rows[y][x] = value;
    }
  }
  if (bytes.length > 0 || code !== 0) refuse('end of alpha');
  return rows;
}

// FORMAT.md 1

class Bytes {
  offset = 0;
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  take(count: number): Uint8Array {
    if (count > this.bytes.length - this.offset) refuse('truncated');
    this.offset += count;
    return this.bytes.subarray(this.offset - count, this.offset);
  }

  varint(): number {
    let value = 0;
    for (let power = 1; ; power *= 128) {
      const [byte] = this.take(1);
      value += (byte % 128) * power;
      if (value >= 2 ** 32 || (byte === 0 && power > 1)) refuse('varint');
      if (byte < 128) return value;
    }
  }
}

/** Decodes a file with its model. Throws for a file that is to be refused. */
export function decodePlainly(bytes: Uint8Array, model: Model, maxPixels = 2 ** 28): PlainResult {
  const { manifest } = model;
  const file = new Bytes(bytes);
  if (file.take(6).join() !== [0x8e, 0x4e, 0x49, 0x43, 0x0d, 0x0a].join()) refuse('magic');
  const [version, id, h0, h1, h2, h3, flags, low] = file.take(8);
  if (version >> 4 !== 1) refuse('version');
  if (id !== manifest.id) refuse('model');
  const hash = [h0, h1, h2, h3].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  if (hash !== manifest.sha256.slice(0, 8)) refuse('model');
  const prior = flags >> 5;
  if (prior > 4) refuse('reserved');
  const hasAlpha = ((flags >> 4) & 1) === 1;
  const channels = (flags >> 3) & 1 ? 1 : 3;
  const q16 = (flags & 7) * 256 + low;
  if (q16 > 1600) refuse('quality');
  if (prior >= 2 && file.take(4).join() !== bigEndian(priorHash(model, prior)).join()) {
    refuse('auxiliary model');
  }
  const width = file.varint();
  const height = file.varint();
  if (width < 1 || width > 65535 || height < 1 || height > 65535) refuse('size');
  if (width * height > maxPixels) refuse('pixels');
  const head = bytes.subarray(0, file.offset);

  const y = grid(Math.ceil(height / 16), Math.ceil(width / 16), manifest.latentChannels);
  const quality = grid(y.height, y.width, 1);
  const columns = Math.ceil(y.width / 64);
  const tiles = columns * Math.ceil(y.height / 64);
  const coverage: Coverage = {
    ...{ tiles, coded: 0, skipped: 0, escapes: 0, buckets: 0 },
    ...{ halvings: 0, fullLinks: 0, filtered: 0, mapped: 0 },
  };
  const parts: PlainPart[] = [];
  let lastAncillary = 0;
  const metadata: { exif?: Uint8Array; xmp?: Uint8Array } = {};
  let alphas = 0;
  const alpha = new Uint8Array(width * height);
  for (let index = 0; index < tiles; ) {
    const [type] = file.take(1);
    if (type < 0x80 && type !== 1 && type !== 2) refuse('critical section');
    const payload = file.take(file.varint());
    if (type >= 0x80) {
      if (index + alphas > 0 || type <= lastAncillary || payload.length < 4)
        refuse('ancillary section');
      lastAncillary = type;
      const checksum = bigEndian(crc32([type, ...payload.slice(0, -4)]));
      if (checksum.join() !== payload.slice(-4).join()) refuse('ancillary checksum');
      // FORMAT.md 1.4
      const name = type === 0x82 ? 'exif' : type === 0x83 ? 'xmp' : undefined;
      if (name) {
        metadata[name] = payload.slice(0, -4);
        if (payload.length < 5 || payload.length > 2 ** 24 + 4) refuse('metadata');
      }
      continue;
    }
    const top = Math.floor(index / columns) * 64;
    const left = (index % columns) * 64;
    if (type === 2) {
      if (!hasAlpha || alphas++ !== index) refuse('alpha section');
      const rows = Math.min(1024, height - top * 16);
      const samples = decodeAlpha(payload, rows, Math.min(1024, width - left * 16));
      const stored = payload.slice(-4).join();
      if (bigEndian(crc32([...head, ...bigEndian(index), ...samples.flat()])).join() !== stored) {
        refuse('alpha checksum');
      }
      for (const [row, line] of samples.entries()) {
        alpha.set(line, (top * 16 + row) * width + left * 16);
      }
      continue;
    }
    if (hasAlpha && alphas !== index + 1) refuse('alpha missing');
    const stream = new Stream(model, payload, coverage);
    const tileHeight = Math.min(64, y.height - top);
    const tileWidth = Math.min(64, y.width - left);
    const tile = decodeTile(model, stream, tileHeight, tileWidth, q16, prior);
    const filtered = readParts(model, stream, q16, [left, top, tileWidth, tileHeight]);
    coverage.filtered += filtered.length;
    parts.push(...filtered);
    const checksum = tileChecksum(head, index, tile, filtered);
    if (stream.end() !== checksum) refuse('checksum');
    const map = qualityMap(q16, tile.deltas, tileHeight, tileWidth);
    if (map.data.some((at) => at !== q16)) coverage.mapped++;
    for (let row = 0; row < tileHeight; row++) {
      for (let column = 0; column < tileWidth; column++) {
        quality.data[(top + row) * y.width + left + column] = at(map, row, column, 0);
        for (let c = 0; c < y.channels; c++) {
          y.data[((top + row) * y.width + left + column) * y.channels + c] = at(
            tile.latents,
            row,
            column,
            c,
          );
        }
      }
    }
    index++;
  }
  if (file.offset !== bytes.length) refuse('trailing data');

  // FORMAT.md 4
  const blocks = runNetwork(model, manifest.networks.synthesis, { input: y }, quality);
  const filters = parts.map((part) => ({
    ...part,
    filter: plainFilter(model, part.weights, blocks),
  }));
  const filterAt = (row: number, column: number) =>
    filters.find(
      ({ x, y, width, height }) =>
        row >= 16 * y && row < 16 * (y + height) && column >= 16 * x && column < 16 * (x + width),
    )?.filter;
  const data = new Uint8Array(width * height * channels);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const filter = filterAt(row, column);
      const [red, green, blue] = [0, 1, 2].map((k) => {
        const channel = ((row % 8) * 8 + (column % 8)) * 3 + k;
        const v = filter?.(row, column, k) ?? at(blocks, row >> 3, column >> 3, channel);
        return clamp(round(v, manifest.outputShift) + 128, 0, 255);
      });
      const place = (row * width + column) * channels;
      if (channels === 3) data.set([red, green, blue], place);
      else data[place] = (77 * red + 150 * green + 29 * blue + 128) >> 8;
    }
  }
  const picture: Picture = {
    ...{ width, height, channels, data },
    ...(hasAlpha && { alpha }),
    ...((metadata.exif || metadata.xmp) && { metadata }),
  };
  return { picture, coverage };
}
