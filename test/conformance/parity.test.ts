// The shipped model gives the same latents and samples here as in the integer reference in Python, whose hashes
// `python -m nic_training parity` wrote (training/README.md). A new model needs them anew: without them this fails.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import test from 'ava';
import { filterCount } from '../../codec/filter/filter-tables.ts';
import {
  auxiliaryOf,
  createEngine,
  decodePicture,
  type Engine,
  encodePicture,
  inlineExecutor,
  type Picture,
  runJob,
} from '../../codec/index.ts';
import type { DecodedTile } from '../../codec/jobs.ts';
import { cutPixels } from '../../codec/latent/cut-pixels.ts';
import { loadModelSet } from '../../src/api/load-model.ts';
import { nodePlatform } from '../../src/api/node-platform.ts';
import { compressTile } from '../helpers/compress-tile.ts';
import { drawnPicture } from '../helpers/drawn-picture.ts';

interface Parity {
  readonly model: string;
  readonly sha256: string;
  readonly encoderSha256: string;
  readonly pictures: readonly {
    readonly width: number;
    readonly height: number;
    /** Of the samples that go in. */
    readonly picture: string;
    readonly results: readonly {
      readonly quality: number;
      /** Of y_hat: int16, little-endian, row, column, channel. */
      readonly latents: string;
      /** Of the samples that come out without a filter, and with one of weights that nobody fitted. */
      readonly samples: string;
      readonly filtered: string;
    }[];
  }[];
}

const regenerate =
  'PYTHONPATH=training python3 -m nic_training parity --manifest codec/models/base.json --out test/conformance/parity';
const parity = JSON.parse(
  readFileSync(new URL('../../../test/conformance/parity/base.json', import.meta.url), 'utf8'),
) as Parity;
const { model, files } = await loadModelSet(nodePlatform, ['encoder']);

/** The scalar operations are slow: above this size they run at one quality. */
const scalarPixels = 10_000;

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** y_hat and the filters of a picture of one tile, through the payload that encoder and decoder share. */
function decodedTile(engine: Engine, picture: Picture, q16: number): DecodedTile {
  const width = Math.ceil(picture.width / 16);
  const height = Math.ceil(picture.height / 16);
  const core = { x: 0, y: 0, width, height };
  const size = { width: width * 16, height: height * 16 };
  const pixels = cutPixels(picture, { x: 0, y: 0, ...size });
  const latents = runJob(engine, 'analyze', { pixels, ...size, channels: 3, core, quality: q16 });
  const common = { q16, checksumSeed: 0, prior: 'base' as const };
  const inside = { width: picture.width, height: picture.height };
  const area = { x: 0, y: 0, ...inside };
  const original = { pixels: picture.data, ...inside, channels: 3 as const, area };
  const payload = compressTile(engine, { latents, original, ...common });
  return runJob(engine, 'decompressLatents', { payload, width, height, ...common });
}

/** The hash of the samples of a picture of one tile. */
function sampleHash(
  engine: Engine,
  { latents, filters }: DecodedTile,
  { width, height }: Picture,
  q16: number,
): string {
  const core = { x: 0, y: 0, width: latents.width, height: latents.height };
  const data = runJob(engine, 'synthesize', { latents, core, filters, quality: q16, channels: 3 });
  const padded = { width: 16 * core.width, height: 16 * core.height, channels: 3 as const, data };
  return sha256(cutPixels(padded, { x: 0, y: 0, width, height }));
}

/** Weights that the reference makes up in the same way. */
function drawnWeights({ width, height }: Picture, q16: number): Int16Array {
  let state = (Math.imul(width * 1000 + height + q16, 0x9e3779b1) + 1) >>> 0;
  return Int16Array.from({ length: filterCount(model) }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return ((state >>> 24) % 7) - 3;
  });
}

test('the hashes of the reference belong to the shipped model', (t) => {
  t.is(parity.model, model.manifest.name);
  t.is(parity.sha256, sha256(files.data), `run: ${regenerate}`);
  t.is(parity.encoderSha256, auxiliaryOf(model, 'encoder').sha256, `run: ${regenerate}`);
  t.is(model.manifest.sha256, parity.sha256);
  t.is(parity.pictures.length, 6);
  t.true(parity.pictures.every(({ results }) => results.length >= 2));
});

for (const { width, height, picture: source, results } of parity.pictures) {
  test(`the reference drew the ${width}x${height} picture that is drawn here`, (t) => {
    t.is(sha256(drawnPicture(width, height).data), source);
  });
  for (const backend of ['simd', 'scalar'] as const) {
    const isSlow = backend === 'scalar' && width * height > scalarPixels;
    const checked = isSlow ? results.slice(1, 2) : results;
    for (const { quality, latents, samples, filtered } of checked) {
      test(`${width}x${height} at quality ${quality} has the latents and samples of the reference, with ${backend} kernels`, async (t) => {
        const picture = drawnPicture(width, height);
        const q16 = Math.round(quality * 16);
        const engine = createEngine(model, { backend });
        const tile = decodedTile(engine, picture, q16);
        const { data: values } = tile.latents;
        t.is(sha256(new Uint8Array(values.buffer, values.byteOffset, values.byteLength)), latents);
        t.is(sampleHash(engine, { ...tile, filters: [] }, picture, q16), samples);
        const area = { x: 0, y: 0, width: tile.latents.width, height: tile.latents.height };
        const drawn = { ...tile, filters: [{ area, weights: drawnWeights(picture, q16) }] };
        t.is(sampleHash(engine, drawn, picture, q16), filtered);
        const context = { model, executor: inlineExecutor(engine) };
        const file = await encodePicture(picture, context, { quality });
        const decoded = await decodePicture(file, context);
        t.is(sha256(decoded.data), sampleHash(engine, tile, picture, q16));
      });
    }
  }
}
