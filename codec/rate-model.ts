/**
 * A guess of how many bits a picture's latents take at each quality, and of how far rounding moves them, from their
 * sizes alone.
 *
 * Each latent channel is taken as a Laplacian whose scale is the mean magnitude in a block of 4 x 4 positions.
 * The guesses are off by some factor, nearly the same at all qualities: one real value makes them good ones.
 */
import type { Model } from './engine/model.ts';
import { interpolatedRow } from './engine/quality.ts';
import { splitAnalysis } from './latent/split-analysis.ts';
import { type TileGrid, tileAt } from './latent/tile-grid.ts';
import type { TileStore } from './latent/tile-store.ts';

const blockLatents = 4;
/** Means are looked up in a table of entropies, `steps` an octave, of magnitudes from 2^-6 to 2^10. */
const steps = 8;
const lowestOctave = -6;
const octaves = 16;
/** Steps of q16 between which distortions are interpolated. */
const knotDistance = 32;
/** Entries of the histogram of means before the gain. */
const histogramSize = 2 + 15 * steps;

function binaryEntropy(p: number): number {
  return p <= 0 || p >= 1 ? 0 : -p * Math.log2(p) - (1 - p) * Math.log2(1 - p);
}

/** Bits of a rounded Laplacian of mean magnitude `mean`: zero or not, the sign, the rest. */
function laplacianBits(mean: number): number {
  const nonZero = Math.exp(-0.5 / mean);
  const more = Math.exp(-1 / mean);
  return binaryEntropy(nonZero) + nonZero * (1 + binaryEntropy(more) / (1 - more));
}

/** Mean square of what rounding to integers changes in a Laplacian of mean magnitude `mean`. */
function laplacianDistortion(mean: number): number {
  // Of exp(-x / mean) / mean over [a, b]: the integral of (x - center)^2.
  const part = (a: number, b: number, center: number): number => {
    const primitive = (x: number) => {
      const u = x - center;
      return -Math.exp(-x / mean) * (u * u + 2 * mean * u + 2 * mean * mean);
    };
    return primitive(b) - primitive(a);
  };
  const others = part(0.5, 1.5, 1) / (1 - Math.exp(-1 / mean));
  return part(0, 0.5, 0) + others;
}

const means = Float64Array.from(
  { length: octaves * steps + 1 },
  (_, index) => 2 ** (lowestOctave + index / steps),
);
const bitsTable = means.map(laplacianBits);
const distortionTable = means.map(laplacianDistortion);

export class RateModel {
  readonly #gains: ArrayLike<number>;
  readonly #channels: number;
  readonly #scale: number;
  /** How many blocks of a channel have a mean of each table entry: `[channel][entry]`. */
  readonly #counts: Uint32Array;
  readonly #distortions = new Map<number, number>();

  /** The latents before their gain of all tiles; undefined for a model whose analysis ends otherwise. */
  static of(model: Model, grid: TileGrid, store: TileStore): RateModel | undefined {
    const [gain] = splitAnalysis(model).gain;
    if (gain?.op !== 'gain') return undefined;
    const { latentChannels, latentBits } = model.manifest;
    const gains = model.tensors.get(gain.table) as ArrayLike<number>;
    return new RateModel(gains, latentChannels, 2 ** -(gain.shift + latentBits), grid, store);
  }

  constructor(
    gains: ArrayLike<number>,
    channels: number,
    scale: number,
    grid: TileGrid,
    store: TileStore,
  ) {
    this.#gains = gains;
    this.#channels = channels;
    this.#scale = scale;
    this.#counts = new Uint32Array(channels * histogramSize);
    for (let index = 0; index < grid.count; index++) {
      const { width, height } = tileAt(grid, index);
      const { data } = store.peek(index);
      this.#countTile(data, width, height);
    }
  }

  /** Bits at a quality, up to a factor; rises with it as the model's gains do. */
  bitsAt(q16: number): number {
    return this.#sumAt(q16, (position) => lookUp(bitsTable, position));
  }

  /** Sum of the squares that rounding at a quality changes in the latents before their gain. */
  distortionAt(q16: number): number {
    const low = q16 - (q16 % knotDistance);
    const share = (q16 - low) / knotDistance;
    const first = Math.log(this.#distortionAtKnot(low));
    if (share === 0) return Math.exp(first);
    const second = Math.log(this.#distortionAtKnot(low + knotDistance));
    return Math.exp(first + share * (second - first));
  }

  #distortionAtKnot(q16: number): number {
    const known = this.#distortions.get(q16);
    if (known !== undefined) return known;
    const distortion = this.#sumAt(q16, (position, gain) => {
      const distortion =
        position < lowestOctave * steps
          ? 2 * 4 ** (position / steps)
          : lookUp(distortionTable, position);
      return distortion / gain ** 2;
    });
    this.#distortions.set(q16, Math.max(distortion, Number.MIN_VALUE));
    return this.#distortionAtKnot(q16);
  }

  /** The sum over all latents of what `measure` gives for log2 of their mean magnitude, in table steps. */
  #sumAt(q16: number, measure: (position: number, gain: number) => number): number {
    const row = interpolatedRow(this.#gains, this.#channels, q16);
    let sum = 0;
    for (let channel = 0; channel < this.#channels; channel++) {
      const gain = Math.abs(row[channel]) * this.#scale + Number.MIN_VALUE;
      const shift = Math.log2(gain) * steps;
      const start = channel * histogramSize;
      for (let entry = 1; entry < histogramSize; entry++) {
        const count = this.#counts[start + entry];
        if (count > 0) sum += count * measure(entry - 1 + shift, gain);
      }
    }
    return sum * blockLatents * blockLatents;
  }

  #countTile(data: Int16Array, width: number, height: number): void {
    const channels = this.#channels;
    const sums = new Float64Array(channels);
    for (let top = 0; top < height; top += blockLatents) {
      for (let left = 0; left < width; left += blockLatents) {
        const bottom = Math.min(top + blockLatents, height);
        const right = Math.min(left + blockLatents, width);
        sums.fill(0);
        for (let y = top; y < bottom; y++) {
          for (let x = left; x < right; x++) {
            const place = (y * width + x) * channels;
            for (let channel = 0; channel < channels; channel++) {
              sums[channel] += Math.abs(data[place + channel]);
            }
          }
        }
        const area = (bottom - top) * (right - left);
        for (let channel = 0; channel < channels; channel++) {
          this.#counts[channel * histogramSize + entryOf(sums[channel] / area)]++;
        }
      }
    }
  }
}

/** Entry 0 is for means under 1; entry e > 0 for means around 2^((e - 1) / steps), up to 2^15. */
function entryOf(mean: number): number {
  return mean < 1 ? 0 : Math.min(histogramSize - 1, 1 + Math.round(Math.log2(mean) * steps));
}

/** Value of a table; `position` is log2 of the mean magnitude, in its steps. */
function lookUp(table: Float64Array, position: number): number {
  const index = position - lowestOctave * steps;
  if (index <= 0) return 0;
  const whole = Math.min(Math.floor(index), table.length - 2);
  return table[whole] + (index - whole) * (table[whole + 1] - table[whole]);
}
