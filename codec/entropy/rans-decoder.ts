/** The decoding half of the range coder (FORMAT.md, "Range coder"). */
import { BitstreamError } from '../errors.ts';
import type { CdfTables } from './cdf-tables.ts';
import { checksumHighBits, frequencyBits, maxEscapePrefix, stateBytes, stateMin } from './rans.ts';

/** The slot search starts at the entry for the top bits of the frequency. */
const coarseBits = 8;
const coarseShift = frequencyBits - coarseBits;

const coarseTables = new WeakMap<CdfTables, Uint32Array>();

/** Per table and value of the top bits: the entry of the slot that holds the lowest such frequency. */
function coarseTable(tables: CdfTables): Uint32Array {
  const known = coarseTables.get(tables);
  if (known) return known;
  const { cdf, offset } = tables;
  const coarse = new Uint32Array(offset.length << coarseBits);
  for (let scale = 0; scale < offset.length; scale++) {
    let entry = offset[scale];
    for (let top = 0; top < 1 << coarseBits; top++) {
      while (cdf[entry + 1] <= top << coarseShift) entry++;
      coarse[(scale << coarseBits) + top] = entry;
    }
  }
  coarseTables.set(tables, coarse);
  return coarse;
}

/**
 * Reads symbols in the order in which they were pushed into the encoder. Every method throws a BitstreamError
 * `CORRUPT_LATENTS`, with the offset in the payload, if the payload cannot have come from an encoder.
 */
export class RansDecoder {
  readonly #tables: CdfTables;
  readonly #coarse: Uint32Array;
  readonly #bytes: Uint8Array;
  #position: number;
  #state: number;

  /** `bytes` is the whole payload; it is not copied. */
  constructor(tables: CdfTables, bytes: Uint8Array) {
    this.#tables = tables;
    this.#coarse = coarseTable(tables);
    this.#bytes = bytes;
    this.#position = stateBytes;
    if (bytes.length < stateBytes) throw this.corrupt('is shorter than a state');
    this.#state = (bytes[0] << 24) | (bytes[1] << 16) | (bytes[2] << 8) | bytes[3];
    if (this.#state < stateMin) throw this.corrupt('starts with a state out of range');
  }

  /**
   * Fills `symbols`, one table index each (0-63) from `scales`. Those of a table below `skipBelow` are not coded
   * and get 0.
   */
  read(scales: Uint8Array, symbols: Int16Array, skipBelow = 0): void {
    const { cdf, offset, radius } = this.#tables;
    const coarse = this.#coarse;
    const bytes = this.#bytes;
    const end = bytes.length;
    let position = this.#position;
    let state = this.#state;
    for (let index = 0; index < symbols.length; index++) {
      const scale = scales[index];
      if (scale < skipBelow) {
        symbols[index] = 0;
        continue;
      }
      const frequency = state & 0xffff;
      let entry = coarse[(scale << coarseBits) + (frequency >>> coarseShift)];
      while (cdf[entry + 1] <= frequency) entry++;
      const start = cdf[entry];
      state = Math.imul(cdf[entry + 1] - start, state >>> frequencyBits) + frequency - start;
      while (state < stateMin) {
        if (position >= end) throw this.endsEarly();
        state = (state << 8) | bytes[position++];
      }
      const slot = entry - offset[scale];
      const limit = radius[scale];
      if (slot <= 2 * limit) {
        symbols[index] = slot - limit;
      } else {
        this.#position = position;
        this.#state = state;
        symbols[index] = this.#readEscape(limit);
        position = this.#position;
        state = this.#state;
      }
    }
    this.#position = position;
    this.#state = state;
  }

  /** The next symbol is the one whose interval of 65536 holds this. */
  get frequency(): number {
    return this.#state & 0xffff;
  }

  /** Goes past the symbol with the interval `[start, start + size)`. */
  take(start: number, size: number): void {
    let state = Math.imul(size, this.#state >>> frequencyBits) + (this.#state & 0xffff) - start;
    while (state < stateMin) {
      if (this.#position >= this.#bytes.length) throw this.endsEarly();
      state = (state << 8) | this.#bytes[this.#position++];
    }
    this.#state = state;
  }

  /** Where the stream stands, for who reads on elsewhere: `state` in its 31 bits, `position` that of the next of `bytes`. */
  get cursor(): { readonly bytes: Uint8Array; readonly position: number; readonly state: number } {
    return { bytes: this.#bytes, position: this.#position, state: this.#state };
  }

  /** Takes over where that has got to. */
  moveTo(position: number, state: number): void {
    this.#position = position;
    this.#state = state;
  }

  /** The checksum behind the last symbol, as an unsigned integer. Nothing may be left after it. */
  finish(): number {
    const high = this.readUniform(checksumHighBits);
    if (this.#position !== this.#bytes.length)
      throw this.corrupt('has bytes after its last symbol');
    if (this.#state >= 2 * stateMin) throw this.corrupt('ends in a state out of range');
    return ((high << (32 - checksumHighBits)) | (this.#state - stateMin)) >>> 0;
  }

  #readEscape(limit: number): number {
    const negative = this.readUniform(1) === 1;
    let prefix = 0;
    while (this.readUniform(1) === 0) {
      if (++prefix > maxEscapePrefix) throw this.corrupt('has an escape out of range');
    }
    const magnitude = limit + (1 << prefix) + this.readUniform(prefix);
    if (magnitude > this.#tables.maxMagnitude) throw this.corrupt('has an escape out of range');
    return negative ? -magnitude : magnitude;
  }

  /** One of 2^bits equally likely values, for 0 to 15 bits. */
  readUniform(bits: number): number {
    const shift = frequencyBits - bits;
    const value = this.frequency >>> shift;
    this.take(value << shift, 1 << shift);
    return value;
  }

  /** The error of a stream that has no more bytes. */
  endsEarly(): BitstreamError {
    return this.corrupt('ends before its last symbol');
  }

  /** The error of a stream of which something is wrong at this place. */
  corrupt(what: string): BitstreamError {
    return new BitstreamError(
      'CORRUPT_LATENTS',
      `The coded latents are damaged: the stream ${what}`,
      {
        offset: Math.min(this.#position, this.#bytes.length),
      },
    );
  }
}
