/** Alpha of a tile to the payload of its section: the job `compressAlpha` (FORMAT.md, "Alpha"). */
import { crc32 } from '../bitstream/crc32.ts';
import type { CompressAlphaArgs } from '../jobs.ts';
import { AdaptiveBits, checksumBytes, constantOf, minRange, Neighborhood } from './alpha-model.ts';

class BitEncoder {
  readonly #bits = new AdaptiveBits();
  #bytes = new Uint8Array(1 << 10);
  #length = 0;
  #low = 0;
  #range = 0xffffffff;

  put(context: number, bit: number): void {
    const bound = (this.#range >>> 16) * this.#bits.probabilityOf(context);
    this.#bits.update(context, bit);
    if (bit === 0) {
      this.#range = bound;
    } else {
      this.#low += bound;
      this.#range -= bound;
      if (this.#low >= 2 ** 32) this.#carry();
    }
    while (this.#range < minRange) {
      this.#range = (this.#range << 8) >>> 0;
      this.#putTopByte();
    }
  }

  finish(): Uint8Array {
    for (let byte = 0; byte < 4; byte++) this.#putTopByte();
    return this.#bytes.subarray(0, this.#length);
  }

  #carry(): void {
    this.#low -= 2 ** 32;
    let index = this.#length - 1;
    while (this.#bytes[index] === 255) this.#bytes[index--] = 0;
    this.#bytes[index]++;
  }

  #putTopByte(): void {
    if (this.#length === this.#bytes.length) {
      const grown = new Uint8Array(2 * this.#length);
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes[this.#length++] = this.#low >>> 24;
    this.#low = (this.#low << 8) >>> 0;
  }
}

/** The payload of a tile's alpha section; `alpha` is `height` x `width` samples. */
export function compressAlpha({
  alpha,
  width,
  height,
  checksumSeed,
}: CompressAlphaArgs): Uint8Array {
  const constant = constantOf(alpha);
  const stream = constant === undefined ? codeSamples(alpha, width, height) : [constant];
  const payload = new Uint8Array(stream.length + checksumBytes);
  payload.set(stream);
  sealAlpha(payload, alpha, checksumSeed);
  return payload;
}

/** Writes the checksum at the end of a payload of `compressAlpha`: all of it that depends on `checksumSeed`. */
export function sealAlpha(payload: Uint8Array, alpha: Uint8Array, checksumSeed: number): void {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  view.setUint32(payload.length - checksumBytes, crc32(alpha, checksumSeed));
}

function codeSamples(alpha: Uint8Array, width: number, height: number): Uint8Array {
  const encoder = new BitEncoder();
  const near = new Neighborhood(alpha, width);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const value = alpha[y * width + x];
      near.moveTo(x, y);
      encoder.put(near.sameLeft, value === near.left ? 0 : 1);
      if (value === near.left) continue;
      if (near.above !== near.left) {
        encoder.put(near.sameAbove, value === near.above ? 0 : 1);
        if (value === near.above) continue;
      }
      const residual = (value - near.prediction) & 255;
      for (let node = 1, bit = 7; bit >= 0; bit--) {
        const set = (residual >> bit) & 1;
        encoder.put(near.residual + node, set);
        node = 2 * node + set;
      }
    }
  }
  return encoder.finish();
}
