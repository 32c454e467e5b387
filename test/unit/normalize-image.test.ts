import test from 'ava';
import { type ImageLike, normalizeImage } from '../../src/api/normalize-image.ts';

const width = 3;
const height = 2;

function rgba(alpha: number): Uint8ClampedArray {
  return Uint8ClampedArray.from({ length: 24 }, (_, i) => (i % 4 === 3 ? alpha : i));
}

test('ImageData of an opaque canvas loses its alpha channel', (t) => {
  const picture = normalizeImage({ width, height, data: rgba(255) });
  t.like(picture, { width, height, channels: 3 });
  t.deepEqual([...picture.data.subarray(0, 6)], [0, 1, 2, 4, 5, 6]);
  t.is(picture.data.length, 18);
});

test('one and three channels are recognised by the length of the data', (t) => {
  t.is(normalizeImage({ width, height, data: new Uint8Array(6) }).channels, 1);
  t.is(normalizeImage({ width, height, data: new Uint8Array(18) }).channels, 3);
});

test('samples are not copied, and a Buffer becomes a plain Uint8Array', (t) => {
  const data = Buffer.alloc(18);
  const picture = normalizeImage({ width, height, data });
  t.is(picture.data.buffer, data.buffer);
  t.is(Object.getPrototypeOf(picture.data), Uint8Array.prototype);
});

test('transparency anywhere is kept apart from the colors', (t) => {
  const data = rgba(255);
  data[23] = 254;
  const picture = normalizeImage({ width, height, data });
  t.deepEqual([...(picture.alpha ?? [])], [255, 255, 255, 255, 255, 254]);
  t.deepEqual([...picture.data.subarray(15)], [20, 21, 22]);
  const grey = Uint8Array.from({ length: 12 }, (_, i) => i);
  const { channels, data: samples, alpha } = normalizeImage({ width, height, data: grey });
  t.is(channels, 1);
  t.deepEqual([...samples], [0, 2, 4, 6, 8, 10]);
  t.deepEqual([...(alpha ?? [])], [1, 3, 5, 7, 9, 11]);
});

const wrong: readonly (readonly [string, unknown, RegExp])[] = [
  ['no object', undefined, /an image for image but received undefined/],
  [
    'a width of 0',
    { width: 0, height, data: new Uint8Array(0) },
    /positive integer for image.width/,
  ],
  ['a broken height', { width, height: 1.5, data: new Uint8Array(18) }, /image.height .*1.5/],
  ['an array', { width, height, data: [1, 2] }, /Uint8Array or Uint8ClampedArray for image.data/],
  ['16-bit samples', { width, height, data: new Uint16Array(18) }, /image.data.*Uint16Array/],
  [
    'too few samples',
    { width, height, data: new Uint8Array(17) },
    /times 1, 2, 3 or 4 channels.*17/,
  ],
  [
    'five channels',
    { width, height, channels: 5, data: new Uint8Array(30) },
    /1, 2, 3 or 4.*image.channels/,
  ],
  ...[new Uint16Array(3), new Float32Array(6), new DataView(new ArrayBuffer(6)), [1], null].map(
    (alpha) =>
      [
        `alpha as ${alpha?.constructor.name}`,
        { width, height, data: new Uint8Array(18), alpha },
        /Uint8Array or Uint8ClampedArray for image.alpha/,
      ] as const,
  ),
  [
    'too little alpha',
    { width, height, data: new Uint8Array(18), alpha: new Uint8Array(3) },
    /6 samples for image.alpha but received 3/,
  ],
  ['other channels', { width, height, channels: 3, data: new Uint8Array(6) }, /18 samples/],
];

for (const [name, image, message] of wrong) {
  test(`an image with ${name} is refused`, (t) => {
    t.throws(() => normalizeImage(image as ImageLike), { code: 'INVALID_ARGUMENT', message });
  });
}
