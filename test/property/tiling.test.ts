// Cutting the work into regions changes nothing: neither bytes nor samples.
import test from 'ava';
import fc from 'fast-check';
import { encoderOf } from '../../codec/engine/encoder.ts';
import { smallestParts } from '../../codec/filter/filter-parts.ts';
import {
  createEngine,
  decodePicture,
  type Engine,
  type Executor,
  encodePicture,
  inlineExecutor,
  type JobArgs,
  type Jobs,
  runJob,
} from '../../codec/index.ts';
import {
  addHalo,
  contains,
  planGroups,
  planRegions,
  relativeTo,
} from '../../codec/latent/plan-regions.ts';
import { drawnPicture } from '../helpers/drawn-picture.ts';
import { modelOf } from '../helpers/model-of.ts';
import { randomModel } from '../helpers/random-model.ts';

function engineOf(seed: number, blocks: number): Engine {
  return createEngine(modelOf(randomModel({ seed, blocks })));
}

const engines = [engineOf(1, 1), engineOf(2, 2), engineOf(3, 3)];

/** An executor that pretends to have many threads, which ends jobs in another order than they came in. */
function manyThreads(engine: Engine, concurrency: number, sizes: Set<string>): Executor {
  let count = 0;
  return {
    concurrency,
    run: async <K extends keyof Jobs>(name: K, args: JobArgs<K>) => {
      for (let turns = (count++ * 7) % 5; turns > 0; turns--) {
        await new Promise((resolve) => setImmediate(resolve));
      }
      if ('core' in args) sizes.add(`${name} ${args.core.width}x${args.core.height}`);
      if ('parts' in args) sizes.add(`${name} ${JSON.stringify(args.parts)}`);
      return runJob(engine, name, args);
    },
    close: async () => {},
  };
}

test('bytes and samples do not depend on the number of regions', async (t) => {
  let cut = 0;
  let grouped = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...engines),
      fc.integer({ min: 1, max: 330 }),
      fc.integer({ min: 1, max: 330 }),
      fc.constantFrom(1 as const, 3 as const),
      fc.integer({ min: 0, max: 1600 }),
      fc.integer({ min: 2, max: 9 }),
      async (engine, width, height, channels, q16, concurrency) => {
        const { model } = engine;
        const picture = drawnPicture(width, height, channels);
        const options = { quality: q16 / 16 };
        const sizes = new Set<string>();
        const single = { model, executor: inlineExecutor(engine) };
        const many = { model, executor: manyThreads(engine, concurrency, sizes) };
        const bytes = await encodePicture(picture, single, options);
        t.deepEqual(await encodePicture(picture, many, options), bytes);
        const decoded = await decodePicture(bytes, single);
        t.deepEqual(await decodePicture(bytes, many), decoded);
        t.like(decoded, { width, height, channels });
        t.is(decoded.data.length, width * height * channels);
        const groups = [...sizes].filter((job) => job.startsWith('gatherForms')).length;
        if (sizes.size - groups > 2) cut++;
        if (groups > 1) grouped++;
      },
    ),
    // Whatever is drawn beside them, these are cut.
    {
      numRuns: 25,
      examples: engines.flatMap((engine) => [
        [engine, 330, 300, 1, 200, 9],
        [engine, 300, 330, 3, 800, 9],
      ]),
    },
  );
  t.true(cut > 3, `${cut} pictures were cut`);
  t.true(grouped > 3, `${grouped} pictures had their filters fitted in groups`);
});

test('analysis of any core with its halo gives the part of the analysis of the whole', (t) => {
  const columns = 14;
  const rows = 11;
  const picture = drawnPicture(columns * 16, rows * 16);
  for (const engine of engines) {
    const halo = Math.ceil(encoderOf(engine.model).halo / 2);
    const whole = { x: 0, y: 0, width: columns, height: rows };
    const all = runJob(engine, 'analyze', {
      pixels: picture.data,
      width: picture.width,
      height: picture.height,
      channels: 3,
      core: whole,
      quality: 500,
    });
    fc.assert(
      fc.property(
        fc.nat({ max: columns - 1 }),
        fc.nat({ max: rows - 1 }),
        fc.integer({ min: 1, max: columns }),
        fc.integer({ min: 1, max: rows }),
        (x, y, width, height) => {
          const core = addHalo({ x, y, width, height }, 0, columns, rows);
          const region = addHalo(core, halo, columns, rows);
          const pixels = new Uint8Array(region.width * region.height * 16 * 16 * 3);
          const rowBytes = region.width * 16 * 3;
          for (let row = 0; row < region.height * 16; row++) {
            const start = ((region.y * 16 + row) * picture.width + region.x * 16) * 3;
            pixels.set(picture.data.subarray(start, start + rowBytes), row * rowBytes);
          }
          const part = runJob(engine, 'analyze', {
            pixels,
            width: region.width * 16,
            height: region.height * 16,
            channels: 3,
            core: relativeTo(core, region),
            quality: 500,
          });
          for (let row = 0; row < core.height; row++) {
            const length = core.width * all.channels;
            const start = ((core.y + row) * columns + core.x) * all.channels;
            t.deepEqual(
              part.data.slice(row * length, (row + 1) * length),
              all.data.slice(start, start + length),
            );
          }
        },
      ),
      { numRuns: 10 },
    );
  }
});

test('regions cover every position once and are bounded', (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 300 }),
      fc.integer({ min: 1, max: 300 }),
      fc.integer({ min: 0, max: 20 }),
      fc.integer({ min: 1, max: 16 }),
      (width, height, halo, concurrency) => {
        const seen = new Uint8Array(width * height);
        let bottom = 0;
        for (const core of planRegions(width, height, halo, concurrency)) {
          t.true(core.width * core.height <= 17000);
          t.true(core.y >= bottom || core.x > 0);
          bottom = Math.max(bottom, core.y);
          for (let row = 0; row < core.height; row++) {
            for (let column = 0; column < core.width; column++) {
              seen[(core.y + row) * width + core.x + column]++;
            }
          }
        }
        t.true(seen.every((count) => count === 1));
      },
    ),
  );
});

test('groups hold every smallest part of a tile once, and are as many as there is time for at once', (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 64 }),
      fc.integer({ min: 1, max: 64 }),
      fc.integer({ min: 1, max: 16 }),
      (width, height, concurrency) => {
        const parts = smallestParts({ x: 0, y: 0, width, height });
        const groups = planGroups({ width, height }, parts, 6, concurrency);
        const areas = groups.map((group) => group.width * group.height);
        t.is(
          areas.reduce((sum, area) => sum + area),
          width * height,
        );
        for (const part of parts) t.is(groups.filter((group) => contains(group, part)).length, 1);
        t.true(groups.length <= concurrency);
      },
    ),
  );
  const tile = { x: 0, y: 0, width: 48, height: 32 };
  const cut = (concurrency: number) => planGroups(tile, smallestParts(tile), 6, concurrency);
  t.deepEqual(cut(1), [{ x: 0, y: 0, width: 48, height: 32 }]);
  t.deepEqual(
    cut(2).map(({ width, height }) => [width, height]),
    [
      [24, 32],
      [24, 32],
    ],
  );
  t.is(cut(4).length, 4);
});

test('a large picture is cut finely enough to bound memory, and evenly among threads', (t) => {
  t.deepEqual(planRegions(48, 32, 5, 1), [{ x: 0, y: 0, width: 48, height: 32 }]);
  t.deepEqual(
    planRegions(48, 32, 5, 2).map(({ width, height }) => [width, height]),
    [
      [24, 32],
      [24, 32],
    ],
  );
  t.true(planRegions(512, 512, 5, 2).length >= 16);
});
