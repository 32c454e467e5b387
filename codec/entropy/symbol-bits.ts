/** What a symbol costs by the frozen tables of the model: for choices that the encoder makes before it codes. */
import type { Model } from '../engine/model.ts';
import { cdfTables } from './cdf-tables.ts';

const total = 65536;

export class SymbolBits {
  readonly #offset: Int32Array;
  readonly #radius: Int32Array;
  /** Per slot of all tables. */
  readonly #bits: Float64Array;

  constructor(model: Model) {
    const { cdf, offset, radius } = cdfTables(model);
    this.#offset = offset;
    this.#radius = radius;
    this.#bits = new Float64Array(cdf.length);
    for (let slot = 0; slot + 1 < cdf.length; slot++) {
      const frequency = cdf[slot + 1] - cdf[slot];
      // Rounded, so that no machine's logarithm makes another choice. Between two tables there is no slot.
      if (frequency > 0) this.#bits[slot] = Math.round(Math.log2(total / frequency) * 4096) / 4096;
    }
  }

  /** Bits of a symbol under the table of a scale index; of an escape about so. */
  of(scale: number, symbol: number): number {
    const radius = this.#radius[scale];
    const first = this.#offset[scale];
    const magnitude = symbol < 0 ? -symbol : symbol;
    if (magnitude <= radius) return this.#bits[first + radius + symbol];
    return this.#bits[first + 2 * radius + 1] + 2 * (32 - Math.clz32(magnitude - radius));
  }
}

const cache = new WeakMap<Model, SymbolBits>();

export function symbolBits(model: Model): SymbolBits {
  let known = cache.get(model);
  if (!known) {
    known = new SymbolBits(model);
    cache.set(model, known);
  }
  return known;
}
