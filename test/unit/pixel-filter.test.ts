// The filter of decoded pixels: both backends against each other, and the encoder's choice of weights.
import test from 'ava';
import fc from 'fast-check';
import { createEngine, type Engine, type Tensor } from '../../codec/engine/engine.ts';
import { featureCount, pixelPlanes } from '../../codec/engine/pixel-filter.ts';
import { isFiltered } from '../../codec/filter/filter-tables.ts';
import { filterTiles } from '../../codec/filter/filter-tiles.ts';
import { fitFilters } from '../../codec/filter/fit-filters.ts';
import {
  decodePicture,
  encodePicture,
  inlineExecutor,
  parseModel,
  runJob,
} from '../../codec/index.ts';
import type { TileFilter, TileOriginal } from '../../codec/jobs.ts';
import { unpackPixels } from '../../codec/latent/pixel-blocks.ts';
import { drawnPicture } from '../helpers/drawn-picture.ts';
import { modelOf } from '../helpers/model-of.ts';
import { randomModel, randomSource } from '../helpers/random-model.ts';

const random = randomModel();
const model = modelOf(random);
const simd = createEngine(model);
const scalar = createEngine(model, { backend: 'scalar' });
const { outputShift, latentChannels } = model.manifest;
const best = 1600;

/** A tensor at 1/8 of any values, the extremes among them. */
function drawnOutput(seed: number, height: number, width: number): Tensor {
  const draw = randomSource(seed);
  const data = Int16Array.from({ length: height * width * 192 }, () => {
    const value = draw();
    if (value > 0.95) return draw() > 0.5 ? 32767 : -32768;
    return Math.floor((draw() - 0.5) * 20000 * value);
  });
  return { height, width, channels: 192, data };
}

test('both backends filter any samples with any coefficients alike', (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2 ** 31 - 1 }),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 3 }),
      fc.boolean(),
      (seed, height, width, extreme) => {
        const output = drawnOutput(seed, height, width);
        const draw = randomSource(seed + 1);
        const coefficients = Int16Array.from({ length: 3 * featureCount }, () =>
          extreme ? [32767, -32768][Math.floor(draw() * 2)] : Math.floor((draw() - 0.5) * 2000),
        );
        const size = { width: 8 * width, height: 8 * height };
        const x = Math.floor(draw() * size.width);
        const y = Math.floor(draw() * size.height);
        const area = { x, y, width: size.width - x, height: size.height - y };
        const planes = pixelPlanes(output, area, outputShift);
        t.deepEqual(
          simd.filterPlanes(planes, coefficients),
          scalar.filterPlanes(planes, coefficients),
        );
      },
    ),
    { numRuns: 60 },
  );
});

test('both backends gather the same moments', (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2 ** 31 - 1 }),
      fc.integer({ min: 1, max: 10 }),
      (seed, width) => {
        const output = drawnOutput(seed, 2, width);
        const draw = randomSource(seed + 1);
        const area = { x: 3, y: 2, width: 8 * width - 4, height: 13 };
        const planes = pixelPlanes(output, area, outputShift);
        const lacks = Int16Array.from({ length: 3 * area.width * area.height }, () =>
          Math.floor((draw() - 0.5) * 2 * (255 << outputShift)),
        );
        const moments = simd.gatherMoments(planes, lacks);
        t.deepEqual(moments, scalar.gatherMoments(planes, lacks));
        t.is(moments.samples, 13 * 8 * Math.floor(area.width / 8));
      },
    ),
    { numRuns: 40 },
  );
});

test('moments of the largest differences do not overflow', (t) => {
  const size = 256;
  const columns = Int16Array.from({ length: size }, (_, x) => (x % 2 ? -128 : 127) << outputShift);
  const data = new Int16Array(3 * size * 8);
  for (let index = 0; index < data.length; index++)
    data[index] = columns[Math.floor(index / 3) % 8];
  const output = { width: size / 8, height: 1, channels: 192, data };
  const planes = pixelPlanes(output, { x: 0, y: 0, width: size, height: 8 }, outputShift);
  const lacks = new Int16Array(3 * size * 8).fill(255 << outputShift);
  const moments = simd.gatherMoments(planes, lacks);
  t.deepEqual(moments, scalar.gatherMoments(planes, lacks));
  // The first feature, the sum of the differences to both neighbours in a row, is 2 * 255 levels but at the two ends.
  const unit = 255 << Math.min(outputShift, 4);
  t.is(moments.products[0], 8 * ((size - 2) * (2 * unit) ** 2 + 2 * unit ** 2));
});

test('coefficients of nothing give the clamped samples', (t) => {
  const output = drawnOutput(5, 2, 2);
  const planes = pixelPlanes(output, { x: 3, y: 1, width: 9, height: 11 }, outputShift);
  const filtered = simd.filterPlanes(planes, new Int16Array(3 * featureCount));
  for (let color = 0; color < 3; color++) {
    for (let row = 0; row < 11; row++) {
      for (let column = 0; column < 9; column++) {
        const x = 3 + column;
        const y = 1 + row;
        const block = (y >> 3) * 2 + (x >> 3);
        const value = output.data[block * 192 + ((y & 7) * 8 + (x & 7)) * 3 + color];
        const expected = Math.max(-128 << outputShift, Math.min(value, 127 << outputShift));
        t.is(filtered[(color * 11 + row) * 9 + column], expected);
      }
    }
  }
});

/** y_hat of a tile that the random synthesis turns into samples of all sizes. */
function drawnLatents(seed: number, width: number, height: number): Tensor {
  const draw = randomSource(seed);
  const data = Int16Array.from({ length: width * height * latentChannels }, () =>
    Math.round((draw() - 0.5) * 500),
  );
  return { width, height, channels: latentChannels, data };
}

function synthesized(engine: Engine, latents: Tensor, filters: readonly TileFilter[]): Uint8Array {
  const core = { x: 0, y: 0, width: latents.width, height: latents.height };
  const { synthesis } = engine.model.manifest.networks;
  const output = engine.run(synthesis, { input: latents }, best);
  return unpackPixels(filterTiles(engine, output, core, filters), 3, outputShift);
}

/** The filters of a tile of these latents. */
function fitted(engine: Engine, latents: Tensor, original: TileOriginal): readonly TileFilter[] {
  const { synthesis } = engine.model.manifest.networks;
  return fitFilters(engine, original, best, () => engine.run(synthesis, { input: latents }, best));
}

function squaredError(first: Uint8Array, second: Uint8Array): number {
  return first.reduce((sum, value, index) => sum + (value - second[index]) ** 2, 0);
}

for (const [title, width, height, filters] of [
  ['a tile', 5, 4, [{ area: [0, 0, 5, 4], weights: [3, 0, -4, 1, 0, 6] }]],
  [
    ...(['parts of a tile', 17, 3] as const),
    [
      { area: [0, 0, 8, 3], weights: [3, 0, -4, 1, 0, 6] },
      { area: [8, 0, 9, 3], weights: [-2, 5, 0, 0, 1, -3] },
    ],
  ],
  ['a part of a tile', 16, 2, [{ area: [8, 0, 8, 2], weights: [3, 0, -4, 1, 0, 6] }]],
] as [string, number, number, { area: number[]; weights: number[] }[]][]) {
  test(`filters of ${title} that made the picture are found again`, (t) => {
    const latents = drawnLatents(3, width, height);
    const expected = filters.map(({ area: [x, y, width, height], weights }) => ({
      area: { x, y, width, height },
      weights: Int16Array.from(weights),
    }));
    const pixels = synthesized(simd, latents, expected);
    const size = { width: 16 * width, height: 16 * height };
    const original: TileOriginal = { pixels, ...size, channels: 3, area: { x: 0, y: 0, ...size } };
    const found = fitted(simd, latents, original);
    t.deepEqual(found, expected);
    t.deepEqual(fitted(scalar, latents, original), expected);
    t.is(squaredError(synthesized(simd, latents, found), pixels), 0);
  });
}

test('no filter is chosen where it does not pay, where nothing is to be seen, or without a lambda', (t) => {
  const latents = drawnLatents(4, 3, 3);
  const size = { width: 48, height: 48 };
  const original = (pixels: Uint8Array): TileOriginal => ({
    ...{ pixels, ...size, channels: 3, area: { x: 0, y: 0, ...size } },
  });
  t.deepEqual(fitted(simd, latents, original(synthesized(simd, latents, []))), []);
  const area = { x: 0, y: 0, width: 3, height: 3 };
  const weights = Int16Array.of(5, 5, 5, 5, 5, 5);
  const filtered = original(synthesized(simd, latents, [{ area, weights }]));
  t.is(fitted(simd, latents, filtered).length, 1);
  const hidden = { ...filtered, area: { x: 32, y: 32, width: 0, height: -16 } };
  t.deepEqual(fitted(simd, latents, hidden), []);
  const { lambda: _, ...silent } = random.manifest;
  const engine = createEngine(modelOf({ ...random, manifest: silent }));
  t.deepEqual(fitted(engine, latents, filtered), []);
});

test('a model without a filter has none', (t) => {
  const engine = createEngine(modelOf(randomModel({ filters: 0 })));
  const size = { width: 16, height: 16 };
  const pixels = new Uint8Array(768);
  const original: TileOriginal = { pixels, ...size, channels: 3, area: { x: 0, y: 0, ...size } };
  t.deepEqual(fitted(engine, drawnLatents(5, 1, 1), original), []);
});

test('a stream holds the filters of each tile', async (t) => {
  const context = { model, executor: inlineExecutor(simd) };
  const picture = drawnPicture(1100, 40);
  const seen: (readonly TileFilter[])[] = [];
  const executor: typeof context.executor = {
    ...context.executor,
    run: async (name, args) => {
      const result = runJob(simd, name, args);
      if ('filters' in result) seen.push(result.filters);
      return result;
    },
  };
  const file = await encodePicture(picture, context, { quality: 100 });
  await decodePicture(file, { model, executor });
  t.is(seen.length, 2);
  t.true(seen.every((filters) => filters.length > 0));
  t.true(seen.flat().every(({ weights }) => isFiltered(weights)));
  t.notDeepEqual(seen[0], seen[1]);
});

for (const [title, change, message] of [
  [
    'bases of another shape',
    { bases: 'cdf', scaleIndex: 'filter.scaleIndex' },
    /int16 \[n, 3, 118\]/,
  ],
  ['no scale indices', { bases: 'filter.bases' }, /a non-empty string for filter\.scaleIndex/],
] as const) {
  test(`a model with ${title} is refused`, (t) => {
    const manifest = { ...random.manifest, filter: change };
    t.throws(() => parseModel(manifest, random.data), { message });
  });
}

test('a filter needs differences of samples to fit into 16 bits', (t) => {
  const manifest = { ...random.manifest, outputShift: 7 };
  t.throws(() => parseModel(manifest, random.data), { message: /0 to 6 for outputShift/ });
});
