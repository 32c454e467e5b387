// The decoder of the codec against one written from FORMAT.md alone.
import test from 'ava';
import {
  readContainer,
  tileChecksumSeed,
  writeContainer,
} from '../../codec/bitstream/container.ts';
import {
  createEngine,
  decodePicture,
  encodePicture,
  inlineExecutor,
  type Model,
  parseModel,
} from '../../codec/index.ts';
import { drawnPicture } from '../helpers/drawn-picture.ts';
import {
  decodeCases,
  goldenModel,
  readGolden,
  refuseCases,
  sha256,
} from '../helpers/golden-files.ts';
import { randomModel } from '../helpers/random-model.ts';
import { decodePlainly } from './plain-decoder.ts';

const golden = goldenModel();

test('the plain decoder gives the samples of every golden file', (t) => {
  const total = { tiles: 0, coded: 0, skipped: 0, escapes: 0 };
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

function randomContext(seed: number): {
  model: Model;
  executor: ReturnType<typeof inlineExecutor>;
} {
  const { manifest, data } = randomModel({ seed, latentChannels: 64, blocks: 1 + (seed % 2) });
  const model = parseModel(manifest, data);
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

test('a tile is not valid at the place of another', async (t) => {
  const context = randomContext(105);
  const bytes = await encodePicture(drawnPicture(2048, 16, 1), context, { quality: 10 });
  const { headerBytes, tiles } = readContainer(bytes);
  t.not(tileChecksumSeed(headerBytes, 0), tileChecksumSeed(headerBytes, 1));
  const swapped = writeContainer(headerBytes, [], [tiles[1].payload, tiles[0].payload]);
  t.throws(() => decodePlainly(swapped, context.model));
  await t.throwsAsync(decodePicture(swapped, context), { code: 'CHECKSUM_MISMATCH' });
});
