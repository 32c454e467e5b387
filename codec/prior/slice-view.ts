/** The symbols of a tile as its priors see them: what is known so far, at a position and beside it. */
import { type DecisionTables, excess, nodeCount } from '../entropy/decision-tables.ts';
import type { StepParameters } from '../latent/hyper-prior.ts';

/** Channels of a group that are coded together at every position. */
export const sliceChannels = 8;

/** Values are found by their index in the arrays of the step at hand. */
export class SliceView {
  readonly positions: number;
  readonly #tables: DecisionTables;
  readonly #width: number;
  readonly #channels: number;
  /** `[position][channel]`, 0 where not yet coded. */
  readonly #excess: Uint8Array;
  readonly #surprise: Int16Array;
  #scales: Uint8Array = new Uint8Array(0);
  #places: Uint32Array = new Uint32Array(0);
  #symbols: Int16Array = new Int16Array(0);

  /** For a tile of `height` x `width` positions. */
  constructor(tables: DecisionTables, height: number, width: number, channels: number) {
    this.#tables = tables;
    this.#width = width;
    this.#channels = channels;
    this.positions = height * width;
    this.#excess = new Uint8Array(this.positions * channels);
    this.#surprise = new Int16Array(this.positions * channels);
  }

  /** The symbols need not be there yet. */
  startStep({ scales, places }: StepParameters, symbols: Int16Array): void {
    this.#scales = scales;
    this.#places = places;
    this.#symbols = symbols;
  }

  /** A symbol that is coded has become known. */
  put(index: number, symbol: number): void {
    const scale = this.#scales[index];
    const place = this.#places[index];
    this.#excess[place] = excess(this.#tables, scale, symbol);
    const mean = this.#tables.probability[scale * nodeCount] >> 4;
    this.#surprise[place] = (symbol === 0 ? 0 : 4096) - mean;
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
    return this.#sumBeside(this.#surprise, this.#places[index]);
  }

  /** Sum of the excess (decision-tables.ts) of the same channel at the four neighbours. */
  excessBeside(index: number): number {
    return this.#sumBeside(this.#excess, this.#places[index]);
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
        const before = index - sliceChannels;
        const size = this.#excess[this.#places[before]];
        target[start + sliceChannels + channel] = size * Math.sign(this.#symbols[before]);
        target[start + 2 * sliceChannels + channel] = size;
      }
      target[start + 3 * sliceChannels + channel] = this.excessBeside(index);
    }
  }

  #sumBeside(values: Uint8Array | Int16Array, place: number): number {
    const channels = this.#channels;
    const rowSize = this.#width * channels;
    const column = Math.floor(place / channels) % this.#width;
    let sum = 0;
    if (column > 0) sum += values[place - channels];
    if (column + 1 < this.#width) sum += values[place + channels];
    if (place >= rowSize) sum += values[place - rowSize];
    if (place + rowSize < values.length) sum += values[place + rowSize];
    return sum;
  }
}
