/** Reads bits, variable-length integers and byte runs from the front, and never past the end. */
import { BitstreamError } from '../errors.ts';

/** Most bytes of a variable-length integer: 32 bits. */
const maxVarintBytes = 5;

export class ByteReader {
  readonly bytes: Uint8Array;
  #bit = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** Offset of the byte that holds the next bit. */
  get offset(): number {
    return Math.floor(this.#bit / 8);
  }

  get remaining(): number {
    return this.bytes.length - this.offset;
  }

  /** The next `count` bits, 1 to 32, most significant first, as an unsigned integer. */
  readBits(count: number, name: string): number {
    if (this.#bit + count > this.bytes.length * 8) throw this.#truncated(name);
    let value = 0;
    for (let bit = 0; bit < count; bit++, this.#bit++) {
      value = value * 2 + ((this.bytes[this.offset] >> (7 - (this.#bit % 8))) & 1);
    }
    return value;
  }

  /** An unsigned integer in groups of 7 bits, lowest first, in the shortest form. Starts at a whole byte. */
  readVarint(name: string): number {
    const start = this.offset;
    let value = 0;
    for (let index = 0; index < maxVarintBytes; index++) {
      const byte = this.readBits(8, name);
      value += (byte & 0x7f) * 2 ** (7 * index);
      if (byte < 0x80) {
        if ((byte === 0 && index > 0) || value > 0xffffffff) break;
        return value;
      }
    }
    throw new BitstreamError('INVALID_FIELD', `The field ${name} is not a valid number`, {
      offset: start,
      section: name,
    });
  }

  /** A view of the next `length` bytes. Starts at a whole byte. */
  readBytes(length: number, name: string): Uint8Array {
    if (length > this.remaining) throw this.#truncated(name);
    const start = this.offset;
    this.#bit += length * 8;
    return this.bytes.subarray(start, start + length);
  }

  #truncated(name: string): BitstreamError {
    return new BitstreamError('TRUNCATED', `The data ends within ${name}`, {
      offset: this.bytes.length,
      section: name,
    });
  }
}
