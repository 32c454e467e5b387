/**
 * A guess of how many bits a picture's latents take at each quality, from their sizes alone.
 *
 * Each latent channel is taken as a Laplacian whose scale is the mean magnitude in a block of 4 x 4 positions.
 * The guess is off by some factor, nearly the same at all qualities: one real size makes it a good one.
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

const table = Float64Array.from({ length: octaves * steps + 1 }, (_, index) =>
  laplacianBits(2 ** (lowestOctave + index / steps)),
);

export class RateModel {
  readonly #gains: ArrayLike<number>;
  readonly #channels: number;
  readonly #scale: number;
  /** How many blocks of a channel have a mean of each table entry: `[channel][entry]`. */
  readonly #counts: Uint32Array;

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
    const row = interpolatedRow(this.#gains, this.#channels, q16);
    let bits = 0;
    for (let channel = 0; channel < this.#channels; channel++) {
      const shift = Math.log2(Math.abs(row[channel]) * this.#scale + Number.MIN_VALUE) * steps;
      const start = channel * histogramSize;
      for (let entry = 1; entry < histogramSize; entry++) {
        const count = this.#counts[start + entry];
        if (count > 0) bits += count * lookUp(entry - 1 + shift);
      }
    }
    return bits * blockLatents * blockLatents;
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

/** Bits of one value; `position` is log2 of the mean magnitude, in table steps. */
function lookUp(position: number): number {
  const index = position - lowestOctave * steps;
  if (index <= 0) return 0;
  const whole = Math.min(Math.floor(index), table.length - 2);
  return table[whole] + (index - whole) * (table[whole + 1] - table[whole]);
}
