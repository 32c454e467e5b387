import anyTest, { type TestFn } from 'ava';
import fc from 'fast-check';
import { type Codec, createCodec, inspect, NicError } from '../../src/index.ts';
import { drawnPicture } from '../helpers/drawn-picture.ts';
import { randomModel } from '../helpers/random-model.ts';

const test = anyTest.serial as TestFn;
let codec: Codec;

test.before(async () => {
  codec = await createCodec({ model: randomModel(), threads: 2 });
});

test.after.always(() => codec.close());

const channels = fc.constantFrom(1 as const, 3 as const);

test('any picture comes back with its size and channels, whatever the quality', async (t) => {
  const side = fc.integer({ min: 1, max: 90 });
  const steps = fc.integer({ min: 0, max: 1600 });
  await fc.assert(
    fc.asyncProperty(
      side,
      side,
      channels,
      steps,
      fc.nat(),
      async (width, height, count, step, seed) => {
        const picture = drawnPicture(width, height, count, seed);
        const before = picture.data.slice();
        const bytes = await codec.encode(picture, { quality: step / 16 });
        t.deepEqual(picture.data, before);
        t.like(inspect(bytes), { width, height, channels: count, quality: step / 16 });
        const decoded = await codec.decode(bytes);
        t.like(decoded, { width, height, channels: count });
        t.is(decoded.data.length, width * height * count);
      },
    ),
    { numRuns: 40 },
  );
});

for (const [width, height] of [
  [1, 8192],
  [8192, 1],
  [1025, 1023],
]) {
  test(`a picture of ${width}x${height} comes back with its size`, async (t) => {
    const decoded = await codec.decode(await codec.encode(drawnPicture(width, height)));
    t.like(decoded, { width, height, channels: 3 });
  });
}

test('altered bytes give a NicError or a picture of the size that they state', async (t) => {
  const original = await codec.encode(drawnPicture(50, 40));
  const position = fc.nat({ max: original.length - 1 });
  const change = fc.integer({ min: 1, max: 255 });
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(position, change, async (at, mask) => {
      const bytes = original.slice();
      bytes[at] ^= mask;
      try {
        const { width, height } = await codec.decode(bytes, { maxPixels: 2 ** 16 });
        t.like(inspect(bytes), { width, height });
      } catch (error) {
        refused++;
        t.true(error instanceof NicError, String(error));
      }
    }),
    { numRuns: 150 },
  );
  t.true(refused > 140, `${refused} of 150 refused`);
});

test('a file cut short anywhere gives a NicError', async (t) => {
  const original = await codec.encode(drawnPicture(30, 20));
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: original.length - 1 }), async (length) => {
      await t.throwsAsync(codec.decode(original.slice(0, length)), { instanceOf: NicError });
    }),
    { numRuns: 50 },
  );
});
