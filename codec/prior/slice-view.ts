/** The symbols of a tile as its priors see them: what is known so far, at a position and beside it. */
import { type DecisionTables, excess, surprise } from '../entropy/decision-tables.ts';
import type { StepParameters } from '../latent/hyper-prior.ts';
import type { Surroundings } from './contexts.ts';

/** Channels of a group that are coded together at every position. */
export const sliceChannels = 8;

/** Values are found by their index in the arrays of the step at hand. What is around a symbol is that of the last `look`. */
export class SliceView implements Surroundings {
  readonly positions: number;
  around = 0;
  balance = 0;
  activity = 0;
  readonly #tables: DecisionTables;
  readonly #channels: number;
  /** `[position][4]`: the positions above, below, to the left and to the right; outside of the tile, one that stays empty. */
  readonly #neighbours: Uint32Array;
  /** `[position][channel]`, 0 where not yet coded: the excess (decision-tables.ts) with the sign of the symbol. */
  readonly #signedExcess: Int8Array;
  readonly #surprise: Int16Array;
  /** Sum of the surprise at each position. */
  readonly #surprised: Int32Array;
  #scales: Uint8Array = new Uint8Array(0);
  #places: Uint32Array = new Uint32Array(0);

  /** For a tile of `height` x `width` positions. */
  constructor(tables: DecisionTables, height: number, width: number, channels: number) {
    this.#tables = tables;
    this.#channels = channels;
    this.positions = height * width;
    this.#neighbours = neighbours(height, width);
    this.#signedExcess = new Int8Array((this.positions + 1) * channels);
    this.#surprise = new Int16Array((this.positions + 1) * channels);
    this.#surprised = new Int32Array(this.positions);
  }

  startStep({ scales, places }: StepParameters): void {
    this.#scales = scales;
    this.#places = places;
  }

  /** A symbol that is coded has become known. */
  put(index: number, symbol: number): void {
    const scale = this.#scales[index];
    const place = this.#places[index];
    const size = excess(this.#tables, scale, symbol);
    const surprised = surprise(this.#tables, scale, symbol);
    this.#signedExcess[place] = symbol < 0 ? -size : size;
    this.#surprise[place] = surprised;
    this.#surprised[this.position(index)] += surprised;
  }

  channel(index: number): number {
    return this.#places[index] % this.#channels;
  }

  position(index: number): number {
    return Math.floor(this.#places[index] / this.#channels);
  }

  /** Whether a symbol is not zero, less the probability of that in its table, with 12 fraction bits; 0 while unknown. */
  surprise(index: number): number {
    return this.#surprise[this.#places[index]];
  }

  /** Sum of the surprise of the same channel at the four neighbours. */
  surpriseBeside(index: number): number {
    const position = this.position(index);
    const channel = this.channel(index);
    let sum = 0;
    for (let side = 0; side < 4; side++) {
      const beside = this.#neighbours[4 * position + side];
      sum += this.#surprise[beside * this.#channels + channel];
    }
    return sum;
  }

  /** Takes in what is known around the symbol at an index. */
  look(index: number): void {
    const position = this.position(index);
    const channel = this.channel(index);
    let around = 0;
    let balance = 0;
    for (let side = 0; side < 4; side++) {
      const beside = this.#neighbours[4 * position + side];
      const value = this.#signedExcess[beside * this.#channels + channel];
      around += Math.abs(value);
      balance += value;
    }
    this.around = around;
    this.balance = balance;
    this.activity = this.#surprised[position] >> 8;
  }

  /**
   * What the LSTM reads of a slice at a position: 8 scale indices in quarters, the signed excess and the excess of the slice
   * before (what is there stays for slice 0), the excess beside.
   */
  read(slice: number, position: number, target: Int16Array, start: number): void {
    const first = position * (this.#channels / 4) + slice * sliceChannels;
    for (let channel = 0; channel < sliceChannels; channel++) {
      const index = first + channel;
      target[start + channel] = this.#scales[index] * 4;
      if (slice > 0) {
        const before = this.#signedExcess[this.#places[index - sliceChannels]];
        target[start + sliceChannels + channel] = before;
        target[start + 2 * sliceChannels + channel] = Math.abs(before);
      }
      this.look(index);
      target[start + 3 * sliceChannels + channel] = this.around;
    }
  }
}

function neighbours(height: number, width: number): Uint32Array {
  const outside = height * width;
  const found = new Uint32Array(4 * outside);
  for (let position = 0; position < outside; position++) {
    const row = Math.floor(position / width);
    const column = position - row * width;
    found[4 * position] = row > 0 ? position - width : outside;
    found[4 * position + 1] = row + 1 < height ? position + width : outside;
    found[4 * position + 2] = column > 0 ? position - 1 : outside;
    found[4 * position + 3] = column + 1 < width ? position + 1 : outside;
  }
  return found;
}
