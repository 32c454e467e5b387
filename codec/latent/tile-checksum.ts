/** The checksum of a tile (FORMAT.md, "Checksum"). */
import { crc32 } from '../bitstream/crc32.ts';
import type { DecodedTile } from '../jobs.ts';

/** CRC-32 of y_hat, the deltas and the filters as little-endian int16 after what `seed` covers. The engine runs on no other byte order. */
export function tileChecksum({ latents, deltas, filters }: DecodedTile, seed: number): number {
  let checksum = crc32(bytesOf(latents.data), seed);
  if (deltas) checksum = crc32(bytesOf(deltas.data), checksum);
  for (const { area, weights } of filters) {
    const corners = Int16Array.of(area.x, area.y, area.width, area.height);
    checksum = crc32(bytesOf(weights), crc32(bytesOf(corners), checksum));
  }
  return checksum;
}

function bytesOf({ buffer, byteOffset, byteLength }: Int16Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
