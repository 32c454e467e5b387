/** The symbols of a tile, and which of them to move by one. */
import type { SymbolBits } from '../entropy/symbol-bits.ts';
import type { StepParameters } from './hyper-prior.ts';
import type { SymbolSink } from './quantize-latents.ts';

/** What moving symbols does to the error. */
export interface MovePrices {
  readonly symbolBits: SymbolBits;
  /** Derivative of the squared error by each latent of the tile, and the bits that a unit of it is worth. */
  readonly gradient: ArrayLike<number>;
  readonly errorPrice: number;
  /** Bits that it costs more for a step in either direction. */
  readonly moveBits: number;
}

/** Collects the symbols of a tile. */
export class TileSymbols implements SymbolSink {
  readonly #skipBelow: number;
  readonly #steps: { readonly parameters: StepParameters; readonly symbols: Int16Array }[] = [];

  /** Symbols of y of a scale index below `skipBelow` are not coded. */
  constructor(skipBelow: number) {
    this.#skipBelow = skipBelow;
  }

  /** Symbols of z stay. */
  putHyper(): void {}

  putStep(_step: number, parameters: StepParameters, symbols: Int16Array): void {
    this.#steps.push({ parameters, symbols });
  }

  /**
   * Writes the values of the symbols that are better moved by one into `latents`, a y of these symbols: `decoded`, their y_hat, and
   * a step more or less. Leaves out those whose turn is another round.
   */
  move(
    latents: Int16Array,
    decoded: ArrayLike<number>,
    stepSize: number,
    { symbolBits, gradient, errorPrice, moveBits }: MovePrices,
    round: number,
  ): void {
    for (const { parameters, symbols } of this.#steps) {
      const { scales, places } = parameters;
      for (let index = 0; index < symbols.length; index++) {
        const scale = scales[index];
        const place = places[index];
        if (scale < this.#skipBelow || !hasTurn(place, round)) continue;
        const slope = gradient[place] * errorPrice;
        const constant = moveBits - symbolBits.of(scale, symbols[index]);
        const up = constant + slope + symbolBits.of(scale, symbols[index] + 1);
        const down = constant - slope + symbolBits.of(scale, symbols[index] - 1);
        if (up >= 0 && down >= 0) continue;
        const moved = decoded[place] + (up < down ? stepSize : -stepSize);
        if (moved >= -32768 && moved <= 32767) latents[place] = moved;
      }
    }
  }
}

/** All places in round 0, half of them in no pattern in each other round. */
function hasTurn(place: number, round: number): boolean {
  if (round === 0) return true;
  let hash = Math.imul(place + 1, 0x9e3779b1) ^ Math.imul(round + 1, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return ((hash ^ (hash >>> 13)) & 0x100) !== 0;
}
