// What happens to each kind of picture file: the samples, the alpha and the warnings that reading gives.
import test from 'ava';
import sharp, { type Sharp } from 'sharp';
import type { Picture } from '../../codec/index.ts';
import { joinAlpha } from '../../src/api/normalize-image.ts';
import { readImage } from '../../src/image/read-image.ts';
import { drawnPicture } from '../helpers/drawn-picture.ts';
import { type PngContent, pngFile } from '../helpers/png-file.ts';

// Neither side is a multiple of 8, so that packed bits and Adam7 end in the middle of something.
const width = 29;
const height = 19;
const pixels = width * height;

async function read(bytes: Uint8Array): Promise<{ picture: Picture; warnings: string[] }> {
  const warnings: string[] = [];
  const onWarning = (message: string) => warnings.push(message);
  const { picture } = await readImage(bytes, { onWarning });
  return { picture, warnings };
}

/** Samples and alpha, interleaved. */
function interleaved(picture: Picture): number[] {
  return [...(picture.alpha ? joinAlpha(picture, picture.alpha) : picture.data)];
}

function noise(length: number, limit: number): number[] {
  return Array.from({ length }, (_, i) => ((i * 7919 + 13 * i * i) >> 3) % limit);
}

const pngKinds = [
  [0, [1, 2, 4, 8, 16], 'grey', 1],
  [2, [8, 16], 'RGB', 3],
  [4, [8, 16], 'grey and alpha', 2],
  [6, [8, 16], 'RGB and alpha', 4],
] as const;
const deepWarning = '16-bit samples were reduced to 8 bits';

for (const interlaced of [false, true]) {
  const suffix = interlaced ? ', interlaced' : '';
  for (const [colorType, depths, name, channels] of pngKinds) {
    for (const bitDepth of depths) {
      test(`PNG, ${name}, ${bitDepth} bits${suffix}`, async (t) => {
        const levels = 2 ** Math.min(bitDepth, 8);
        const bytes = noise(pixels * channels, levels);
        const samples = bitDepth === 16 ? bytes.map((value) => value * 257) : bytes;
        const file = pngFile({ width, height, colorType, bitDepth, samples, interlaced });
        const { picture, warnings } = await read(file);
        t.like(picture, { width, height, channels: channels < 3 ? 1 : 3 });
        const scale = 255 / (levels - 1);
        t.deepEqual(
          interleaved(picture),
          bytes.map((value) => value * scale),
        );
        t.deepEqual(warnings, bitDepth === 16 ? [deepWarning] : []);
      });
    }
  }

  for (const bitDepth of [1, 2, 4, 8] as const) {
    for (const transparent of [false, true]) {
      const kind = transparent ? 'palette with transparency' : 'palette';
      test(`PNG, ${kind}, ${bitDepth} bits${suffix}`, async (t) => {
        const entries = 2 ** bitDepth;
        const palette = Uint8Array.from(noise(3 * entries, 256));
        // Entries after the last of the list are opaque.
        const alphas = [0, 128, 3].slice(0, entries - 1);
        const samples = noise(pixels, entries);
        const { picture, warnings } = await read(
          pngFile({
            ...{ width, height, colorType: 3, bitDepth, samples, interlaced, palette },
            transparency: transparent ? Uint8Array.from(alphas) : undefined,
          }),
        );
        t.is(picture.channels, 3);
        const expected = samples.flatMap((entry) => [
          ...palette.subarray(3 * entry, 3 * entry + 3),
          ...(transparent ? [alphas[entry] ?? 255] : []),
        ]);
        t.deepEqual(interleaved(picture), expected);
        t.deepEqual(warnings, []);
      });
    }
  }
}

test('PNG, a transparent color of a grey and of an RGB picture becomes alpha', async (t) => {
  const shared = { width, height, bitDepth: 8 } as const;
  const grey = noise(pixels, 256);
  const kinds: [PngContent, number][] = [
    [{ ...shared, colorType: 0, samples: grey, transparency: Uint8Array.of(0, grey[7]) }, 1],
    [
      {
        ...{ ...shared, colorType: 2, samples: grey.flatMap((value) => [value, 9, 7]) },
        transparency: Uint8Array.of(0, grey[7], 0, 9, 0, 7),
      },
      3,
    ],
  ];
  for (const [content, channels] of kinds) {
    const { picture } = await read(pngFile(content));
    t.is(picture.channels, channels as 1 | 3);
    t.deepEqual([...picture.data], [...Array.from(content.samples)]);
    t.deepEqual(
      [...(picture.alpha ?? [])],
      grey.map((value) => (value === grey[7] ? 0 : 255)),
    );
  }
});

function image(channels: 1 | 3 = 3): Sharp {
  const { data } = drawnPicture(width, height, channels);
  const raw = sharp(data, { raw: { width, height, channels } });
  return channels === 1 ? raw.toColourspace('b-w') : raw;
}

/** Of each orientation: the place in the file that the pixel (x, y) of the upright picture comes from. */
const sources: Record<number, (x: number, y: number) => [number, number]> = {
  1: (x, y) => [x, y],
  2: (x, y) => [width - 1 - x, y],
  3: (x, y) => [width - 1 - x, height - 1 - y],
  4: (x, y) => [x, height - 1 - y],
  5: (x, y) => [y, x],
  6: (x, y) => [y, height - 1 - x],
  7: (x, y) => [width - 1 - y, height - 1 - x],
  8: (x, y) => [width - 1 - y, x],
};

for (const [orientation, source] of Object.entries(sources)) {
  test(`JPEG of orientation ${orientation} is read upright`, async (t) => {
    const file = await image()
      .withMetadata({ orientation: Number(orientation) })
      .jpeg()
      .toBuffer();
    const stored = await sharp(file).raw().toBuffer();
    const { picture, warnings } = await read(file);
    const turned = Number(orientation) > 4;
    t.like(picture, turned ? { width: height, height: width } : { width, height });
    const expected = Array.from({ length: pixels }, (_, i) => {
      const [x, y] = source(i % picture.width, Math.floor(i / picture.width));
      const at = (y * width + x) * 3;
      return [...stored.subarray(at, at + 3)];
    }).flat();
    t.deepEqual([...picture.data], expected);
    t.deepEqual(warnings, []);
  });
}

for (const format of ['jpeg', 'tiff'] as const) {
  test(`CMYK ${format} is converted to about the same colors, with a warning`, async (t) => {
    const flat = { width, height, channels: 3, background: '#b4643c' } as const;
    const file = await sharp({ create: flat }).toColourspace('cmyk').toFormat(format).toBuffer();
    t.is((await sharp(file).metadata()).space, 'cmyk');
    const { picture, warnings } = await read(file);
    t.is(picture.channels, 3);
    for (const [channel, value] of [0xb4, 0x64, 0x3c].entries()) {
      t.true(Math.abs(picture.data[channel] - value) < 24, `${picture.data.subarray(0, 3)}`);
    }
    t.deepEqual(warnings, ['CMYK was converted to sRGB']);
  });
}

test('JPEG, baseline and progressive, with and without subsampling, grey and RGB', async (t) => {
  for (const channels of [1, 3] as const) {
    for (const progressive of [false, true]) {
      for (const chromaSubsampling of ['4:2:0', '4:4:4']) {
        const file = await image(channels).jpeg({ progressive, chromaSubsampling }).toBuffer();
        const { picture, warnings } = await read(file);
        t.like(picture, { width, height, channels });
        const space = channels === 1 ? 'b-w' : 'srgb';
        const stored = await sharp(file).toColourspace(space).raw().toBuffer();
        t.deepEqual([...picture.data], [...stored]);
        t.deepEqual(warnings, []);
      }
    }
  }
});

test('TIFF, grey and RGB, in strips and tiles, with each compression', async (t) => {
  for (const channels of [1, 3] as const) {
    for (const compression of ['none', 'lzw', 'deflate', 'packbits'] as const) {
      for (const tile of [false, true]) {
        const { picture, warnings } = await read(
          await image(channels).tiff({ compression, tile }).toBuffer(),
        );
        t.deepEqual({ ...picture }, drawnPicture(width, height, channels));
        t.deepEqual(warnings, []);
      }
    }
  }
});

test('TIFF, 16 bits, is reduced with a warning', async (t) => {
  for (const [channels, space] of [[3, 'rgb16'] as const, [1, 'grey16'] as const]) {
    const { picture, warnings } = await read(
      await image(channels).toColourspace(space).tiff({ compression: 'lzw' }).toBuffer(),
    );
    t.deepEqual({ ...picture }, drawnPicture(width, height, channels));
    t.deepEqual(warnings, [deepWarning]);
  }
});

test('TIFF and WebP with alpha keep it, and the colors where it is not 0', async (t) => {
  const samples = Uint8Array.from(noise(pixels * 4, 256));
  const source = sharp(samples, { raw: { width, height, channels: 4 } });
  const tiff = await read(await source.clone().tiff({ compression: 'lzw' }).toBuffer());
  t.deepEqual(interleaved(tiff.picture), [...samples]);
  const webp = await read(await source.clone().webp({ lossless: true, exact: true }).toBuffer());
  t.deepEqual(interleaved(webp.picture), [...samples]);
  const lossy = await read(await source.clone().webp({ quality: 50 }).toBuffer());
  t.deepEqual(
    [...(lossy.picture.alpha ?? [])],
    Array.from({ length: pixels }, (_, i) => samples[4 * i + 3]),
  );
  for (const { warnings } of [tiff, webp, lossy]) t.deepEqual(warnings, []);
});

test('animated WebP and animated GIF are refused by name', async (t) => {
  const data = drawnPicture(width, 2 * height).data;
  const raw = { width, height: 2 * height, channels: 3, pageHeight: height } as const;
  const webp = await sharp(data, { raw }).webp({ loop: 0 }).toBuffer();
  await t.throwsAsync(readImage(webp), { code: 'UNSUPPORTED_IMAGE', message: /animated WebP/ });
  const gif = await sharp(data, { raw }).gif().toBuffer();
  await t.throwsAsync(readImage(gif), { code: 'UNSUPPORTED_IMAGE', message: /animated GIF/ });
});
