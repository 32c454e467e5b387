/** The symbols of a tile as its priors see them: what is known so far, at a position and beside it. */
import type { Shape } from '../engine/tensor.ts';
import { type DecisionTables, excess, surprise } from '../entropy/decision-tables.ts';
import type { StepParameters } from '../latent/hyper-prior.ts';
import type { Surroundings } from './contexts.ts';
import type { Links } from './links.ts';

/** Channels of a group that are coded together at every position. */
export const sliceChannels = 8;

/** A cursor over the symbols: what it says of one is that of the last `look`, and its surprise that of the last `put`. */
export class SliceView implements Surroundings {
  /** How many there are in the tile. */
  readonly positions: number;
  position = 0;
  channel = 0;
  around = 0;
  balance = 0;
  activity = 0;
  linked = 0;
  /** Whether the symbol is not zero, less the probability of that in its table, with 12 fraction bits. */
  surprise = 0;
  readonly #tables: DecisionTables;
  readonly #channels: number;
  readonly #links?: Links;
  /** `[position][4]`: the positions above, below, to the left and to the right; outside of the tile, one that stays empty. */
  readonly #neighbours: Uint32Array;
  /** `[position][channel]`, 0 where not yet coded: the excess (decision-tables.ts) with the sign of the symbol. */
  readonly #signedExcess: Int8Array;
  readonly #surprise: Int16Array;
  /** Sum of the surprise at each position. */
  readonly #surprised: Int32Array;
  #scales: Uint8Array = new Uint8Array(0);
  #scale = 0;
  #places: Uint32Array = new Uint32Array(0);

  /** For a tile of `height` x `width` positions. */
  constructor(tables: DecisionTables, { height, width, channels }: Shape, links?: Links) {
    this.#tables = tables;
    this.#channels = channels;
    this.#links = links;
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

  /** Takes in what is known around the symbol at an index of the arrays of the step, which is at `position`. */
  look(index: number, position: number): void {
    const channels = this.#channels;
    const channel = this.#places[index] - position * channels;
    let around = 0;
    let balance = 0;
    for (let side = 4 * position; side < 4 * position + 4; side++) {
      const value = this.#signedExcess[this.#neighbours[side] * channels + channel];
      around += Math.abs(value);
      balance += value;
    }
    this.#scale = this.#scales[index];
    this.position = position;
    this.channel = channel;
    this.around = around;
    this.balance = balance;
    this.activity = this.#surprised[position] >> 8;
    this.linked = this.#links?.logit(position, channel) ?? 0;
  }

  /** The symbol has become known. */
  put(symbol: number): void {
    const place = this.position * this.#channels + this.channel;
    const size = excess(this.#tables, this.#scale, symbol);
    this.surprise = surprise(this.#tables, this.#scale, symbol);
    this.#signedExcess[place] = symbol < 0 ? -size : size;
    this.#surprise[place] = this.surprise;
    this.#surprised[this.position] += this.surprise;
    this.#links?.add(this.position, this.channel, this.surprise);
  }

  /** Sum of the surprise of the channel at the four neighbours. */
  surpriseBeside(): number {
    let sum = 0;
    for (let side = 4 * this.position; side < 4 * this.position + 4; side++) {
      sum += this.#surprise[this.#neighbours[side] * this.#channels + this.channel];
    }
    return sum;
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
      this.look(index, position);
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
