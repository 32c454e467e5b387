import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import anyTest, { type TestFn } from 'ava';
import sharp from 'sharp';
import type { Codec, RgbPicture } from '../../reports/codecs/codec.ts';
import { openCodec } from '../../reports/codecs/registry.ts';
import { measure, prepareOriginal } from '../../reports/measure.ts';
import { bestQuality } from '../../reports/pictures.ts';
import { inspect } from '../../src/index.ts';
import { msSsim } from '../../src/metrics/ms-ssim.ts';
import { psnr } from '../../src/metrics/psnr.ts';
import { drawnPicture } from '../helpers/drawn-picture.ts';
import { writeRandomModel } from '../helpers/run-cli.ts';

const test = anyTest as TestFn;
const picture = { ...drawnPicture(192, 180), channels: 3 } satisfies RgbPicture;
const original = prepareOriginal('drawn.png', picture);

/** A codec with a header of 24 bytes and a payload of `quality` bytes, which decodes to `decoded`. */
function madeUpCodec(decoded: RgbPicture): Codec {
  return {
    spec: 'made-up',
    id: 'made-up',
    label: 'Made up',
    settings: {},
    versions: {},
    qualityName: 'quality',
    qualities: [100],
    search: { from: 0, to: 1000, step: 1 },
    encode: async (_picture, quality) => new Uint8Array(24 + quality),
    decode: async () => decoded,
  };
}

test('bpp counts the whole file, its header included', async (t) => {
  const row = await measure(madeUpCodec(picture), original, 100);
  t.is(row.sizeBytes, 124);
  t.is(row.bpp, Number(((8 * 124) / (192 * 180)).toFixed(6)));
});

test('the size of a nic file is that of its header and all its sections', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'nic-measure-'));
  try {
    const codec = await openCodec(`nic:model=${await writeRandomModel(folder)}`);
    const row = await measure(codec, original, 50);
    const info = inspect(await codec.encode(picture, 50));
    const sections = info.sections.reduce((sum, section) => sum + section.sizeBytes, 0);
    t.is(row.sizeBytes, info.sizeBytes);
    t.true(row.sizeBytes >= info.headerBytes + sections && info.headerBytes > 0);
    await codec.close?.();
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('PSNR is taken on the 8-bit samples of the decoded picture', async (t) => {
  const codec = await openCodec('jpeg');
  const row = await measure(codec, original, 75);
  const file = await codec.encode(picture, 75);
  const png = await sharp(await sharp(file).png().toBuffer())
    .raw()
    .toBuffer();
  const decoded = { ...picture, data: new Uint8Array(png) };
  t.is(row.psnrRgb, Number(psnr(picture, decoded).toFixed(4)));
  t.is(row.msSsim, Number(msSsim(picture, decoded).toFixed(6)));

  // Half a step off everywhere: floating-point samples would give 54.15 dB, which no 8-bit picture is.
  const floats = Float32Array.from(picture.data, (value) => value + 0.5);
  const cheat = madeUpCodec({ ...picture, data: floats as unknown as Uint8Array });
  await t.throwsAsync(measure(cheat, original, 1), { message: 'Expected 8-bit samples' });
});

test('PSNR of luma is taken on luma rounded to 8 bits', async (t) => {
  // One step of blue moves luma by 0.114: below what an 8-bit sample can tell wherever it does not cross a half.
  const grey = new Uint8Array(picture.data.length).fill(100);
  const bluer = grey.map((value, i) => (i % 3 === 2 ? value + 1 : value));
  const flat = prepareOriginal('flat.png', { ...picture, data: grey });
  const row = await measure(madeUpCodec({ ...picture, data: bluer }), flat, 1);
  t.is(row.psnrY, 140);
  t.true(Math.abs(row.psnrRgb - 10 * Math.log10(255 ** 2 * 3)) < 1e-4);
});

test('a picture of another size than the original is an error', async (t) => {
  const smaller = { ...drawnPicture(190, 180), channels: 3 } satisfies RgbPicture;
  await t.throwsAsync(measure(madeUpCodec(smaller), original, 1), {
    message: 'Decoded to 190x180 instead of 192x180',
  });
});

test('a picture too small for MS-SSIM has the other metrics', async (t) => {
  const small = { ...drawnPicture(40, 30), channels: 3 } satisfies RgbPicture;
  const row = await measure(madeUpCodec(small), prepareOriginal('small.png', small), 1);
  t.is(row.msSsim, null);
  t.is(row.psnrRgb, 140);
  t.is(row.ssimulacra2, 100);
});

test('the search for a size finds the best quality that is not larger', async (t) => {
  const codec = madeUpCodec(picture);
  const pixels = 192 * 180;
  t.is(await bestQuality(codec, picture, (8 * 524) / pixels), 500);
  t.is(await bestQuality(codec, picture, (8 * 523.9) / pixels), 499);
  t.is(await bestQuality(codec, picture, 1000), 1000);
  t.is(await bestQuality(codec, picture, 0.0001), 0);
});

test('every codec that is installed gives back its own files', async (t) => {
  for (const spec of [
    'mozjpeg',
    'jpeg:chroma=444',
    'jpeg-js',
    'webp:effort=0',
    'avif:effort=0',
    'avif:effort=0,chroma=420',
  ]) {
    const codec = await openCodec(spec);
    const row = await measure(codec, original, 80);
    t.true(row.psnrRgb > 25, `${spec}: ${row.psnrRgb} dB`);
    t.true(row.encodeMs > 0 && row.decodeMs > 0, spec);
    t.true(codec.qualities.length >= 8, spec);
  }
});
