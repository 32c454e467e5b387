/** The checksum of a tile (FORMAT.md, "Checksum"). */
import { crc32 } from '../bitstream/crc32.ts';
import type { Tensor } from '../engine/engine.ts';

/** CRC-32 of y_hat as little-endian int16 after what `seed` covers. The engine runs on no other byte order. */
export function latentChecksum({ data }: Tensor, seed: number): number {
  return crc32(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), seed);
}
