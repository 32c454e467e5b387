// The decoder of the codec against one written from FORMAT.md alone.
import test, { type ExecutionContext } from 'ava';
import {
  readContainer,
  tileChecksumSeed,
  writeContainer,
} from '../../codec/bitstream/container.ts';
import { cdfTables } from '../../codec/entropy/cdf-tables.ts';
import { RansDecoder } from '../../codec/entropy/rans-decoder.ts';
import { RansEncoder } from '../../codec/entropy/rans-encoder.ts';
import { readWeights } from '../../codec/filter/code-weights.ts';
import { weightScales } from '../../codec/filter/filter-tables.ts';
import {
  BitstreamError,
  createEngine,
  decodePicture,
  encodePicture,
  inlineExecutor,
  type Model,
  type PriorKind,
  priorKinds,
} from '../../codec/index.ts';
import { drawnPicture } from '../helpers/drawn-picture.ts';
import {
  decodeCases,
  goldenModel,
  readGolden,
  refuseCases,
  sha256,
} from '../helpers/golden-files.ts';
import { modelOf } from '../helpers/model-of.ts';
import { type RandomModelOptions, randomModel } from '../helpers/random-model.ts';
import { modelWithPriors } from '../helpers/random-prior.ts';
import { type Coverage, decodePlainly } from './plain-decoder.ts';
import { readWeights as readWeightsPlainly } from './plain-filter.ts';
import { Stream } from './plain-stream.ts';

const golden = goldenModel();

test('the plain decoder gives the samples of every golden file', (t) => {
  const total = { tiles: 0, coded: 0, skipped: 0, escapes: 0, buckets: 0, filtered: 0 };
  for (const one of decodeCases()) {
    const { name, width, height, channels, sha256: expected, alphaSha256 } = one;
    const { picture, coverage } = decodePlainly(readGolden(`decode/${name}.nic`), golden);
    t.deepEqual([picture.width, picture.height, picture.channels], [width, height, channels], name);
    t.is(sha256(picture.data), expected, name);
    t.is(picture.alpha && sha256(picture.alpha), alphaSha256, name);
    const { exif, xmp } = picture.metadata ?? {};
    t.is(exif && sha256(exif), one.exifSha256, name);
    t.is(xmp && sha256(xmp), one.xmpSha256, name);
    for (const key of Object.keys(total) as (keyof typeof total)[]) total[key] += coverage[key];
  }
  for (const [key, count] of Object.entries(total)) t.true(count > 10, `${key}: ${count}`);
});

test('the plain decoder refuses every file of the refuse set', (t) => {
  for (const { name } of refuseCases()) {
    t.throws(() => decodePlainly(readGolden(`refuse/${name}.nic`), golden), undefined, name);
  }
});

test('both decoders read the weights of a filter, and refuse one that does nothing', (t) => {
  const q16 = 800;
  const written = (weights: readonly number[], flag: number): Uint8Array => {
    const encoder = new RansEncoder(cdfTables(golden));
    encoder.pushIntervals(Uint32Array.of((flag << 31) | 0x7fff));
    if (flag === 1) encoder.push(weightScales(golden, q16), Int16Array.from(weights));
    return encoder.finish(0);
  };
  const coverage = { tiles: 0, coded: 0, skipped: 0, escapes: 0, buckets: 0, halvings: 0 };
  const read = (bytes: Uint8Array) =>
    readWeights(new RansDecoder(cdfTables(golden), bytes), golden, q16);
  const readPlain = (bytes: Uint8Array) =>
    readWeightsPlainly(golden, new Stream(golden, bytes, { ...coverage, filtered: 0 }), q16);
  for (const weights of [
    [1, 0, 0, 0, 0, 0],
    [-300, 2, 0, 5, 0, 900],
  ]) {
    t.deepEqual([...read(written(weights, 1))], weights);
    t.deepEqual([...readPlain(written(weights, 1))], weights);
  }
  const none = new Array<number>(6).fill(0);
  t.deepEqual([...read(written(none, 0))], none);
  t.deepEqual([...readPlain(written(none, 0))], none);
  const { code } = t.throws(() => read(written(none, 1)), { instanceOf: BitstreamError });
  t.is(code, 'CORRUPT_LATENTS');
  t.throws(() => readPlain(written(none, 1)), { message: 'filter that does nothing' });
});

function randomContext(seed: number): {
  model: Model;
  executor: ReturnType<typeof inlineExecutor>;
} {
  const model = modelOf(randomModel({ seed, latentChannels: 64, blocks: 1 + (seed % 2) }));
  return { model, executor: inlineExecutor(createEngine(model)) };
}

for (const [seed, width, height, channels, quality] of [
  [101, 1, 1, 3, 100],
  [102, 33, 15, 1, 7.3125],
  [103, 97, 70, 3, 55],
  [104, 15, 1041, 3, 90],
] as const) {
  test(`both decoders give the same samples for a ${width}x${height} picture of model ${seed}`, async (t) => {
    const context = randomContext(seed);
    const picture = drawnPicture(width, height, channels, seed);
    const bytes = await encodePicture(picture, context, { quality });
    const decoded = await decodePicture(bytes, context);
    t.deepEqual(decodePlainly(bytes, context.model).picture, decoded);
  });
}

function priorModel(seed: number, options: RandomModelOptions = {}): Model {
  const small = { analysisChannels: 8, synthesisChannels: 8, priorChannels: 8, hyperChannels: 8 };
  return modelWithPriors(randomModel({ seed, ...small, ...options }));
}

/** Encodes by a prior, checks that both decoders give the same, and says what the second one met. */
async function comparePriors(
  t: ExecutionContext,
  { model, prior }: { model: Model; prior: PriorKind },
  [width, height, channels, quality]: readonly [number, number, 1 | 3, number],
): Promise<Coverage> {
  const context = { model, prior, executor: inlineExecutor(createEngine(model)) };
  const picture = drawnPicture(width, height, channels, width);
  const bytes = await encodePicture(picture, context, { quality });
  t.is(bytes[12] >> 5, priorKinds.indexOf(prior));
  const plain = decodePlainly(bytes, model);
  t.deepEqual(plain.picture, await decodePicture(bytes, context));
  return plain.coverage;
}

/** Changes tables of a model that no engine was made of yet. */
function setTable(model: Model, name: string, value: (index: number) => number): void {
  const table = model.tensors.get(name) as Int16Array | Int32Array;
  for (let index = 0; index < table.length; index++) table[index] = value(index);
}

const trained = priorKinds.filter((kind) => kind !== 'base');

for (const prior of trained) {
  test(`both decoders give the same samples with the prior ${prior}, whatever its model`, async (t) => {
    const total = { tiles: 0, coded: 0, skipped: 0, escapes: 0, buckets: 0, filtered: 0 };
    for (const [seed, latentChannels, ...picture] of [
      [111, 32, 1, 1, 3, 100],
      [112, 64, 33, 15, 1, 7.3125],
      [113, 96, 97, 70, 3, 55],
      [114, 32, 15, 1041, 1, 90],
      [115, 64, 1030, 17, 3, 0],
    ] as const) {
      const coverage = await comparePriors(
        t,
        { model: priorModel(seed, { latentChannels }), prior },
        picture,
      );
      for (const key of Object.keys(total) as (keyof typeof total)[]) total[key] += coverage[key];
    }
    t.is(total.tiles, 7);
    t.true(total.coded - total.escapes > 1000);
    for (const key of ['skipped', 'escapes', 'buckets'] as const) {
      t.true(total[key] > 1000, `${key}: ${total[key]}`);
    }
  });

  test(`both decoders give the same samples with the prior ${prior} of the largest weights`, async (t) => {
    const model = priorModel(116, { latentChannels: 96 });
    const sign = (index: number) => (index % 7 < 4 ? 1 : -1);
    for (const name of ['rbm.own', 'rbm.beside', 'rbm.visibleBias', 'lstm.logitBias']) {
      setTable(model, name, (index) => 32767 * sign(index));
    }
    setTable(model, 'rbm.hiddenBias', (index) => 2 ** 24 * sign(index));
    // Open gates in some units, so that cells grow.
    setTable(model, 'lstm.gateBias', (index) => 32767 * (index % 8 < 3 ? 1 : sign(index)));
    const { coded } = await comparePriors(t, { model, prior }, [90, 75, 3, 30]);
    t.true(coded > 1000);
  });
}

for (const prior of ['adaptive', 'mix'] as const) {
  test(`both decoders halve the counts of the prior ${prior} alike`, async (t) => {
    const model = priorModel(117);
    const { heads } = model.manifest.networks;
    for (const { weight, bias, shift } of heads) {
      // One scale index for all.
      setTable(model, weight, () => 0);
      setTable(model, bias, (row) => (row % 16 < 8 ? (30 << 6) << shift : 0));
    }
    const { halvings, skipped } = await comparePriors(t, { model, prior }, [160, 128, 1, 20]);
    t.is(skipped, 0);
    t.true(halvings > 0);
  });
}

test('a file needs the auxiliary models of its prior', async (t) => {
  const bare = randomModel({ seed: 118 });
  const both = modelWithPriors(bare);
  const base = modelOf(bare);
  const executor = inlineExecutor(createEngine(both));
  for (const prior of ['lstm', 'rbm', 'mix'] as const) {
    const context = { model: both, prior, executor };
    const bytes = await encodePicture(drawnPicture(20, 20), context, { quality: 50 });
    t.throws(() => decodePlainly(bytes, base), { message: 'auxiliary model' });
    const without = { model: base, executor: inlineExecutor(createEngine(base)) };
    await t.throwsAsync(decodePicture(bytes, without), { code: 'MODEL_NOT_FOUND' });
  }
});

test('a tile is not valid at the place of another', async (t) => {
  const context = randomContext(105);
  const bytes = await encodePicture(drawnPicture(2048, 16, 1), context, { quality: 10 });
  const { headerBytes, tiles } = readContainer(bytes);
  t.not(tileChecksumSeed(headerBytes, 0), tileChecksumSeed(headerBytes, 1));
  const swapped = writeContainer(headerBytes, [], [tiles[1].payload, tiles[0].payload]);
  t.throws(() => decodePlainly(swapped, context.model));
  await t.throwsAsync(decodePicture(swapped, context), { code: 'CHECKSUM_MISMATCH' });
});
