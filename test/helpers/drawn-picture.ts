// Pictures drawn from integers only: the same samples in every language and on every machine.
import type { Picture } from '../../codec/index.ts';

/**
 * Slopes, rings, edges and some noise, different in each channel: something for every part of a codec. Equal
 * arguments give equal samples.
 */
export function drawnPicture(
  width: number,
  height: number,
  channels: 1 | 3 = 3,
  seed = 1,
): Picture {
  const data = new Uint8Array(width * height * channels);
  let state = (Math.imul(seed, 0x9e3779b1) ^ (width * 31 + height)) >>> 0;
  let i = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      const noise = state >>> 28;
      const edge = ((x >> 4) + (y >> 5) + seed) % 3 === 0 ? 60 : 0;
      for (let channel = 0; channel < channels; channel++, i++) {
        const slope = (x * (2 + channel) + y * (3 - channel)) >> 2;
        const ring = ((x - width / 2) * (x - 20) + y * y) >> (6 + channel);
        const wave = ((slope & 256 ? ~slope : slope) & 255) >> 1;
        data[i] = Math.min(255, wave + (ring & 63) + edge + noise);
      }
    }
  }
  return { width, height, channels, data };
}
