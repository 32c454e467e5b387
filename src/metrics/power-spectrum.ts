// How much energy a picture has at each spatial frequency, and how far apart two pictures are in it: texture that is
// missing or too much, wherever its lines may be. It says nothing about whether the texture is the right one.
import { invalidArgument } from '../../codec/index.ts';
import { checkSameShape, type MetricPicture } from './same-shape.ts';

/** Side of a block in pixels, a power of two. */
const side = 64;
const step = side / 2;
/** Frequencies that are compared: 1 to 32 periods a block. */
const rings = side / 2;
/** Added to the power of a ring, so that flat pictures have a logarithm. */
const floor = 1e-3;

/** Both sides of a picture must be at least this many pixels. */
export const minimumSpectrumSide = side;

export interface SpectrumDifference {
  /** Mean over the frequencies of the absolute difference in dB. */
  readonly distance: number;
  /** Mean difference in dB over the upper half of the frequencies; negative where the second picture is smoother. */
  readonly fineEnergy: number;
}

/** Compares the spectra of two pictures of the same shape. Throws an InvalidArgumentError where a side is too short. */
export function compareSpectra(a: MetricPicture, b: MetricPicture): SpectrumDifference {
  checkSameShape(a, b);
  const first = radialSpectrum(a);
  const differences = radialSpectrum(b).map((level, ring) => level - first[ring]);
  const mean = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    distance: mean(differences.map(Math.abs)),
    fineEnergy: mean(differences.slice(rings / 2)),
  };
}

/**
 * Power of luma (BT.601) in dB at 1 to 32 periods in 64 pixels: blocks of 64 x 64 every 32 pixels, less their mean, under a
 * Hann window, their power spectra averaged over the picture and then over rings of one frequency.
 */
export function radialSpectrum(picture: MetricPicture): number[] {
  const { width, height } = picture;
  if (Math.min(width, height) < side) {
    throw invalidArgument(
      `both sides of at least ${side} pixels`,
      'a spectrum',
      `${width}x${height}`,
    );
  }
  const luma = lumaOf(picture);
  const window = Float64Array.from(
    { length: side },
    (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / side),
  );
  const windowEnergy = window.reduce((sum, value) => sum + value * value, 0) ** 2;
  const power = new Float64Array(side * side);
  let blocks = 0;
  for (let top = 0; top + side <= height; top += step) {
    for (let left = 0; left + side <= width; left += step, blocks++) {
      addPower(luma, width, top, left, window, power);
    }
  }
  const sums = new Float64Array(rings + 1);
  const counts = new Float64Array(rings + 1);
  for (let v = 0; v < side; v++) {
    for (let u = 0; u < side; u++) {
      const radius = Math.round(Math.hypot(Math.min(u, side - u), Math.min(v, side - v)));
      if (radius > rings) continue;
      sums[radius] += power[v * side + u];
      counts[radius]++;
    }
  }
  return Array.from({ length: rings }, (_, ring) => {
    const mean = sums[ring + 1] / counts[ring + 1] / blocks / windowEnergy;
    return 10 * Math.log10(mean + floor);
  });
}

function lumaOf({ channels, data, width, height }: MetricPicture): Float64Array {
  const luma = new Float64Array(width * height);
  for (let i = 0; i < luma.length; i++) {
    const at = i * channels;
    luma[i] =
      channels < 3 ? data[at] : 0.299 * data[at] + 0.587 * data[at + 1] + 0.114 * data[at + 2];
  }
  return luma;
}

/** Adds the power spectrum of one block to `power`. */
function addPower(
  luma: Float64Array,
  width: number,
  top: number,
  left: number,
  window: Float64Array,
  power: Float64Array,
): void {
  const real = new Float64Array(side * side);
  const imaginary = new Float64Array(side * side);
  let mean = 0;
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) mean += luma[(top + y) * width + left + x] / (side * side);
  }
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const sample = luma[(top + y) * width + left + x] - mean;
      real[y * side + x] = sample * window[y] * window[x];
    }
  }
  for (let row = 0; row < side; row++) transform(real, imaginary, row * side, 1);
  for (let column = 0; column < side; column++) transform(real, imaginary, column, side);
  for (let i = 0; i < power.length; i++) power[i] += real[i] ** 2 + imaginary[i] ** 2;
}

/** Fourier transform in place of the `side` values from `start`, `stride` apart. */
function transform(
  real: Float64Array,
  imaginary: Float64Array,
  start: number,
  stride: number,
): void {
  const swap = (values: Float64Array, i: number, j: number) => {
    [values[i], values[j]] = [values[j], values[i]];
  };
  for (let i = 1, j = 0; i < side; i++) {
    let bit = side >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      swap(real, start + i * stride, start + j * stride);
      swap(imaginary, start + i * stride, start + j * stride);
    }
  }
  for (let length = 2; length <= side; length *= 2) {
    for (let k = 0; k < length / 2; k++) {
      const cosine = Math.cos((2 * Math.PI * k) / length);
      const sine = -Math.sin((2 * Math.PI * k) / length);
      for (let i = k; i < side; i += length) {
        const low = start + i * stride;
        const high = low + (length / 2) * stride;
        const re = real[high] * cosine - imaginary[high] * sine;
        const im = real[high] * sine + imaginary[high] * cosine;
        real[high] = real[low] - re;
        imaginary[high] = imaginary[low] - im;
        real[low] += re;
        imaginary[low] += im;
      }
    }
  }
}
