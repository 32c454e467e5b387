/** The encoding half of the range coder (FORMAT.md, "Range coder"). */
import type { CdfTables } from './cdf-tables.ts';
import { checksumHighBits, frequencyBits, stateBytes, stateMin } from './rans.ts';

/** Symbols of the model's tables. */
export interface SymbolRun {
  readonly scales: Uint8Array;
  readonly symbols: Int16Array;
  readonly skipBelow: number;
}

/** What is pushed at once: symbols, or intervals of 65536. */
export type CodedRun = SymbolRun | Uint32Array;

/**
 * Collects symbols in the order in which they are decoded and codes them from the last to the first.
 *
 * A symbol costs at most 2 bytes and an escape at most 7, so the output buffer grows by blocks.
 */
export class RansEncoder {
  readonly #tables: CdfTables;
  readonly #runs: CodedRun[];
  #bytes = new Uint8Array(1 << 12);
  /** First byte written; writing goes down. */
  #position = this.#bytes.length;
  #state = 0;

  /** Goes on after the `runs` of another encoder. */
  constructor(tables: CdfTables, runs: readonly CodedRun[] = []) {
    this.#tables = tables;
    this.#runs = [...runs];
  }

  /** What has been pushed so far, plain data. */
  get runs(): readonly CodedRun[] {
    return this.#runs;
  }

  /**
   * Adds a run of symbols, one table index each (0-63). Both arrays are kept, not copied, until `finish`.
   * Symbols of a table below `skipBelow` are not coded and must be 0; no magnitude exceeds `maxMagnitude`.
   */
  push(scales: Uint8Array, symbols: Int16Array, skipBelow = 0): void {
    this.#runs.push({ scales, symbols, skipBelow });
  }

  /** Adds a run of symbols as intervals of 65536, `start << 16 | size - 1` each; kept, not copied. */
  pushIntervals(intervals: Uint32Array): void {
    this.#runs.push(intervals);
  }

  /** Adds a value of one bit, which `readUniform(1)` reads. */
  pushBit(bit: boolean): void {
    const half = 1 << (frequencyBits - 1);
    this.pushIntervals(Uint32Array.of(((bit ? half : 0) << frequencyBits) | (half - 1)));
  }

  /** Codes everything pushed and the checksum (32 bits) into one stream. */
  finish(checksum: number): Uint8Array<ArrayBuffer> {
    this.#state = stateMin + (checksum & (stateMin - 1));
    this.#put(...uniform(checksum >>> (32 - checksumHighBits), checksumHighBits));
    for (const run of this.#runs.reverse()) {
      if (run instanceof Uint32Array) this.#codeIntervals(run);
      else this.#codeRun(run);
    }
    this.#reserve(stateBytes);
    for (let byte = 0; byte < stateBytes; byte++) {
      this.#bytes[--this.#position] = this.#state;
      this.#state >>>= 8;
    }
    return this.#bytes.slice(this.#position);
  }

  #codeIntervals(intervals: Uint32Array): void {
    for (let index = intervals.length - 1; index >= 0; index--) {
      this.#put(intervals[index] >>> 16, (intervals[index] & 0xffff) + 1);
    }
  }

  #codeRun({ scales, symbols, skipBelow }: SymbolRun): void {
    const { cdf, offset, radius } = this.#tables;
    for (let index = symbols.length - 1; index >= 0; index--) {
      const scale = scales[index];
      if (scale < skipBelow) continue;
      const limit = radius[scale];
      let slot = symbols[index] + limit;
      if (slot < 0 || slot > 2 * limit) {
        this.#putEscape(symbols[index], limit);
        slot = 2 * limit + 1;
      }
      const entry = offset[scale] + slot;
      this.#put(cdf[entry], cdf[entry + 1] - cdf[entry]);
    }
  }

  /** Sign, then |symbol| - limit - 1 in Exp-Golomb of order 0; last part first. */
  #putEscape(symbol: number, limit: number): void {
    const value = Math.abs(symbol) - limit;
    const prefix = 31 - Math.clz32(value);
    this.#put(...uniform(value - (1 << prefix), prefix));
    this.#put(...uniform(1, 1));
    for (let zero = 0; zero < prefix; zero++) this.#put(...uniform(0, 1));
    this.#put(...uniform(symbol < 0 ? 1 : 0, 1));
  }

  #put(start: number, frequency: number): void {
    let state = this.#state;
    if (this.#position < 4) this.#reserve(4);
    // state < frequency * 2^15 keeps the new state below 2^31.
    while (state >= frequency * 32768) {
      this.#bytes[--this.#position] = state;
      state >>>= 8;
    }
    const quotient = (state / frequency) | 0;
    this.#state = (quotient << frequencyBits) + (state - Math.imul(quotient, frequency)) + start;
  }

  #reserve(count: number): void {
    if (this.#position >= count) return;
    const grown = new Uint8Array(this.#bytes.length * 2);
    const shift = grown.length - this.#bytes.length;
    grown.set(this.#bytes, shift);
    this.#bytes = grown;
    this.#position += shift;
  }
}

/** Start and frequency of one of 2^bits equally likely values. */
function uniform(value: number, bits: number): [start: number, frequency: number] {
  return [value << (frequencyBits - bits), 1 << (frequencyBits - bits)];
}
