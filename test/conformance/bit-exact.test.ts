// The promise of the codec: the bytes and the samples do not depend on threads, kernels or tiles of work.
import { createHash } from 'node:crypto';
import test from 'ava';
import { type Codec, type CodecOptions, createCodec } from '../../src/index.ts';
import { drawnPicture } from '../helpers/drawn-picture.ts';
import { randomModel } from '../helpers/random-model.ts';

const model = randomModel();

const variants: readonly CodecOptions[] = [
  { threads: 0, backend: 'simd' },
  { threads: 1, backend: 'simd' },
  { threads: 2, backend: 'simd' },
  { threads: 0, backend: 'scalar' },
  { threads: 2, backend: 'scalar' },
];

/** The last two have more than one tile. */
const pictures = [
  { width: 1, height: 1, quality: 50 },
  { width: 17, height: 130, quality: 0 },
  { width: 64, height: 64, quality: 100 },
  { width: 203, height: 99, quality: 37.5 },
  { width: 320, height: 200, quality: 80, channels: 1 as const },
  { width: 33, height: 1040, quality: 60 },
  { width: 1100, height: 40, quality: 25 },
];

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function hashesOf(codec: Codec, picture: (typeof pictures)[number]) {
  const { width, height, quality, channels = 3 } = picture;
  const bytes = await codec.encode(drawnPicture(width, height, channels), { quality });
  const decoded = await codec.decode(bytes);
  return {
    size: `${decoded.width}x${decoded.height}x${decoded.channels}`,
    bytes: sha256(bytes),
    samples: sha256(decoded.data),
  };
}

for (const picture of pictures) {
  const { width, height, channels = 3, quality } = picture;
  test(`${width}x${height}x${channels} at quality ${quality} has the same bytes and samples with any threads and kernels`, async (t) => {
    const results = [];
    for (const variant of variants) {
      const codec = await createCodec({ ...variant, model });
      results.push(await hashesOf(codec, picture));
      await codec.close();
    }
    t.is(results[0].size, `${width}x${height}x${channels}`);
    for (const [index, result] of results.entries()) {
      t.deepEqual(result, results[0], JSON.stringify(variants[index]));
    }
  });
}

test('a picture decodes to other samples at another quality', async (t) => {
  const codec = await createCodec({ threads: 0, model });
  const low = await hashesOf(codec, { width: 64, height: 64, quality: 10 });
  const high = await hashesOf(codec, { width: 64, height: 64, quality: 90 });
  t.not(low.bytes, high.bytes);
  t.not(low.samples, high.samples);
});

test('the model of the package gives the same bytes and samples with SIMD and scalar kernels', async (t) => {
  const results = [];
  for (const backend of ['simd', 'scalar'] as const) {
    const codec = await createCodec({ threads: 1, backend });
    results.push(await hashesOf(codec, { width: 70, height: 45, quality: 50 }));
    await codec.close();
  }
  t.deepEqual(results[1], results[0]);
});
