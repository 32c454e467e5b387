/** The noise that the perceptual synthesis reads: a fixed function of the place (models/README.md, "perceptual"). */
import { noiseChannels } from '../engine/auxiliary-kinds.ts';
import type { Tensor } from '../engine/engine.ts';

const groups = noiseChannels / 4;

/**
 * Noise of `width` x `height` positions at 1/8 whose first is (x, y) of the picture, -128 to 127: bytes of a hash of row,
 * column and number of the group of four channels, the lowest byte first.
 */
export function noiseField(x: number, y: number, width: number, height: number): Tensor {
  const data = new Int16Array(width * height * noiseChannels);
  let next = 0;
  for (let row = y; row < y + height; row++) {
    const ofRow = Math.imul(row, 0x9e3779b1);
    for (let column = x; column < x + width; column++) {
      const ofPlace = ofRow ^ Math.imul(column, 0x85ebca6b);
      for (let group = 0; group < groups; group++) {
        let hash = ofPlace ^ Math.imul(group, 0xc2b2ae35);
        hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
        hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b);
        hash ^= hash >>> 16;
        data[next++] = (hash & 255) - 128;
        data[next++] = ((hash >>> 8) & 255) - 128;
        data[next++] = ((hash >>> 16) & 255) - 128;
        data[next++] = (hash >>> 24) - 128;
      }
    }
  }
  return { height, width, channels: noiseChannels, data };
}
