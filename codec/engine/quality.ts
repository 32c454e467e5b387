/** Rows of the per-quality tables (codec/models/README.md, "Quality"). */

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
