// The chunks of a PNG file that stand before its samples.

/** The payload of the first chunk of each type before the picture data; empty for a file that is no PNG. */
export function pngChunks(bytes: Uint8Array): Map<string, Buffer> {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks = new Map<string, Buffer>();
  if (file.toString('latin1', 1, 4) !== 'PNG') return chunks;
  for (let offset = 8; offset + 8 <= file.length; ) {
    const type = file.toString('latin1', offset + 4, offset + 8);
    if (type === 'IDAT') break;
    const end = offset + 8 + file.readUInt32BE(offset);
    if (!chunks.has(type)) chunks.set(type, file.subarray(offset + 8, end));
    offset = end + 4;
  }
  return chunks;
}
