import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import sharp, { type Sharp } from 'sharp';
import { joinAlpha } from '../../src/api/normalize-image.ts';
import { readImage } from '../../src/image/read-image.ts';
import { encodeImage } from '../../src/image/write-image.ts';

const width = 40;
const height = 24;

function samples(channels: number): Uint8Array {
  return Uint8Array.from({ length: width * height * channels }, (_, i) => (i * 7919) >> 5);
}

function image(channels: 1 | 2 | 3 | 4, data = samples(channels)): Sharp {
  return sharp(data, { raw: { width, height, channels } });
}

for (const format of ['png', 'webp', 'tiff', 'avif'] as const) {
  test(`a lossless ${format} file gives its RGB samples and no warning`, async (t) => {
    const options = format === 'tiff' ? { compression: 'lzw' } : { lossless: true };
    const bytes = await image(3).toFormat(format, options).toBuffer();
    const result = await readImage(bytes, { onWarning: (message) => t.fail(message) });
    t.is(result.format, format);
    t.is(result.sizeBytes, bytes.length);
    t.like(result.picture, { width, height, channels: 3 });
    t.deepEqual(result.picture.data, samples(3));
  });
}

test('a JPEG file is read as sharp decodes it', async (t) => {
  const bytes = await image(3).jpeg().toBuffer();
  const { picture } = await readImage(bytes);
  t.deepEqual(picture.data, new Uint8Array(await sharp(bytes).raw().toBuffer()));
});

test('a grey PNG and a grey JPEG have one channel', async (t) => {
  const grey = image(1).toColourspace('b-w');
  const png = await readImage(await grey.clone().png().toBuffer());
  t.is(png.picture.channels, 1);
  t.deepEqual(png.picture.data, samples(1));
  const jpeg = await readImage(await grey.clone().jpeg().toBuffer());
  t.is(jpeg.picture.channels, 1);
});

test('EXIF orientation is applied', async (t) => {
  const bytes = await image(3).withMetadata({ orientation: 6 }).png().toBuffer();
  const { picture } = await readImage(bytes);
  t.like(picture, { width: height, height: width });
  const topRight = (height - 1) * 3;
  t.deepEqual(picture.data.subarray(topRight, topRight + 3), samples(3).subarray(0, 3));
});

test('a colour profile is converted to sRGB', async (t) => {
  const plain = await image(3).png().toBuffer();
  const wide = await image(3).withIccProfile('p3').png().toBuffer();
  const untagged = await sharp(wide).keepIccProfile().raw().toBuffer();
  const { picture } = await readImage(wide);
  const { picture: reference } = await readImage(plain);
  const distance = (a: Uint8Array, b: Uint8Array) =>
    a.reduce((sum, value, i) => sum + Math.abs(value - b[i]), 0) / a.length;
  t.true(distance(picture.data, reference.data) < 4);
  t.true(distance(untagged, reference.data) > 2 * distance(picture.data, reference.data));
});

test('a palette is expanded', async (t) => {
  const flat = new Uint8Array(width * height * 3).map((_, i) => [200, 30, 90][i % 3]);
  const { picture } = await readImage(await image(3, flat).png({ palette: true }).toBuffer());
  t.is(picture.channels, 3);
  t.deepEqual(picture.data, flat);
});

test('sixteen bits a sample are reduced to eight with a warning', async (t) => {
  for (const [channels, space] of [[3, 'rgb16'] as const, [1, 'grey16'] as const]) {
    const warnings: string[] = [];
    const bytes = await image(channels).toColourspace(space).png().toBuffer();
    const { picture } = await readImage(bytes, { onWarning: (message) => warnings.push(message) });
    t.is(picture.channels, channels);
    t.deepEqual(picture.data, samples(channels));
    t.deepEqual(warnings, ['16-bit samples were reduced to 8 bits']);
  }
});

test('CMYK is converted with a warning', async (t) => {
  const warnings: string[] = [];
  const bytes = await image(3).toColourspace('cmyk').jpeg().toBuffer();
  const { picture } = await readImage(bytes, { onWarning: (message) => warnings.push(message) });
  t.is(picture.channels, 3);
  t.deepEqual(warnings, ['CMYK was converted to sRGB']);
});

test('an opaque alpha channel is dropped', async (t) => {
  const opaque = await image(3).ensureAlpha(1).png().toBuffer();
  const { picture } = await readImage(opaque);
  t.is(picture.channels, 3);
  t.deepEqual(picture.data, samples(3));
});

test('transparency of a grey or RGB picture is kept, with the colors under it', async (t) => {
  for (const channels of [2, 4] as const) {
    const raw = { width: 8, height: 6, channels };
    const values = Uint8Array.from({ length: 48 * channels }, (_, i) => (i * 7) & 255);
    const png = sharp(values, { raw })
      .toColourspace(channels === 2 ? 'b-w' : 'srgb')
      .png();
    const { picture } = await readImage(await png.toBuffer());
    t.is(picture.channels as number, channels - 1);
    t.deepEqual(joinAlpha(picture, picture.alpha as Uint8Array), values);
    for (const format of ['png', 'webp', 'tiff'] as const) {
      const again = await readImage(await encodeImage(picture, format));
      t.deepEqual(again.picture.alpha, picture.alpha, format);
      if (format !== 'webp') t.deepEqual(again.picture, picture, format);
    }
    await t.throwsAsync(encodeImage(picture, 'jpeg'), { code: 'UNSUPPORTED_IMAGE' });
  }
});

test('an animated WebP, an animated PNG and an animated AVIF are refused by name', async (t) => {
  const frames = sharp(samples(3), { raw: { width, height, channels: 3, pageHeight: height / 2 } });
  const webp = await frames.webp({ loop: 0 }).toBuffer();
  await t.throwsAsync(readImage(webp), { code: 'UNSUPPORTED_IMAGE', message: /animated WebP/ });

  const png = await image(3).png().toBuffer();
  const control = Buffer.from(
    '00000008 6163544c 00000002 00000000 5f1e5d41'.replace(/ /g, ''),
    'hex',
  );
  const apng = Buffer.concat([png.subarray(0, 33), control, png.subarray(33)]);
  await t.throwsAsync(readImage(apng), { code: 'UNSUPPORTED_IMAGE', message: /animated PNG/ });

  const avif = await image(3).avif().toBuffer();
  avif.write('avis', 8, 'latin1');
  await t.throwsAsync(readImage(avif), { code: 'UNSUPPORTED_IMAGE', message: /animated AVIF/ });
});

test('a format that is not on the list is refused by name', async (t) => {
  await t.throwsAsync(readImage(await image(3).gif().toBuffer()), {
    code: 'UNSUPPORTED_IMAGE',
    message: /GIF.*PNG, JPEG/,
  });
});

/** A TIFF file of one pixel, a 32-bit float. */
function floatTiff(): Buffer {
  // Tag, type (3 = 16 bits, 4 = 32 bits), value: width, height, bits, compression, grey, offset of
  // the sample, samples, rows, bytes, sample format (3 = float).
  const tags = [
    [256, 3, 1],
    [257, 3, 1],
    [258, 3, 32],
    [259, 3, 1],
    [262, 3, 1],
    [273, 4, 8],
    [277, 3, 1],
    [278, 3, 1],
    [279, 4, 4],
    [339, 3, 3],
  ];
  const bytes = Buffer.alloc(12 + 2 + tags.length * 12 + 4);
  bytes.write('II*\0', 'latin1');
  bytes.writeUInt32LE(12, 4);
  bytes.writeFloatLE(0.5, 8);
  bytes.writeUInt16LE(tags.length, 12);
  tags.forEach(([tag, type, value], i) => {
    bytes.writeUInt16LE(tag, 14 + i * 12);
    bytes.writeUInt16LE(type, 16 + i * 12);
    bytes.writeUInt32LE(1, 18 + i * 12);
    bytes.writeUInt32LE(value, 22 + i * 12);
  });
  return bytes;
}

test('floating-point samples are refused by name', async (t) => {
  await t.throwsAsync(readImage(floatTiff()), { code: 'UNSUPPORTED_IMAGE', message: /float/ });
});

test('what is no picture, or half of one, is unreadable', async (t) => {
  const png = await image(3).png().toBuffer();
  for (const bytes of [Buffer.from('hello'), Buffer.alloc(0), png.subarray(0, png.length >> 1)]) {
    const error = await t.throwsAsync(readImage(bytes), { code: 'UNREADABLE_IMAGE' });
    t.false(error.message.includes('\n'));
  }
});

test('a picture over the pixel limit is refused before it is decoded', async (t) => {
  const bytes = await image(3).png().toBuffer();
  const limit = width * height;
  await t.notThrowsAsync(readImage(bytes, { maxPixels: limit }));
  await t.throwsAsync(readImage(bytes, { maxPixels: limit - 1 }), { code: 'TOO_MANY_PIXELS' });
});

test('a path is read, and a missing one gives the error of the system', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'nic-read-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const path = join(folder, 'a.png');
  await writeFile(path, await image(3).png().toBuffer());
  t.is((await readImage(path)).picture.width, width);
  await t.throwsAsync(readImage(join(folder, 'b.png')), { code: 'ENOENT' });
});
