// Decoding with a map of the errors, on random models: its formula, both backends, in parts and whole.
import test from 'ava';
import {
  auxiliaryOf,
  createEngine,
  type DecodeOptions,
  decodePicture,
  encodePicture,
  inlineExecutor,
  type Model,
  ModelError,
  type Rectangle,
  runJob,
  type UncertaintyMap,
  withAuxiliary,
} from '../../codec/index.ts';
import { createCodec } from '../../src/index.ts';
import { drawnPicture } from '../helpers/drawn-picture.ts';
import { modelOf } from '../helpers/model-of.ts';
import { randomModel } from '../helpers/random-model.ts';
import { randomPerceptual } from '../helpers/random-perceptual.ts';
import { randomUncertainty } from '../helpers/random-uncertainty.ts';

const random = randomModel();
const base = modelOf(random);
const auxiliary = randomUncertainty(random);
const model = withAuxiliary(base, auxiliary.manifest, auxiliary.data);

function contextOf(model: Model, backend: 'simd' | 'scalar' = 'simd', concurrency = 1) {
  const executor = inlineExecutor(createEngine(model, { backend }));
  return { model, executor: { ...executor, concurrency } };
}

const encoded = (width: number, height: number, channels: 1 | 3 = 3) =>
  encodePicture(drawnPicture(width, height, channels), contextOf(base), { quality: 30 });
const decoded = (bytes: Uint8Array, options: DecodeOptions) =>
  decodePicture(bytes, contextOf(model), options);

test('the map is asked for, and does not change the picture', async (t) => {
  const bytes = await encoded(70, 50);
  const plain = await decoded(bytes, {});
  t.false('uncertainty' in plain);
  const { uncertainty, ...picture } = await decoded(bytes, { uncertainty: true });
  t.deepEqual(picture, plain);
  t.is(uncertainty?.unit, 8);
  t.is(uncertainty?.data.length, 70 * 50);
  t.true(new Set(uncertainty?.data).size > 20);
});

test('the job looks every output of the network up in the table', (t) => {
  const engine = createEngine(model);
  const { latentChannels } = base.manifest;
  const [width, height, q16] = [3, 2, 500];
  const latents = {
    width,
    height,
    channels: latentChannels,
    data: Int16Array.from({ length: 6 * latentChannels }, (_, i) => ((i * 7919) % 401) - 200),
  };
  const core = { x: 0, y: 0, width, height };
  const map = runJob(engine, 'uncertainty', { latents, core, quality: q16 });
  const network = auxiliaryOf(model, 'uncertainty').networks.uncertainty;
  const output = engine.run(network, { input: latents }, q16);
  for (let y = 0; y < 16 * height; y++) {
    for (let x = 0; x < 16 * width; x++) {
      const value = output.data[((y >> 3) * 2 * width + (x >> 3)) * 64 + (y & 7) * 8 + (x & 7)];
      const step = Math.round((value * 2 ** 3) / 2 ** 6 + 1e-9) + 2 * 2 ** 3;
      t.is(map[y * 16 * width + x], 6 * Math.max(0, Math.min(step, 39)));
    }
  }
});

for (const channels of [1, 3] as const) {
  test(`scalar and simd give the same map of ${channels} channels`, async (t) => {
    const bytes = await encoded(50, 35, channels);
    const [simd, scalar] = await Promise.all(
      (['simd', 'scalar'] as const).map((backend) =>
        decodePicture(bytes, contextOf(model, backend), { uncertainty: true }),
      ),
    );
    t.deepEqual(simd, scalar);
    t.is(simd.uncertainty?.data.length, 50 * 35);
  });
}

test('the map of a region is the cut of the whole, in any number of parts', async (t) => {
  const bytes = await encoded(1100, 70);
  const whole = await decoded(bytes, { uncertainty: true });
  for (const concurrency of [2, 5]) {
    const context = contextOf(model, 'simd', concurrency);
    t.deepEqual(await decodePicture(bytes, context, { uncertainty: true }), whole);
  }
  const { data } = whole.uncertainty as UncertaintyMap;
  const regions: readonly Rectangle[] = [
    { x: 1010, y: 5, width: 40, height: 60 },
    { x: 1099, y: 69, width: 1, height: 1 },
    { x: 17, y: 33, width: 200, height: 3 },
  ];
  for (const region of regions) {
    const part = await decoded(bytes, { uncertainty: true, region });
    const rows = Array.from({ length: region.height }, (_, row) => {
      const start = (region.y + row) * whole.width + region.x;
      return [...data.subarray(start, start + region.width)];
    });
    t.deepEqual(part.uncertainty?.data, Uint8Array.from(rows.flat()));
  }
});

test('the map is that of the faithful picture at any realism', async (t) => {
  const perceptual = randomPerceptual(random);
  const both = withAuxiliary(model, perceptual.manifest, perceptual.data);
  const bytes = await encoded(70, 50);
  const faithful = await decoded(bytes, { uncertainty: true });
  const drawn = await decodePicture(bytes, contextOf(both), { uncertainty: true, realism: 1 });
  t.notDeepEqual(drawn.data, faithful.data);
  t.deepEqual(drawn.uncertainty, faithful.uncertainty);
});

test('a codec loads the auxiliary when a map is first asked for, with any number of threads', async (t) => {
  const bytes = await encoded(70, 50);
  const expected = await decoded(bytes, { uncertainty: true });
  for (const threads of [0, 2]) {
    const codec = await createCodec({
      threads,
      model: { ...random, auxiliaries: [...random.auxiliaries, auxiliary] },
    });
    await codec.decode(bytes);
    t.deepEqual(await codec.decode(bytes, { uncertainty: true }), expected);
    await codec.close();
  }
  const without = await createCodec({ threads: 0, model: random });
  await t.throwsAsync(without.decode(bytes, { uncertainty: true }), { code: 'MODEL_NOT_FOUND' });
  await t.throwsAsync(without.decode(bytes, { uncertainty: 'yes' as unknown as boolean }), {
    code: 'INVALID_ARGUMENT',
    message: /a boolean for uncertainty/,
  });
});

test('a map takes the auxiliary model, with the fields of its kind', async (t) => {
  const bytes = await encoded(20, 20);
  await t.throwsAsync(decodePicture(bytes, contextOf(base), { uncertainty: true }), {
    instanceOf: ModelError,
    code: 'MODEL_NOT_FOUND',
    message: /'uncertainty'/,
  });
  const { manifest, data } = auxiliary;
  const { parameters } = manifest;
  for (const [change, message] of [
    [{ parameters: { ...parameters, unit: 0 } }, /from 1 to 255 for parameters\.unit/],
    [{ parameters: { ...parameters, tableBits: 7 } }, /from 0 to 6 for parameters\.tableBits/],
    [{ parameters: { ...parameters, more: 1 } }, /parameters\.more/],
    [{ tables: {} }, /tables\.bytes/],
    [{ tables: { bytes: 'uncertainty.table' } }, /Expected uint8/],
  ] as const) {
    t.throws(() => withAuxiliary(base, { ...manifest, ...change }, data), {
      code: 'INVALID_MODEL',
      message,
    });
  }
});
