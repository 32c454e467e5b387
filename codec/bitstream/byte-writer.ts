/** Writes what ByteReader reads. */

export class ByteWriter {
  readonly #chunks: Uint8Array[] = [];
  #open: number[] = [];
  /** Bits of the last byte of `#open` still to fill. */
  #free = 0;

  /** The lowest `count` bits of `value`, 1 to 32, most significant first. */
  writeBits(value: number, count: number): void {
    for (let bit = count - 1; bit >= 0; bit--) {
      if (this.#free === 0) {
        this.#open.push(0);
        this.#free = 8;
      }
      this.#free--;
      this.#open[this.#open.length - 1] |= (Math.floor(value / 2 ** bit) & 1) << this.#free;
    }
  }

  /** An unsigned integer below 2^32 in groups of 7 bits, lowest first. */
  writeVarint(value: number): void {
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.writeBits((rest % 0x80) + 0x80, 8);
    this.writeBits(rest, 8);
  }

  /** Bytes as they are; they are kept, not copied, until `toBytes`. */
  writeBytes(bytes: Uint8Array): void {
    this.#chunks.push(Uint8Array.from(this.#open), bytes);
    this.#open = [];
  }

  toBytes(): Uint8Array<ArrayBuffer> {
    this.writeBytes(new Uint8Array(0));
    const result = new Uint8Array(this.#chunks.reduce((sum, chunk) => sum + chunk.length, 0));
    let offset = 0;
    for (const chunk of this.#chunks) {
      result.set(chunk, offset);
      offset += chunk.length;
    }
    return result;
  }
}
