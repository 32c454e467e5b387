/** Rows of the per-quality tables (codec/models/README.md, "Quality"). */
import { maxQ16 } from '../bitstream/header-fields.ts';
import { invalidArgument } from '../errors.ts';
import type { Tensor } from './tensor.ts';

/** 16 times the quality, an integer from 0 to 1600: one for all positions, or a map of one channel, at 1/16 of the picture. */
export type Quality = number | Tensor;

/** Steps of q16 in one quality level. */
export const qualityFraction = 16;

/**
 * The row of an int16 table `[levels][channels]` at q16 (0 to 16 * (levels - 1)), interpolated between the two
 * nearest levels: gains, offsets and hyperMean.
 */
export function interpolatedRow(
  table: ArrayLike<number>,
  channels: number,
  q16: number,
): Int16Array {
  const levels = table.length / channels;
  const level = q16 >> 4;
  const fraction = q16 & 15;
  const low = level * channels;
  const high = Math.min(level + 1, levels - 1) * channels;
  const row = new Int16Array(channels);
  for (let channel = 0; channel < channels; channel++) {
    const sum = table[low + channel] * (16 - fraction) + table[high + channel] * fraction;
    row[channel] = (sum + 8) >> 4;
  }
  return row;
}

/** First index of the row of a table `[levels][channels]` nearest to q16: hyperScaleIndex. */
export function nearestRowStart(channels: number, q16: number): number {
  return ((q16 + 8) >> 4) * channels;
}

/** INVALID_ARGUMENT. */
export function checkQuality(quality: Quality): void {
  if (typeof quality !== 'number') {
    const { height, width, channels, data } = quality;
    if (channels !== 1 || data.length !== height * width) {
      throw invalidArgument('a map of one channel', 'quality', `${width}x${height}x${channels}`);
    }
  }
  for (const q16 of typeof quality === 'number' ? [quality] : quality.data) {
    if (!Number.isInteger(q16) || q16 < 0 || q16 > maxQ16) {
      throw invalidArgument(`integers from 0 to ${maxQ16}`, 'quality', q16);
    }
  }
}

/**
 * Visits the positions of a tensor of `height` x `width`, by row, in runs of one q16. The row y of the tensor has the qualities of
 * the row floor(y * rows of the map / height) of a map, and columns likewise.
 */
export function eachRun(
  quality: Quality,
  height: number,
  width: number,
  visit: (q16: number, first: number, count: number) => void,
): void {
  const positions = height * width;
  let first = 0;
  let current = typeof quality === 'number' ? quality : quality.data[0];
  for (let position = 1; position < positions && typeof quality !== 'number'; position++) {
    const y = Math.floor(position / width);
    const x = position - y * width;
    const row = Math.floor((y * quality.height) / height);
    const q16 = quality.data[row * quality.width + Math.floor((x * quality.width) / width)];
    if (q16 === current) continue;
    visit(current, first, position - first);
    first = position;
    current = q16;
  }
  visit(current, first, positions - first);
}
