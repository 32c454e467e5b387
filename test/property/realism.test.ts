// Decoding with realism, on random models: what each end and each mixture is, on both backends, in parts and whole.
import test from 'ava';
import fc from 'fast-check';
import { filterTiles } from '../../codec/filter/filter-tiles.ts';
import {
  auxiliaryOf,
  createEngine,
  type DecodeOptions,
  decodePicture,
  encodePicture,
  inlineExecutor,
  type Model,
  ModelError,
  type Picture,
  type Rectangle,
  runJob,
  withAuxiliary,
} from '../../codec/index.ts';
import { noiseField } from '../../codec/latent/noise.ts';
import { drawnPicture } from '../helpers/drawn-picture.ts';
import { modelOf } from '../helpers/model-of.ts';
import { randomModel } from '../helpers/random-model.ts';
import { randomPerceptual } from '../helpers/random-perceptual.ts';

const random = randomModel();
const base = modelOf(random);
const auxiliary = randomPerceptual(random);
const model = withAuxiliary(base, auxiliary.manifest, auxiliary.data);

function contextOf(model: Model, backend: 'simd' | 'scalar' = 'simd', concurrency = 1) {
  const executor = inlineExecutor(createEngine(model, { backend }));
  return { model, executor: { ...executor, concurrency } };
}

const encoded = (picture: Picture) => encodePicture(picture, contextOf(base), { quality: 30 });
const decoded = (bytes: Uint8Array, options: DecodeOptions) =>
  decodePicture(bytes, contextOf(model), options);

test('realism 0 is the decoder without an auxiliary', async (t) => {
  const bytes = await encoded(drawnPicture(70, 50));
  const faithful = await decodePicture(bytes, contextOf(base));
  t.deepEqual(await decoded(bytes, { realism: 0 }), faithful);
  t.deepEqual(await decoded(bytes, {}), faithful);
  t.deepEqual(await decoded(bytes, { realism: 1 / 1024 }), faithful);
  t.false('realism' in faithful);
});

test('the picture says its realism, in 256ths', async (t) => {
  const bytes = await encoded(drawnPicture(20, 20));
  t.is((await decoded(bytes, { realism: 1 })).realism, 1);
  t.is((await decoded(bytes, { realism: 0.3 })).realism, 77 / 256);
});

test('the synthesis blends the two networks by its formula, and runs one at each end', (t) => {
  const engine = createEngine(model);
  const { latentChannels, networks, outputShift } = base.manifest;
  const [width, height, q16] = [3, 2, 500];
  const latents = {
    width,
    height,
    channels: latentChannels,
    data: Int16Array.from({ length: 6 * latentChannels }, (_, i) => ((i * 7919) % 401) - 200),
  };
  const place = { x: 5, y: 9 };
  const noise = noiseField(2 * place.x, 2 * place.y, 2 * width, 2 * height);
  const core = { x: 0, y: 0, width, height };
  const filters = [{ area: core, weights: Int16Array.of(2, -3, 0, 1, 4, -1) }];
  const plain = engine.run(networks.synthesis, { input: latents }, q16);
  const faithful = filterTiles(engine, plain, core, filters);
  t.notDeepEqual(faithful.data, plain.data);
  const perceptualNetwork = auxiliaryOf(model, 'perceptual').networks.synthesis;
  const perceptual = engine.run(perceptualNetwork, { input: latents, noise }, q16);
  t.notDeepEqual(faithful.data, perceptual.data);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 256 }), (share) => {
      const args = { latents, core, filters, quality: q16, channels: 3 as const };
      const pixels = runJob(engine, 'synthesize', {
        ...args,
        ...(share > 0 && { perceptual: { share, ...place } }),
      });
      for (let y = 0; y < 16 * height; y++) {
        for (let x = 0; x < 16 * width * 3; x++) {
          const column = Math.floor(x / 3);
          const channel = ((y % 8) * 8 + (column % 8)) * 3 + (x % 3);
          const index = ((y >> 3) * 2 * width + (column >> 3)) * 192 + channel;
          const mixed =
            (faithful.data[index] * (256 - share) + perceptual.data[index] * share + 128) >> 8;
          const rounded = (mixed + (1 << (outputShift - 1))) >> outputShift;
          const expected = Math.min(255, Math.max(0, rounded + 128));
          if (pixels[y * 16 * width * 3 + x] !== expected) return false;
        }
      }
      return true;
    }),
    { numRuns: 20, examples: [[0], [1], [128], [255], [256]] },
  );
});

for (const realism of [0.5, 1]) {
  for (const channels of [1, 3] as const) {
    test(`scalar and simd agree on ${channels} channels at realism ${realism}`, async (t) => {
      const bytes = await encoded(drawnPicture(50, 35, channels));
      const [simd, scalar] = await Promise.all(
        (['simd', 'scalar'] as const).map((backend) =>
          decodePicture(bytes, contextOf(model, backend), { realism }),
        ),
      );
      t.deepEqual(simd, scalar);
      t.is(simd.channels, channels);
    });
  }

  test(`a region at realism ${realism} is the cut of the whole, in any number of parts`, async (t) => {
    const bytes = await encoded(drawnPicture(1100, 70));
    const whole = await decoded(bytes, { realism });
    for (const concurrency of [2, 5]) {
      const parts = await decodePicture(bytes, contextOf(model, 'simd', concurrency), { realism });
      t.deepEqual(parts, whole);
    }
    const regions: readonly Rectangle[] = [
      { x: 1010, y: 5, width: 40, height: 60 },
      { x: 1099, y: 69, width: 1, height: 1 },
      { x: 17, y: 33, width: 200, height: 3 },
    ];
    for (const region of regions) {
      const part = await decoded(bytes, { realism, region });
      const rows = Array.from({ length: region.height }, (_, row) => {
        const start = ((region.y + row) * whole.width + region.x) * 3;
        return [...whole.data.subarray(start, start + region.width * 3)];
      });
      t.deepEqual(part.data, Uint8Array.from(rows.flat()));
    }
  });
}

test('noise depends on the place alone, and its mean is near zero', (t) => {
  const large = noiseField(0, 0, 40, 30);
  const small = noiseField(13, 7, 5, 4);
  for (let y = 0; y < 4; y++) {
    const start = ((y + 7) * 40 + 13) * 32;
    t.deepEqual(
      small.data.subarray(y * 5 * 32, (y + 1) * 5 * 32),
      large.data.subarray(start, start + 5 * 32),
    );
  }
  const mean = large.data.reduce((sum, value) => sum + value, 0) / large.data.length;
  t.true(Math.abs(mean + 0.5) < 1.5, String(mean));
  t.is(Math.min(...large.data), -128);
  t.is(Math.max(...large.data), 127);
});

test('realism takes the auxiliary model', async (t) => {
  const bytes = await encoded(drawnPicture(20, 20));
  await t.throwsAsync(decodePicture(bytes, contextOf(base), { realism: 0.5 }), {
    instanceOf: ModelError,
    code: 'MODEL_NOT_FOUND',
    message: /'perceptual'/,
  });
});

test('realism out of its range is refused', async (t) => {
  const bytes = await encoded(drawnPicture(20, 20));
  for (const realism of [-0.1, 1.1, Number.NaN, '1' as unknown as number]) {
    await t.throwsAsync(decoded(bytes, { realism }), {
      code: 'INVALID_ARGUMENT',
      message: /a number from 0 to 1 for realism/,
    });
  }
});
