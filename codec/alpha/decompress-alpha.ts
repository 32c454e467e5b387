/** The payload of an alpha section to samples: the job `decompressAlpha` (FORMAT.md, "Alpha"). */
import { crc32 } from '../bitstream/crc32.ts';
import { BitstreamError } from '../errors.ts';
import type { DecompressAlphaArgs } from '../jobs.ts';
import {
  AdaptiveBits,
  checksumBytes,
  constantPayloadBytes,
  minRange,
  Neighborhood,
} from './alpha-model.ts';

class BitDecoder {
  readonly #bits = new AdaptiveBits();
  readonly #bytes: Uint8Array;
  #position = 0;
  #code = 0;
  #range = 0xffffffff;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    for (let byte = 0; byte < 4; byte++) this.#code = this.#code * 256 + this.#next();
  }

  get(context: number): number {
    const bound = (this.#range >>> 16) * this.#bits.probabilityOf(context);
    const bit = this.#code < bound ? 0 : 1;
    this.#bits.update(context, bit);
    if (bit === 0) {
      this.#range = bound;
    } else {
      this.#code -= bound;
      this.#range -= bound;
    }
    while (this.#range < minRange) {
      this.#range = (this.#range << 8) >>> 0;
      this.#code = ((this.#code << 8) | this.#next()) >>> 0;
    }
    return bit;
  }

  finish(): void {
    if (this.#position !== this.#bytes.length) throw corrupt('has bytes after its last sample');
    if (this.#code !== 0) throw corrupt('ends in an impossible state');
  }

  #next(): number {
    if (this.#position === this.#bytes.length) throw corrupt('ends before its last sample');
    return this.#bytes[this.#position++];
  }
}

function corrupt(what: string): BitstreamError {
  return new BitstreamError('CORRUPT_ALPHA', `The coded alpha is damaged: it ${what}`, {
    offset: 0,
  });
}

/**
 * Alpha of a tile, `height` x `width` samples. BitstreamError `CORRUPT_ALPHA` or `CHECKSUM_MISMATCH`; offsets are
 * in the payload, which has at least 5 bytes.
 */
export function decompressAlpha(args: DecompressAlphaArgs): Uint8Array {
  const { payload, width, height, checksumSeed } = args;
  const end = payload.length - checksumBytes;
  const alpha = new Uint8Array(width * height);
  if (payload.length === constantPayloadBytes) alpha.fill(payload[0]);
  else decodeSamples(payload.subarray(0, end), alpha, width, height);
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  if (crc32(alpha, checksumSeed) !== view.getUint32(end)) {
    throw new BitstreamError('CHECKSUM_MISMATCH', 'The alpha does not match its checksum', {
      offset: 0,
    });
  }
  return alpha;
}

function decodeSamples(bytes: Uint8Array, alpha: Uint8Array, width: number, height: number): void {
  const decoder = new BitDecoder(bytes);
  const near = new Neighborhood(alpha, width);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      near.moveTo(x, y);
      let value = near.left;
      if (decoder.get(near.sameLeft) === 1) {
        value = near.above;
        if (near.above === near.left || decoder.get(near.sameAbove) === 1) {
          let node = 1;
          while (node < 256) node = 2 * node + decoder.get(near.residual + node);
          value = (node + near.prediction) & 255;
        }
      }
      alpha[y * width + x] = value;
    }
  }
  decoder.finish();
}
