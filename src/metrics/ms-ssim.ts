// Multi-scale structural similarity (Wang, Simoncelli and Bovik 2003) on 8-bit pictures, with the conventions of
// the learned-compression field: an 11x11 Gaussian of sigma 1.5 over positions where it fits whole, five scales,
// 2x2 means between them (an odd side is first padded with zeros, as a padded average pooling does), each channel
// on its own and the mean over channels.
import { invalidArgument } from '../../codec/index.ts';
import { checkSameShape, type MetricPicture } from './same-shape.ts';

const scaleWeights = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333];
const windowSize = 11;
const windowSigma = 1.5;
const stabilityLuminance = (0.01 * 255) ** 2;
const stabilityContrast = (0.03 * 255) ** 2;

/** Both sides of a picture must be at least this many pixels, so that the window fits the smallest scale. */
export const minimumMsSsimSide = (windowSize - 1) * 2 ** (scaleWeights.length - 1) + 1;

interface Plane {
  readonly width: number;
  readonly height: number;
  readonly data: Float64Array;
}

/**
 * MS-SSIM of two 8-bit pictures of the same shape: 1 for equal pictures, down to 0.
 * Throws an InvalidArgumentError where the shapes differ or a side is under `minimumMsSsimSide` pixels.
 */
export function msSsim(a: MetricPicture, b: MetricPicture): number {
  checkSameShape(a, b);
  if (Math.min(a.width, a.height) < minimumMsSsimSide) {
    throw invalidArgument(
      `both sides of at least ${minimumMsSsimSide} pixels`,
      'MS-SSIM',
      `${a.width}x${a.height}`,
    );
  }
  let sum = 0;
  for (let channel = 0; channel < a.channels; channel++) {
    sum += channelMsSsim(planeOf(a, channel), planeOf(b, channel));
  }
  return sum / a.channels;
}

/** MS-SSIM on a logarithmic scale, -10 log10(1 - value), in dB; Infinity for 1. */
export function msSsimDecibels(value: number): number {
  return -10 * Math.log10(1 - value);
}

function planeOf(picture: MetricPicture, channel: number): Plane {
  const { width, height, channels } = picture;
  const data = new Float64Array(width * height);
  for (let i = 0, j = channel; i < data.length; i++, j += channels) data[i] = picture.data[j];
  return { width, height, data };
}

function channelMsSsim(a: Plane, b: Plane): number {
  let product = 1;
  let first = a;
  let second = b;
  for (let scale = 0; scale < scaleWeights.length; scale++) {
    const last = scale === scaleWeights.length - 1;
    const { similarity, contrast } = ssimMeans(first, second);
    product *= Math.max(0, last ? similarity : contrast) ** scaleWeights[scale];
    if (!last) {
      first = halve(first);
      second = halve(second);
    }
  }
  return product;
}

/** Means of 2x2 samples; a side of odd length counts as padded by one zero at each end. */
function halve(plane: Plane): Plane {
  const { width, height, data } = plane;
  const oddX = width & 1;
  const oddY = height & 1;
  const halfWidth = (width + oddX) >> 1;
  const halfHeight = (height + oddY) >> 1;
  const half = new Float64Array(halfWidth * halfHeight);
  for (let y = 0; y < height; y++) {
    const target = ((y + oddY) >> 1) * halfWidth;
    const source = y * width;
    for (let x = 0; x < width; x++) half[target + ((x + oddX) >> 1)] += data[source + x] * 0.25;
  }
  return { width: halfWidth, height: halfHeight, data: half };
}

function gaussianWindow(): Float64Array {
  const window = new Float64Array(windowSize);
  const center = windowSize >> 1;
  let sum = 0;
  for (let i = 0; i < windowSize; i++) {
    window[i] = Math.exp(-((i - center) ** 2) / (2 * windowSigma ** 2));
    sum += window[i];
  }
  return window.map((value) => value / sum);
}

const gaussian = gaussianWindow();

/** Means over all window positions of the similarity (luminance * contrast) and of the contrast term alone. */
function ssimMeans(a: Plane, b: Plane): { similarity: number; contrast: number } {
  const { width, height } = a;
  const columns = width - windowSize + 1;
  const rows = height - windowSize + 1;
  // A ring of the last `windowSize` rows, filtered horizontally: a, b, a² + b², a b.
  const meanA = new Float64Array(windowSize * columns);
  const meanB = new Float64Array(windowSize * columns);
  const squares = new Float64Array(windowSize * columns);
  const products = new Float64Array(windowSize * columns);
  const rowSquares = new Float64Array(width);
  const rowProducts = new Float64Array(width);
  const taps = new Float64Array(windowSize);
  let similarity = 0;
  let contrast = 0;
  for (let y = 0; y < height; y++) {
    const rowA = a.data.subarray(y * width, (y + 1) * width);
    const rowB = b.data.subarray(y * width, (y + 1) * width);
    for (let x = 0; x < width; x++) {
      rowSquares[x] = rowA[x] * rowA[x] + rowB[x] * rowB[x];
      rowProducts[x] = rowA[x] * rowB[x];
    }
    const slot = (y % windowSize) * columns;
    filterRow(rowA, meanA, slot, columns);
    filterRow(rowB, meanB, slot, columns);
    filterRow(rowSquares, squares, slot, columns);
    filterRow(rowProducts, products, slot, columns);
    if (y < windowSize - 1) continue;

    for (let slotIndex = 0; slotIndex < windowSize; slotIndex++) {
      taps[slotIndex] = gaussian[(slotIndex - y - 1 + windowSize * (y + 1)) % windowSize];
    }
    for (let x = 0; x < columns; x++) {
      let muA = 0;
      let muB = 0;
      let square = 0;
      let product = 0;
      for (let k = 0, i = x; k < windowSize; k++, i += columns) {
        const tap = taps[k];
        muA += tap * meanA[i];
        muB += tap * meanB[i];
        square += tap * squares[i];
        product += tap * products[i];
      }
      const muProduct = muA * muB;
      const muSquares = muA * muA + muB * muB;
      const contrastHere =
        (2 * (product - muProduct) + stabilityContrast) / (square - muSquares + stabilityContrast);
      contrast += contrastHere;
      similarity +=
        (contrastHere * (2 * muProduct + stabilityLuminance)) / (muSquares + stabilityLuminance);
    }
  }
  const count = columns * rows;
  return { similarity: similarity / count, contrast: contrast / count };
}

function filterRow(row: Float64Array, out: Float64Array, offset: number, columns: number): void {
  const [g0, g1, g2, g3, g4, g5] = gaussian;
  for (let x = 0; x < columns; x++) {
    out[offset + x] =
      g0 * (row[x] + row[x + 10]) +
      g1 * (row[x + 1] + row[x + 9]) +
      g2 * (row[x + 2] + row[x + 8]) +
      g3 * (row[x + 3] + row[x + 7]) +
      g4 * (row[x + 4] + row[x + 6]) +
      g5 * row[x + 5];
  }
}
