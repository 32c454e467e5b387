/** Pixels to network channels and back: 8 x 8 blocks of RGB as 192 channels `(dy*8+dx)*3+c`. */
import type { Tensor } from '../engine/engine.ts';

/** Pixels along a side of a block. */
export const blockPixels = 8;
const blockChannels = 3 * blockPixels * blockPixels;
const middle = 128;

/**
 * `(pixel - 128) << inputShift` of interleaved pixels whose sides are multiples of 8, height/8 x width/8 x 192.
 * Grey is repeated in the three channels.
 */
export function packPixels(
  pixels: Uint8Array,
  width: number,
  height: number,
  channels: 1 | 3,
  inputShift: number,
): Int16Array {
  const packed = new Int16Array(width * height * 3);
  const columns = width / blockPixels;
  const green = channels === 3 ? 1 : 0;
  const blue = channels === 3 ? 2 : 0;
  for (let y = 0; y < height; y++) {
    const blockRow = (y >> 3) * columns;
    const row = (y & 7) * blockPixels * 3;
    for (let x = 0; x < width; x++) {
      const source = (y * width + x) * channels;
      const target = (blockRow + (x >> 3)) * blockChannels + row + (x & 7) * 3;
      packed[target] = (pixels[source] - middle) << inputShift;
      packed[target + 1] = (pixels[source + green] - middle) << inputShift;
      packed[target + 2] = (pixels[source + blue] - middle) << inputShift;
    }
  }
  return packed;
}

/** Interleaved pixels of a tensor of 192 channels; with one channel, the luma of what RGB would be. */
export function unpackPixels(tensor: Tensor, channels: 1 | 3, outputShift: number): Uint8Array {
  const { data } = tensor;
  const width = tensor.width * blockPixels;
  const height = tensor.height * blockPixels;
  const pixels = new Uint8Array(width * height * channels);
  const half = outputShift > 0 ? 1 << (outputShift - 1) : 0;
  const level = (value: number): number =>
    Math.max(0, Math.min(((value + half) >> outputShift) + middle, 255));
  for (let y = 0; y < height; y++) {
    const blockRow = (y >> 3) * tensor.width;
    const row = (y & 7) * blockPixels * 3;
    for (let x = 0; x < width; x++) {
      const source = (blockRow + (x >> 3)) * blockChannels + row + (x & 7) * 3;
      const target = (y * width + x) * channels;
      const red = level(data[source]);
      const green = level(data[source + 1]);
      const blue = level(data[source + 2]);
      if (channels === 3) {
        pixels[target] = red;
        pixels[target + 1] = green;
        pixels[target + 2] = blue;
      } else {
        pixels[target] = luma(red, green, blue);
      }
    }
  }
  return pixels;
}

/** Luma of BT.601 in 1/256, rounded; equal channels give their own value. */
export function luma(red: number, green: number, blue: number): number {
  return (77 * red + 150 * green + 29 * blue + 128) >> 8;
}
