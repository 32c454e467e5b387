/**
 * CRC-32 of ISO 3309 and ITU-T V.42, as in PNG and zip: reflected polynomial 0xEDB88320, all ones before and
 * after. Eight bytes a step, with one table for each.
 */
const slices = 8;

const tables: readonly Int32Array[] = (() => {
  const first = Int32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? 0xedb88320 : 0);
    return value;
  });
  const all = [first];
  for (let slice = 1; slice < slices; slice++) {
    all.push(all[slice - 1].map((value) => (value >>> 8) ^ first[value & 0xff]));
  }
  return all;
})();

/**
 * The checksum of `bytes`, an unsigned 32-bit integer. With `previous`, the checksum of some earlier bytes, it
 * is that of both together.
 */
export function crc32(bytes: Uint8Array, previous = 0): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = tables;
  let crc = ~previous;
  let index = 0;
  for (const end = bytes.length - 7; index < end; index += slices) {
    crc ^=
      bytes[index] | (bytes[index + 1] << 8) | (bytes[index + 2] << 16) | (bytes[index + 3] << 24);
    crc =
      t7[crc & 0xff] ^
      t6[(crc >>> 8) & 0xff] ^
      t5[(crc >>> 16) & 0xff] ^
      t4[crc >>> 24] ^
      t3[bytes[index + 4]] ^
      t2[bytes[index + 5]] ^
      t1[bytes[index + 6]] ^
      t0[bytes[index + 7]];
  }
  for (; index < bytes.length; index++) crc = (crc >>> 8) ^ t0[(crc ^ bytes[index]) & 0xff];
  return ~crc >>> 0;
}
