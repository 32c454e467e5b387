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
import { readFilters, writeFilters } from '../../codec/filter/code-filters.ts';
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
  goldenModels,
  readGolden,
  refuseCases,
  sha256,
} from '../helpers/golden-files.ts';
import { modelOf } from '../helpers/model-of.ts';
import { type RandomModelOptions, randomModel } from '../helpers/random-model.ts';
import { modelWithPriors } from '../helpers/random-prior.ts';
import { unevenPicture } from '../helpers/uneven-picture.ts';
import { type Coverage, decodePlainly } from './plain-decoder.ts';
import { readParts } from './plain-filter.ts';
import { Stream } from './plain-stream.ts';

const golden = goldenModel();
const linked = goldenModel('linked');

test('the plain decoder gives the samples of every golden file', (t) => {
  const total = {
    ...{ tiles: 0, coded: 0, skipped: 0, escapes: 0, buckets: 0, filtered: 0, mapped: 0 },
  };
  for (const one of goldenModels.flatMap(decodeCases)) {
    const { name, width, height, channels, sha256: expected, alphaSha256 } = one;
    const model = one.model === 'model' ? golden : linked;
    const { picture, coverage } = decodePlainly(readGolden(`decode/${name}.nic`), model);
    t.deepEqual([picture.width, picture.height, picture.channels], [width, height, channels], name);
    t.is(sha256(picture.data), expected, name);
    t.is(picture.alpha && sha256(picture.alpha), alphaSha256, name);
    const { exif, xmp } = picture.metadata ?? {};
    t.is(exif && sha256(exif), one.exifSha256, name);
    t.is(xmp && sha256(xmp), one.xmpSha256, name);
    for (const key of Object.keys(total) as (keyof typeof total)[]) total[key] += coverage[key];
  }
  t.is(total.mapped, 4);
  for (const [key, count] of Object.entries({ ...total, mapped: 11 })) {
    t.true(count > 10, `${key}: ${count}`);
  }
});

test('the plain decoder refuses every file of the refuse set', (t) => {
  for (const { name } of refuseCases()) {
    t.throws(() => decodePlainly(readGolden(`refuse/${name}.nic`), golden), undefined, name);
  }
});

test('both decoders read the filters of the parts of a tile, and refuse one that does nothing', (t) => {
  const q16 = 800;
  const coverage = { tiles: 0, coded: 0, skipped: 0, escapes: 0, buckets: 0 };
  const rest = { halvings: 0, fullLinks: 0, filtered: 0, mapped: 0 };
  type Filters = readonly (readonly [x: number, y: number, w: number, h: number, k: number[]])[];
  const written = (width: number, height: number, filters: Filters): Uint8Array => {
    const encoder = new RansEncoder(cdfTables(golden));
    const list = filters.map(([x, y, width, height, weights]) => ({
      area: { x, y, width, height },
      weights: Int16Array.from(weights),
    }));
    writeFilters(encoder, golden, { x: 0, y: 0, width, height }, list, q16);
    return encoder.finish(0);
  };
  const read = (width: number, height: number, bytes: Uint8Array): Filters => {
    const decoder = new RansDecoder(cdfTables(golden), bytes);
    const filters = readFilters(decoder, golden, { x: 0, y: 0, width, height }, q16);
    t.is(decoder.finish(), 0);
    return filters.map(({ area: { x, y, width, height }, weights }) => [
      ...([x, y, width, height] as const),
      [...weights],
    ]);
  };
  const readPlain = (width: number, height: number, bytes: Uint8Array): Filters => {
    const stream = new Stream(golden, bytes, { ...coverage, ...rest });
    const parts = readParts(golden, stream, q16, [0, 0, width, height]);
    t.is(stream.end(), 0);
    return parts.map(({ x, y, width, height, weights }) => [x, y, width, height, [...weights]]);
  };
  const small = [1, 0, 0, 0, 0, 0];
  const large = [-300, 2, 0, 5, 0, 900];
  const cases: readonly [width: number, height: number, Filters][] = [
    [15, 15, []],
    [15, 15, [[0, 0, 15, 15, small]]],
    [64, 64, []],
    [64, 64, [[0, 0, 64, 64, large]]],
    // biome-ignore format: a tile a line
    [64, 64, [[32, 0, 16, 16, small], [56, 8, 8, 8, large], [0, 32, 32, 32, large]]],
    [17, 15, [[8, 0, 9, 15, small]]],
    // biome-ignore format: a tile a line
    [5, 33, [[0, 8, 5, 8, small], [0, 16, 5, 8, large]]],
  ];
  for (const [width, height, filters] of cases) {
    const bytes = written(width, height, filters);
    t.deepEqual(read(width, height, bytes), filters);
    t.deepEqual(readPlain(width, height, bytes), filters);
  }
  const idle = written(20, 20, [[10, 10, 10, 10, [0, 0, 0, 0, 0, 0]]]);
  const { code } = t.throws(() => read(20, 20, idle), { instanceOf: BitstreamError });
  t.is(code, 'CORRUPT_LATENTS');
  t.throws(() => readPlain(20, 20, idle), { message: 'filter that does nothing' });
});

function randomContext(seed: number): {
  model: Model;
  executor: ReturnType<typeof inlineExecutor>;
} {
  const model = modelOf(randomModel({ seed, latentChannels: 64, blocks: 1 + (seed % 2) }));
  return { model, executor: inlineExecutor(createEngine(model)) };
}

for (const [seed, width, height, channels, quality] of [
  [106, 140, 97, 3, 50],
  [107, 1090, 33, 1, 91.3125],
  [108, 200, 90, 3, 5],
] as const) {
  test(`both decoders give the same samples where qualities differ in ${width}x${height}`, async (t) => {
    const context = randomContext(seed);
    const picture = unevenPicture(width, height, channels);
    const bytes = await encodePicture(picture, { ...context, tune: 'visual' }, { quality });
    const plain = decodePlainly(bytes, context.model);
    t.deepEqual(plain.picture, await decodePicture(bytes, context));
    t.is(plain.coverage.mapped, plain.coverage.tiles);
  });
}

for (const [seed, width, height, channels, quality, filters] of [
  [101, 1, 1, 3, 100, 0],
  [102, 33, 15, 1, 7.3125, 1],
  [103, 97, 70, 3, 55, 1],
  [104, 15, 1041, 3, 90, 3],
] as const) {
  test(`both decoders give the same samples for a ${width}x${height} picture of model ${seed}`, async (t) => {
    const context = randomContext(seed);
    const picture = drawnPicture(width, height, channels, seed);
    const bytes = await encodePicture(picture, context, { quality });
    const plain = decodePlainly(bytes, context.model);
    t.deepEqual(plain.picture, await decodePicture(bytes, context));
    t.true(plain.coverage.filtered >= filters);
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
    setTable(model, 'contexts.latents.links', (index) => 32767 * sign(index));
    const { coded, fullLinks } = await comparePriors(t, { model, prior }, [90, 75, 3, 30]);
    t.true(coded > 1000);
    t.true(fullLinks > 1000);
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
