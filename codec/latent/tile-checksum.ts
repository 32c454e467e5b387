/** The checksum of a tile (FORMAT.md, "Checksum"). */
import { crc32 } from '../bitstream/crc32.ts';
import type { DecodedTile } from '../jobs.ts';

/** CRC-32 of y_hat and the weights as little-endian int16 after what `seed` covers. The engine runs on no other byte order. */
export function tileChecksum({ latents, weights }: DecodedTile, seed: number): number {
  return crc32(bytesOf(weights), crc32(bytesOf(latents.data), seed));
}

function bytesOf({ buffer, byteOffset, byteLength }: Int16Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
