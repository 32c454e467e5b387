// Binary portable pixmaps (PPM, "P6", 8 bits): what the JPEG XL programs read and write without a colour profile.
import type { RgbPicture } from './codec.ts';

export function writePixmap({ width, height, data }: RgbPicture): Uint8Array {
  const header = new TextEncoder().encode(`P6\n${width} ${height}\n255\n`);
  const file = new Uint8Array(header.length + data.length);
  file.set(header);
  file.set(data, header.length);
  return file;
}

/** Throws an Error unless `file` is a whole 8-bit P6 pixmap. */
export function readPixmap(file: Uint8Array): RgbPicture {
  const start = new TextDecoder('latin1').decode(file.subarray(0, 256));
  const header = /^P6\s+(?:#[^\n]*\n\s*)*(\d+)\s+(\d+)\s+255\s/.exec(start);
  if (header === null) throw new Error('Expected an 8-bit P6 pixmap');
  const width = Number(header[1]);
  const height = Number(header[2]);
  const data = file.subarray(header[0].length);
  if (data.length !== width * height * 3) throw new Error('The pixmap has a wrong length');
  return { width, height, channels: 3, data };
}
