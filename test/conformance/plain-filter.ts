// The filter of the plain decoder, written from FORMAT.md 3.4 and 4.1 alone: one pixel at a time.
import type { Model } from '../../codec/engine/model.ts';
import { at, clamp, type Grid, sat16 } from './plain-networks.ts';
import { refuse, type Stream } from './plain-stream.ts';

/** A part of the picture and its weights; in positions of y. */
export interface PlainPart {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly weights: readonly number[];
}

// FORMAT.md 3.4
/** The parts of a tile of `width` x `height` at `x`, `y` that have a filter. */
export function readParts(
  model: Model,
  stream: Stream,
  q16: number,
  [x, y, width, height]: readonly [number, number, number, number],
): PlainPart[] {
  if (!model.manifest.filter) return [];
  if ((width >= 16 || height >= 16) && stream.uniform(1) === 1) {
    const parts: PlainPart[] = [];
    const [left, top] = [width, height].map((side) => (side < 16 ? side : Math.floor(side / 2)));
    for (const [row, rows] of [
      [y, top],
      [y + top, height - top],
    ]) {
      for (const [column, columns] of [
        [x, left],
        [x + left, width - left],
      ]) {
        if (rows === 0 || columns === 0) continue;
        parts.push(...readParts(model, stream, q16, [column, row, columns, rows]));
      }
    }
    return parts;
  }
  if (stream.uniform(1) === 0) return [];
  return [{ x, y, width, height, weights: readWeights(model, stream, q16) }];
}

function readWeights(model: Model, stream: Stream, q16: number): readonly number[] {
  const { filter } = model.manifest;
  const scales = model.tensors.get(filter?.scaleIndex as string) as ArrayLike<number>;
  const bases = scales.length / 101;
  const row = ((q16 + 8) >> 4) * bases;
  const weights = new Array<number>(bases).fill(0);
  for (let m = 0; m < bases; m++) weights[m] = stream.symbol(scales[row + m]);
  if (weights.every((weight) => weight === 0)) refuse('filter that does nothing');
  return weights;
}

const pairs = [
  ...[
    [0, 1],
    [1, 0],
    [1, 1],
    [1, -1],
    [0, 2],
    [2, 0],
  ],
  ...[
    [2, 1],
    [2, -1],
    [1, 2],
    [1, -2],
    [2, 2],
    [2, -2],
  ],
  ...[
    [0, 3],
    [3, 0],
    [0, 4],
    [4, 0],
    [3, 3],
    [3, -3],
    [0, 6],
    [6, 0],
    [0, 8],
    [8, 0],
  ],
];

// FORMAT.md 4.1
/** v of a pixel and color, from the output of the synthesis. */
export function plainFilter(
  model: Model,
  weights: readonly number[],
  output: Grid,
): (y: number, x: number, c: number) => number {
  const { filter, outputShift: s } = model.manifest;
  const bases = model.tensors.get(filter?.bases as string) as ArrayLike<number>;
  const p = (row: number, column: number, c: number): number => {
    const y = clamp(row, 0, output.height * 8 - 1);
    const x = clamp(column, 0, output.width * 8 - 1);
    const v = at(output, y >> 3, x >> 3, ((y % 8) * 8 + (x % 8)) * 3 + c);
    return clamp(v, -128 * 2 ** s, 127 * 2 ** s);
  };
  const modulo = (sum: bigint) => Number(BigInt.asIntN(32, sum));
  const coefficients = [0, 1, 2].map((c) =>
    Array.from({ length: 118 }, (_, i) => {
      let sum = 8n;
      for (const [m, weight] of weights.entries()) {
        sum += BigInt(weight) * BigInt(bases[(m * 3 + c) * 118 + i]);
      }
      return sat16(modulo(sum) >> 4);
    }),
  );
  const featuresAt = (y: number, x: number): number[] => {
    const features: number[] = [];
    for (const c of [0, 1, 2]) {
      const differences = pairs.map(([dy, dx]) => [
        p(y + dy, x + dx, c) - p(y, x, c),
        p(y - dy, x - dx, c) - p(y, x, c),
      ]);
      for (const [a, b] of differences.slice(0, 6)) features.push(a + b);
      for (const [clipped, limit] of [
        [differences, 6 * 2 ** s],
        [differences.slice(12), 20 * 2 ** s],
      ] as const) {
        for (const [a, b] of clipped) {
          features.push(clamp(a, -limit, limit) + clamp(b, -limit, limit));
        }
      }
    }
    return [...features, p(y, x, 0), p(y, x, 1), p(y, x, 2), 16 * 2 ** s];
  };
  return (y, x, c) => {
    let sum = 2048n;
    for (const [i, feature] of featuresAt(y, x).entries()) {
      sum += BigInt(coefficients[c][i]) * BigInt(feature);
    }
    return sat16(p(y, x, c) + (modulo(sum) >> 12));
  };
}
