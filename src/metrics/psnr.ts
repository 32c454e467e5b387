// Peak signal-to-noise ratio of 8-bit pictures: the mean squared error over every sample of every channel, on
// the integers that a file holds.
import { checkSameShape, type MetricPicture } from './same-shape.ts';

/** Mean squared error over all samples of two 8-bit pictures of the same shape, in units of sample². */
export function meanSquaredError(a: MetricPicture, b: MetricPicture): number {
  checkSameShape(a, b);
  const first = a.data;
  const second = b.data;
  const count = a.width * a.height * a.channels;
  let total = 0;
  for (let start = 0; start < count; ) {
    // 65025 * 32768 < 2^31: the inner sum stays a small integer.
    const end = Math.min(count, start + 32768);
    let sum = 0;
    for (; start < end; start++) {
      const difference = first[start] - second[start];
      sum = (sum + difference * difference) | 0;
    }
    total += sum;
  }
  return total / count;
}

/**
 * PSNR in dB, 10 log10(255² / MSE), over all channels together; Infinity for equal pictures.
 * Both pictures have the same width, height and channels, else an InvalidArgumentError is thrown.
 */
export function psnr(a: MetricPicture, b: MetricPicture): number {
  const error = meanSquaredError(a, b);
  return error === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10((255 * 255) / error);
}
