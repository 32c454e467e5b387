// The entropy priors on random models: they change the bytes and never the picture, on both backends, in damaged files, under
// a limit of size.
import anyTest, { type TestFn } from 'ava';
import fc from 'fast-check';
import { readContainer } from '../../codec/bitstream/container.ts';
import {
  createEngine,
  decodePicture,
  encodePicture,
  inlineExecutor,
  inspectBitstream,
  type Model,
  NicError,
  type Picture,
  type PriorKind,
  priorKinds,
} from '../../codec/index.ts';
import { createCodec } from '../../src/index.ts';
import { drawnPicture } from '../helpers/drawn-picture.ts';
import { randomModel } from '../helpers/random-model.ts';
import { modelWithPriors, randomLstm, randomRbm } from '../helpers/random-prior.ts';

const test = anyTest.serial as TestFn;

const small = { analysisChannels: 8, synthesisChannels: 8, priorChannels: 8, hyperChannels: 8 };
const models = [
  modelWithPriors(randomModel({ ...small, seed: 301 })),
  modelWithPriors(randomModel({ ...small, seed: 302, latentChannels: 64, links: 0 })),
];
const executors = new Map(models.map((model) => [model, inlineExecutor(createEngine(model))]));

function contextOf(model: Model, prior: PriorKind) {
  return { model, prior, executor: executors.get(model) as ReturnType<typeof inlineExecutor> };
}

const anyModel = fc.constantFrom(...models);
const anyQuality = fc.integer({ min: 0, max: 1600 }).map((step) => step / 16);

function anyPicture(maxSide: number): fc.Arbitrary<Picture> {
  const side = fc.integer({ min: 1, max: maxSide });
  const seed = fc.nat({ max: 1000 });
  return fc
    .tuple(side, side, fc.constantFrom(1 as const, 3 as const), seed)
    .map((args) => drawnPicture(...args));
}

for (const prior of priorKinds.filter((kind) => kind !== 'base')) {
  test(`the prior ${prior} gives the picture of base`, async (t) => {
    let different = 0;
    await fc.assert(
      fc.asyncProperty(anyModel, anyPicture(120), anyQuality, async (model, picture, quality) => {
        const context = contextOf(model, prior);
        const base = await encodePicture(picture, contextOf(model, 'base'), { quality });
        const bytes = await encodePicture(picture, context, { quality });
        t.is(inspectBitstream(bytes).prior, prior);
        if (Buffer.compare(bytes, base) !== 0) different++;
        t.deepEqual(await decodePicture(bytes, context), await decodePicture(base, context));
        t.deepEqual(await encodePicture(picture, context, { quality }), bytes);
      }),
      { numRuns: 25 },
    );
    t.is(different, 25);
  });

  test(`the prior ${prior} gives the same bytes and picture with scalar and SIMD kernels`, async (t) => {
    await fc.assert(
      fc.asyncProperty(anyModel, anyPicture(70), anyQuality, async (model, picture, quality) => {
        const [simd, scalar] = (['simd', 'scalar'] as const).map((backend) => ({
          model,
          prior,
          executor: inlineExecutor(createEngine(model, { backend })),
        }));
        const bytes = await encodePicture(picture, simd, { quality });
        t.deepEqual(await encodePicture(picture, scalar, { quality }), bytes);
        t.deepEqual(await decodePicture(bytes, scalar), await decodePicture(bytes, simd));
      }),
      { numRuns: 8 },
    );
  });

  test(`a flipped bit in a tile of the prior ${prior} is refused or changes nothing`, async (t) => {
    const context = contextOf(models[0], prior);
    const picture = drawnPicture(75, 60, 3, 9);
    const original = await encodePicture(picture, context, { quality: 40 });
    const expected = await decodePicture(original, context);
    const { tiles } = readContainer(original);
    const { payload } = tiles[0];
    const start = original.length - payload.length;
    t.is(tiles.length, 1);
    t.deepEqual(original.subarray(start), payload);
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 8 * payload.length - 1 }), async (bit) => {
        const bytes = original.slice();
        bytes[start + (bit >> 3)] ^= 1 << (bit & 7);
        try {
          t.deepEqual(await decodePicture(bytes, context), expected);
        } catch (error) {
          refused++;
          t.true(error instanceof NicError, String(error));
        }
      }),
      { numRuns: 150 },
    );
    t.true(refused >= 140, `${refused} of 150`);
  });
}

test('a limit of size holds with every prior', async (t) => {
  const random = randomModel({ ...small, seed: 303 });
  const auxiliaries = [...random.auxiliaries, randomLstm(random), randomRbm(random)];
  const codec = await createCodec({ threads: 0, model: { ...random, auxiliaries } });
  let reached = 0;
  let missed = 0;
  const anyFactor = fc.double({ min: 0.7, max: 1.6, noNaN: true });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...priorKinds),
      anyPicture(90),
      anyFactor,
      async (prior, picture, factor) => {
        const lowest = await codec.encode(picture, { prior, quality: 0 });
        const targetBytes = Math.round(factor * lowest.length);
        try {
          const bytes = await codec.encode(picture, { prior, targetBytes });
          reached++;
          t.true(bytes.length <= targetBytes, `${bytes.length} of ${targetBytes}`);
          t.is(inspectBitstream(bytes).prior, prior);
          const decoded = await codec.decode(bytes);
          t.is(decoded.data.length, picture.data.length);
        } catch (error) {
          missed++;
          t.is((error as NicError).code, 'UNREACHABLE_TARGET', String(error));
          t.true(targetBytes < lowest.length, `${targetBytes} of ${lowest.length}`);
        }
      },
    ),
    { numRuns: 30, endOnFailure: true },
  );
  await codec.close();
  t.true(reached > 5 && missed > 2, `${reached} reached, ${missed} not`);
});
