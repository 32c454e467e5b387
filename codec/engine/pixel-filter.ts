/**
 * The filter of decoded pixels (FORMAT.md, "Filter"), an operation of the engine: what it reads, and the scalar way to run it.
 */
import type { Rectangle } from '../jobs.ts';
import type { Tensor } from './tensor.ts';

/** Pixels around a pixel that its features read. */
export const filterMargin = 8;

type Pair = readonly [down: number, right: number];
/** The first of each pair of opposite neighbours at up to 2 pixels, then of those at 3 to 8. */
const nearPairs: readonly Pair[] = [
  ...[[0, 1] as const, [1, 0] as const, [1, 1] as const, [1, -1] as const],
  ...[[0, 2] as const, [2, 0] as const, [2, 1] as const, [2, -1] as const],
  ...[[1, 2] as const, [1, -2] as const, [2, 2] as const, [2, -2] as const],
];
const farPairs: readonly Pair[] = [
  ...[[0, 3] as const, [3, 0] as const, [0, 4] as const, [4, 0] as const],
  ...[[3, 3] as const, [3, -3] as const, [0, 6] as const, [6, 0] as const],
  ...[[0, 8] as const, [8, 0] as const],
];
export const neighborPairs: readonly Pair[] = [...nearPairs, ...farPairs];
/** So many of the pairs have a linear feature; all have a clipped one, and those further away one with a wider clip. */
const linearPairs = 6;
const featuresPerColor = linearPairs + neighborPairs.length + farPairs.length;
/** Those of the three colors, their samples and a constant. */
export const featureCount = 3 * featuresPerColor + 4;
/** Differences are clipped to these and the constant is that, in levels. */
export const clipLevels = 6;
export const wideClipLevels = 20;
export const constantLevels = 16;
/** Fraction bits of coefficients. */
export const coefficientBits = 12;

/** Columns that the kernel works on at once; it reads and writes whole groups of them. */
export const filterColumns = 8;

const blockPixels = 8;
const blockValues = 3 * blockPixels ** 2;

/** Samples of an area as three planes, row by row, with `filterMargin` more on each side. */
export interface PixelPlanes {
  readonly data: Int16Array;
  /** Of the area. */
  readonly width: number;
  readonly height: number;
  /** Values from one row to the next, and from one plane to the next. */
  readonly stride: number;
  readonly planeSize: number;
  readonly outputShift: number;
}

/**
 * The samples of an area, in pixels, of what a synthesis gave, clamped to 8 bits with their fraction. Beyond the edges of the
 * tensor its last row or column is repeated.
 */
export function pixelPlanes(
  { data, width, height }: Tensor,
  area: Rectangle,
  outputShift: number,
): PixelPlanes {
  const stride = Math.ceil(area.width / filterColumns) * filterColumns + 2 * filterMargin;
  const rows = area.height + 2 * filterMargin;
  const planeSize = rows * stride;
  const planes = new Int16Array(3 * planeSize);
  const lowest = -128 << outputShift;
  const highest = 127 << outputShift;
  const clamp = (value: number) => (value < lowest ? lowest : value > highest ? highest : value);
  const inside = (position: number, size: number) =>
    Math.max(0, Math.min(position, size * blockPixels - 1));
  const columns = Int32Array.from({ length: area.width + 2 * filterMargin }, (_, column) => {
    const x = inside(area.x + column - filterMargin, width);
    return (x >> 3) * blockValues + (x & 7) * 3;
  });
  for (let row = 0; row < rows; row++) {
    const y = inside(area.y + row - filterMargin, height);
    const source = (y >> 3) * width * blockValues + (y & 7) * blockPixels * 3;
    for (let column = 0; column < columns.length; column++) {
      const from = source + columns[column];
      const to = row * stride + column;
      planes[to] = clamp(data[from]);
      planes[to + planeSize] = clamp(data[from + 1]);
      planes[to + 2 * planeSize] = clamp(data[from + 2]);
    }
  }
  return { data: planes, width: area.width, height: area.height, stride, planeSize, outputShift };
}

/** Puts planes without margins, `[3][height][width]`, into a tensor at 1/8, at a corner in pixels. */
export function writePlanes(
  planes: Int16Array,
  area: Rectangle,
  target: Tensor,
  corner: { readonly x: number; readonly y: number },
): void {
  const size = area.width * area.height;
  for (let row = 0; row < area.height; row++) {
    const y = corner.y + row;
    const start = (y >> 3) * target.width * blockValues + (y & 7) * blockPixels * 3;
    for (let column = 0; column < area.width; column++) {
      const x = corner.x + column;
      const to = start + (x >> 3) * blockValues + (x & 7) * 3;
      const from = row * area.width + column;
      target.data[to] = planes[from];
      target.data[to + 1] = planes[from + size];
      target.data[to + 2] = planes[from + 2 * size];
    }
  }
}

/** Offsets of the first neighbours of the pairs from their pixel, in values. */
export function neighborOffsets(stride: number): Int32Array {
  return Int32Array.from(neighborPairs, ([down, right]) => down * stride + right);
}

/** Fills in the `featureCount` features of the pixel at `row`, `column` of the area; `offsets` of `neighborOffsets`. */
export function readFeatures(
  { data, stride, planeSize, outputShift }: PixelPlanes,
  row: number,
  column: number,
  offsets: Int32Array,
  features: Int16Array,
): void {
  const clip = clipLevels << outputShift;
  const wideClip = wideClipLevels << outputShift;
  let place = (row + filterMargin) * stride + column + filterMargin;
  let next = 0;
  for (let color = 0; color < 3; color++) {
    const center = data[place];
    for (let pair = 0; pair < offsets.length; pair++) {
      const first = data[place + offsets[pair]] - center;
      const second = data[place - offsets[pair]] - center;
      if (pair < linearPairs) features[next + pair] = first + second;
      features[next + linearPairs + pair] = clipTo(first, clip) + clipTo(second, clip);
      if (pair >= nearPairs.length) {
        features[next + linearPairs + farPairs.length + pair] =
          clipTo(first, wideClip) + clipTo(second, wideClip);
      }
    }
    features[3 * featuresPerColor + color] = center;
    next += featuresPerColor;
    place += planeSize;
  }
  features[featureCount - 1] = constantLevels << outputShift;
}

function clipTo(value: number, limit: number): number {
  return value < -limit ? -limit : value > limit ? limit : value;
}

/** What a filter of an area is fitted to. */
export interface Moments {
  /** How many pixels were looked at. */
  readonly samples: number;
  /** Sums of products of features without their last `momentShift` bits, `[featureCount][featureCount]`; the lower triangle is 0. */
  readonly products: Float64Array;
  /** Likewise of what each color lacks with the features, `[3][featureCount]`. */
  readonly lacks: Float64Array;
}

/** Groups of `filterColumns` whole columns, in which a row is looked at. */
export function momentGroups(width: number): number {
  return Math.floor(width / filterColumns);
}

/** Bits that moments leave out of what they multiply, which then has 14: features can have 16. */
export function momentShift(outputShift: number): number {
  return Math.max(0, outputShift - 4);
}

/**
 * The moments of planes whose samples lack `lacks`, `[3][height][width]`. All sums are integers below 2^53 (of pixels of a tile), so
 * that any order of adding gives them.
 */
export function gatherMoments(planes: PixelPlanes, lacks: Int16Array): Moments {
  const { width, height } = planes;
  const products = new Float64Array(featureCount ** 2);
  const lackSums = new Float64Array(3 * featureCount);
  const features = new Int16Array(featureCount);
  const offsets = neighborOffsets(planes.stride);
  const columns = momentGroups(width) * filterColumns;
  const shift = momentShift(planes.outputShift);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < columns; column++) {
      readFeatures(planes, row, column, offsets, features);
      for (let index = 0; index < featureCount; index++) features[index] >>= shift;
      for (let first = 0; first < featureCount; first++) {
        for (let second = first; second < featureCount; second++) {
          products[first * featureCount + second] += features[first] * features[second];
        }
        for (let color = 0; color < 3; color++) {
          const lack = lacks[(color * height + row) * width + column] >> shift;
          lackSums[color * featureCount + first] += lack * features[first];
        }
      }
    }
  }
  return { samples: height * columns, products, lacks: lackSums };
}

/** Filtered samples of the area, `[3][height][width]`, of coefficients `[3][featureCount]`. */
export function filterPlanes(planes: PixelPlanes, coefficients: Int16Array): Int16Array {
  const { width, height } = planes;
  const offsets = neighborOffsets(planes.stride);
  const features = new Int16Array(featureCount);
  const filtered = new Int16Array(3 * width * height);
  const half = 1 << (coefficientBits - 1);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      readFeatures(planes, row, column, offsets, features);
      for (let color = 0; color < 3; color++) {
        let sum = half;
        for (let index = 0; index < featureCount; index++) {
          const product = coefficients[color * featureCount + index] * features[index];
          sum = (sum + product) | 0;
        }
        const value = features[3 * featuresPerColor + color] + (sum >> coefficientBits);
        filtered[(color * height + row) * width + column] = Math.max(
          -32768,
          Math.min(value, 32767),
        );
      }
    }
  }
  return filtered;
}
