import test from 'ava';
import { InvalidArgumentError } from '../../codec/errors.ts';
import { minimumMsSsimSide, msSsim, msSsimDecibels } from '../../src/metrics/ms-ssim.ts';
import { meanSquaredError, psnr } from '../../src/metrics/psnr.ts';
import type { MetricPicture } from '../../src/metrics/same-shape.ts';

/** A picture of waves and noise, and a noisier copy; integers only, so that any language draws the same. */
function noisyPair(width: number, height: number, channels: number, strength: number) {
  const first = new Uint8Array(width * height * channels);
  const second = new Uint8Array(first.length);
  let state = width * 31 + height;
  let i = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let channel = 0; channel < channels; channel++, i++) {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        const wave = (((x * x + y * (7 + 20 * channel)) >> 5) + (state >>> 28)) & 255;
        first[i] = wave > 180 ? 255 - wave : wave;
        const noise = ((((state >>> 16) & 255) - 128) * strength) >> 4;
        second[i] = Math.min(255, Math.max(0, first[i] + noise));
      }
    }
  }
  const picture = (data: Uint8Array): MetricPicture => ({ width, height, channels, data });
  return [picture(first), picture(second)] as const;
}

// Computed with pytorch-msssim 1.0.0 (float64, data_range 255) and NumPy on the pictures of noisyPair.
const references = [
  { width: 161, height: 161, channels: 1, strength: 4, msSsim: 0.905024057, psnr: 23.08486 },
  { width: 177, height: 203, channels: 3, strength: 2, msSsim: 0.97185282, psnr: 28.954521 },
  { width: 256, height: 192, channels: 3, strength: 9, msSsim: 0.833522206, psnr: 16.426934 },
  { width: 300, height: 165, channels: 3, strength: 16, msSsim: 0.723786927, psnr: 12.018848 },
];

for (const reference of references) {
  const { width, height, channels, strength } = reference;
  test(`MS-SSIM and PSNR of a ${width}x${height}x${channels} pair agree with PyTorch`, (t) => {
    const [a, b] = noisyPair(width, height, channels, strength);
    t.true(Math.abs(msSsim(a, b) - reference.msSsim) < 1e-6, String(msSsim(a, b)));
    t.true(Math.abs(psnr(a, b) - reference.psnr) < 1e-6, String(psnr(a, b)));
  });
}

test('equal pictures have an infinite PSNR and an MS-SSIM of one', (t) => {
  const [a] = noisyPair(170, 170, 3, 4);
  t.is(psnr(a, a), Number.POSITIVE_INFINITY);
  t.true(Math.abs(msSsim(a, a) - 1) < 1e-12);
});

test('the squared error of black against white does not overflow', (t) => {
  const side = 400;
  const black = { width: side, height: side, channels: 1, data: new Uint8Array(side * side) };
  const white = { ...black, data: new Uint8Array(side * side).fill(255) };
  t.is(meanSquaredError(black, white), 65025);
  t.is(psnr(black, white), 0);
});

test('MS-SSIM on its logarithmic scale is 20 dB for 0.99', (t) => {
  t.true(Math.abs(msSsimDecibels(0.99) - 20) < 1e-9);
});

test('pictures of different shapes and of too few samples are refused', (t) => {
  const [a] = noisyPair(20, 10, 3, 1);
  const [b] = noisyPair(10, 20, 3, 1);
  t.throws(() => psnr(a, b), { instanceOf: InvalidArgumentError, message: /20x10x3.*10x20x3/ });
  t.throws(() => psnr(a, { ...a, data: a.data.subarray(1) }), { code: 'INVALID_ARGUMENT' });
});

test('a picture too small for five scales is refused by MS-SSIM, the next size is not', (t) => {
  const [a, b] = noisyPair(minimumMsSsimSide - 1, 300, 1, 1);
  t.throws(() => msSsim(a, b), { code: 'INVALID_ARGUMENT', message: /161.*MS-SSIM.*160x300/ });
  const [c, d] = noisyPair(minimumMsSsimSide, minimumMsSsimSide, 1, 1);
  t.notThrows(() => msSsim(c, d));
});
