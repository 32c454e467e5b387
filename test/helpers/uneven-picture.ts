// A picture whose parts differ in how busy they are: the same samples in every language and on every machine.
import type { Picture } from '../../codec/index.ts';

/** Grey at the left, with noise that grows to the whole range at the right; different in each channel. */
export function unevenPicture(width: number, height: number, channels: 1 | 3 = 3): Picture {
  const data = Uint8Array.from({ length: width * height * channels }, (_, index) => {
    const x = Math.floor(index / channels) % width;
    const noise = (Math.imul(index + 1, 0x9e3779b1) >>> 24) - 128;
    return 128 + Math.trunc((noise * x) / width);
  });
  return { width, height, channels, data };
}
