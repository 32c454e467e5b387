// SSIMULACRA 2.1 (Jon Sneyers, 2022-2023): a perceptual score of a distorted picture against its original.
// Both pictures become XYB at six scales (2x2 means in linear light); at each scale and component three error maps,
// structural similarity without the luminance denominator, ringing (edges that are new) and blur (edges that are
// lost), are pooled by a 1-norm and a 4-norm; 108 weights and a monotonic map give the score. The Gaussian of
// sigma 1.5 is the truncated-cosine filter of Charalampidis (IEEE Trans. Signal Processing, 2016), whose impulse
// response at this radius has nine taps, zero outside of the picture.
import { checkSameShape, type MetricPicture } from './same-shape.ts';
import { ssimulacra2Weights } from './ssimulacra2-weights.ts';

const scaleCount = 6;
const minimumSide = 8;
const stability = 0.0009;
const sigma = 1.5;

/** One plane triple in X, Y, B order. */
type Planes = readonly [Float32Array, Float32Array, Float32Array];

interface Scale {
  readonly width: number;
  readonly height: number;
  readonly xyb: Planes;
}

interface ReferenceScale extends Scale {
  /** Gaussian means and Gaussian means of squares of `xyb`. */
  readonly mean: Planes;
  readonly square: Planes;
}

/** Scores many distorted versions of one original, whose transforms are kept (about 50 bytes a pixel). */
export interface Ssimulacra2Reference {
  /** The score of `distorted`, which has the shape of the original; see {@link ssimulacra2}. */
  compare(distorted: MetricPicture): number;
}

/**
 * SSIMULACRA 2.1 score of `distorted` against `original`: 100 for equal pictures, about 90 where nobody sees a
 * difference, 70 high, 50 medium, 30 low quality; unbounded below zero. 8-bit sRGB or grey of one shape; sides under
 * 8 pixels have no scale and score 100. Throws an InvalidArgumentError where the shapes differ.
 */
export function ssimulacra2(original: MetricPicture, distorted: MetricPicture): number {
  return ssimulacra2Reference(original).compare(distorted);
}

/** Prepares an original once for many comparisons. */
export function ssimulacra2Reference(original: MetricPicture): Ssimulacra2Reference {
  const scales = scalesOf(original).map((scale): ReferenceScale => {
    const { width, height, xyb } = scale;
    const blurred = (plane: Float32Array, other: Float32Array | null) => {
      const out = new Float32Array(width * height);
      const rows = filterColumnsReady(width, height);
      filterRows(plane, other, width, height, rows);
      filterColumns(rows, width, height, out);
      return out;
    };
    const mean = xyb.map((plane) => blurred(plane, null)) as unknown as Planes;
    const square = xyb.map((plane) => blurred(plane, plane)) as unknown as Planes;
    return { width, height, xyb, mean, square };
  });
  return {
    compare(distorted) {
      checkSameShape(original, distorted);
      const others = scalesOf(distorted);
      const errors = scales.map((scale, i) => scaleErrors(scale, others[i]));
      return scoreOf(errors);
    },
  };
}

function scoreOf(errors: readonly Float64Array[]): number {
  let sum = 0;
  let index = 0;
  for (let component = 0; component < 3; component++) {
    for (const scale of errors) {
      for (let i = 0; i < 6; i++) sum += ssimulacra2Weights[index++] * scale[component * 6 + i];
    }
  }
  const error = sum * 0.9562382616834844;
  const mapped =
    2.326765642916932 * error -
    0.020884521182843837 * error ** 2 +
    6.248496625763138e-5 * error ** 3;
  return mapped > 0 ? 100 - 10 * mapped ** 0.6276336467831387 : 100;
}

/**
 * 18 pooled errors of a scale: a component, then norm 1 and norm 4 of similarity, ringing and blur
 * (s1, r1, b1, s4, r4, b4).
 */
function scaleErrors(reference: ReferenceScale, distorted: Scale): Float64Array {
  const { width, height } = reference;
  const meanRows = filterColumnsReady(width, height);
  const squareRows = filterColumnsReady(width, height);
  const productRows = filterColumnsReady(width, height);
  const mean = new Float32Array(width * height);
  const square = new Float32Array(width * height);
  const product = new Float32Array(width * height);
  const out = new Float64Array(18);
  for (let component = 0; component < 3; component++) {
    const a = reference.xyb[component];
    const b = distorted.xyb[component];
    filterRows(b, null, width, height, meanRows);
    filterRows(b, b, width, height, squareRows);
    filterRows(a, b, width, height, productRows);
    filterColumns(meanRows, width, height, mean);
    filterColumns(squareRows, width, height, square);
    filterColumns(productRows, width, height, product);
    const meanA = reference.mean[component];
    const squareA = reference.square[component];
    pool(a, b, meanA, mean, squareA, square, product, out.subarray(component * 6));
  }
  return out;
}

function pool(
  a: Float32Array,
  b: Float32Array,
  meanA: Float32Array,
  meanB: Float32Array,
  squareA: Float32Array,
  squareB: Float32Array,
  product: Float32Array,
  out: Float64Array,
): void {
  let similarity1 = 0;
  let similarity4 = 0;
  let ringing1 = 0;
  let ringing4 = 0;
  let blur1 = 0;
  let blur4 = 0;
  for (let i = 0; i < a.length; i++) {
    const muA = meanA[i];
    const muB = meanB[i];
    const luminance = 1 - (muA - muB) * (muA - muB);
    const covariance = 2 * (product[i] - muA * muB) + stability;
    const variances = squareA[i] - muA * muA + (squareB[i] - muB * muB) + stability;
    const error = Math.max(0, 1 - (luminance * covariance) / variances);
    similarity1 += error;
    similarity4 += error * error * error * error;
    const edge = (1 + Math.abs(b[i] - muB)) / (1 + Math.abs(a[i] - muA)) - 1;
    if (edge > 0) {
      ringing1 += edge;
      ringing4 += edge * edge * edge * edge;
    } else {
      blur1 -= edge;
      blur4 += edge * edge * edge * edge;
    }
  }
  const count = a.length;
  out[0] = similarity1 / count;
  out[1] = ringing1 / count;
  out[2] = blur1 / count;
  out[3] = (similarity4 / count) ** 0.25;
  out[4] = (ringing4 / count) ** 0.25;
  out[5] = (blur4 / count) ** 0.25;
}

// Linear light and XYB

const linearOf = Float32Array.from({ length: 256 }, (_, i) => {
  const value = i / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
});

function scalesOf(picture: MetricPicture): Scale[] {
  let { width, height } = picture;
  let linear = linearPlanes(picture);
  const scales: Scale[] = [];
  while (scales.length < scaleCount && Math.min(width, height) >= minimumSide) {
    if (scales.length > 0) {
      const fullWidth = width;
      const fullHeight = height;
      linear = linear.map((plane) => halve(plane, fullWidth, fullHeight)) as unknown as Planes;
      width = (width + 1) >> 1;
      height = (height + 1) >> 1;
    }
    scales.push({ width, height, xyb: toXyb(linear) });
  }
  return scales;
}

function linearPlanes({ width, height, channels, data }: MetricPicture): Planes {
  const count = width * height;
  const planes: Planes = [
    new Float32Array(count),
    new Float32Array(count),
    new Float32Array(count),
  ];
  const last = channels - 1;
  for (let i = 0, j = 0; i < count; i++, j += channels) {
    planes[0][i] = linearOf[data[j]];
    planes[1][i] = linearOf[data[j + Math.min(1, last)]];
    planes[2][i] = linearOf[data[j + Math.min(2, last)]];
  }
  return planes;
}

/** 2x2 means; the last row or column of an odd side counts twice. */
function halve(plane: Float32Array, width: number, height: number): Float32Array {
  const halfWidth = (width + 1) >> 1;
  const halfHeight = (height + 1) >> 1;
  const half = new Float32Array(halfWidth * halfHeight);
  for (let y = 0, i = 0; y < halfHeight; y++) {
    const upper = 2 * y * width;
    const lower = Math.min(2 * y + 1, height - 1) * width;
    for (let x = 0; x < halfWidth; x++) {
      const left = 2 * x;
      const right = Math.min(left + 1, width - 1);
      half[i++] =
        (plane[upper + left] + plane[upper + right] + plane[lower + left] + plane[lower + right]) /
        4;
    }
  }
  return half;
}

/** XYB of JPEG XL (opsin absorbance, cube root), rescaled so that each component lies within 0 and 1. */
function toXyb([red, green, blue]: Planes): Planes {
  const bias = 0.0037930732552754493;
  const root = Math.cbrt(bias);
  const count = red.length;
  const planes: Planes = [
    new Float32Array(count),
    new Float32Array(count),
    new Float32Array(count),
  ];
  const [x, y, b] = planes;
  for (let i = 0; i < count; i++) {
    const r = red[i];
    const g = green[i];
    const l = blue[i];
    const long = Math.cbrt(0.3 * r + 0.622 * g + 0.078 * l + bias) - root;
    const medium = Math.cbrt(0.23 * r + 0.692 * g + 0.078 * l + bias) - root;
    const short =
      Math.cbrt(0.24342268924547819 * r + 0.20476744424496821 * g + 0.5518098665095535 * l + bias) -
      root;
    const luma = (long + medium) / 2;
    x[i] = 7 * (long - medium) + 0.42;
    y[i] = luma + 0.01;
    b[i] = short - luma + 0.55;
  }
  return planes;
}

// The Gaussian

/** Half of the symmetric impulse response, centre first. */
const taps: Float64Array = truncatedCosineTaps(sigma);
const reach = taps.length - 1;

/** Equations 33-52 of Charalampidis 2016 for three cosines: the sum is 1 and the variance sigma². */
function truncatedCosineTaps(deviation: number): Float64Array {
  const radius = Math.round(3.2795 * deviation + 0.2546);
  const omega = [1, 3, 5].map((k) => (k * Math.PI) / (2 * radius));
  const p = omega.map((w, i) => (i === 1 ? -1 : 1) / Math.tan(w / 2));
  const r = omega.map((w, i) => ((i === 1 ? -1 : 1) * p[i] ** 2) / Math.sin(w));
  const rho = omega.map((w) => Math.exp(-0.5 * (deviation * w) ** 2) / radius);
  const cross = (i: number, j: number) => p[i] * r[j] - r[i] * p[j];
  const zeta1 = cross(1, 2) / cross(0, 1);
  const zeta3 = cross(2, 0) / cross(0, 1);
  const beta = solve3(
    [p, r, [zeta1, zeta3, 1]],
    [1, radius ** 2 - deviation ** 2, zeta1 * rho[0] + zeta3 * rho[1] + rho[2]],
  );
  return Float64Array.from({ length: radius }, (_, n) =>
    omega.reduce((sum, w, i) => sum + beta[i] * Math.cos(w * n), 0),
  );
}

/** Solves a 3x3 linear system by Cramer's rule. */
function solve3(rows: readonly number[][], right: readonly number[]): number[] {
  const determinant = ([a, b, c]: readonly number[][]) =>
    a[0] * (b[1] * c[2] - b[2] * c[1]) -
    a[1] * (b[0] * c[2] - b[2] * c[0]) +
    a[2] * (b[0] * c[1] - b[1] * c[0]);
  const whole = determinant(rows);
  return [0, 1, 2].map((column) => {
    const replaced = rows.map((row, i) => row.map((value, j) => (j === column ? right[i] : value)));
    return determinant(replaced) / whole;
  });
}

/** A buffer for `filterRows` with `reach` rows of zeros above and below the picture. */
function filterColumnsReady(width: number, height: number): Float32Array {
  return new Float32Array(width * (height + 2 * reach));
}

/** Filters the rows of `plane`, times `other` where given, into `out` at a distance of `reach` rows. */
function filterRows(
  plane: Float32Array,
  other: Float32Array | null,
  width: number,
  height: number,
  out: Float32Array,
): void {
  const [t0, t1, t2, t3, t4] = taps;
  const row = new Float64Array(width + 2 * reach);
  for (let y = 0; y < height; y++) {
    const start = y * width;
    if (other === null) {
      for (let x = 0; x < width; x++) row[x + 4] = plane[start + x];
    } else {
      for (let x = 0; x < width; x++) row[x + 4] = plane[start + x] * other[start + x];
    }
    const target = (y + 4) * width;
    for (let x = 0; x < width; x++) {
      out[target + x] =
        t0 * row[x + 4] +
        t1 * (row[x + 3] + row[x + 5]) +
        t2 * (row[x + 2] + row[x + 6]) +
        t3 * (row[x + 1] + row[x + 7]) +
        t4 * (row[x] + row[x + 8]);
    }
  }
}

/** Filters the columns of what `filterRows` left into `out`, width x height. */
function filterColumns(rows: Float32Array, width: number, height: number, out: Float32Array): void {
  const [t0, t1, t2, t3, t4] = taps;
  const count = width * height;
  for (let i = 0; i < count; i++) {
    out[i] =
      t0 * rows[i + 4 * width] +
      t1 * (rows[i + 3 * width] + rows[i + 5 * width]) +
      t2 * (rows[i + 2 * width] + rows[i + 6 * width]) +
      t3 * (rows[i + width] + rows[i + 7 * width]) +
      t4 * (rows[i] + rows[i + 8 * width]);
  }
}
