// How well predicted errors fit the real ones: over blocks of 16 x 16 pixels, by rank and by size.
import type { Picture, UncertaintyMap } from '../../codec/index.ts';

/** Predicted and real root mean square error of a block, in 8-bit levels over RGB. */
export interface Block {
  readonly predicted: number;
  readonly real: number;
}

/** A tenth of the blocks, by their prediction: the root mean squares of both. */
export interface Decile extends Block {
  readonly blocks: number;
}

const blockSide = 16;

/** The whole blocks of a picture. */
export function blocksOf(original: Picture, decoded: Picture, map: UncertaintyMap): Block[] {
  const { width, height, channels } = original;
  const blocks: Block[] = [];
  for (let top = 0; top + blockSide <= height; top += blockSide) {
    for (let left = 0; left + blockSide <= width; left += blockSide) {
      let [predicted, real] = [0, 0];
      for (let y = top; y < top + blockSide; y++) {
        for (let x = left; x < left + blockSide; x++) {
          const pixel = y * width + x;
          predicted += (map.data[pixel] / map.unit) ** 2;
          for (let index = pixel * channels; index < (pixel + 1) * channels; index++) {
            real += (decoded.data[index] - original.data[index]) ** 2;
          }
        }
      }
      const count = blockSide ** 2;
      blocks.push({
        predicted: Math.sqrt(predicted / count),
        real: Math.sqrt(real / count / channels),
      });
    }
  }
  return blocks;
}

/** Ranks from 1, equal values sharing the mean of theirs. */
function ranksOf(values: readonly number[]): Float64Array {
  const order = values.map((_, index) => index).sort((a, b) => values[a] - values[b]);
  const ranks = new Float64Array(values.length);
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && values[order[end]] === values[order[start]]) end++;
    for (let index = start; index < end; index++) ranks[order[index]] = (start + end + 1) / 2;
    start = end;
  }
  return ranks;
}

/** Spearman's: the correlation of the ranks, -1 to 1; NaN where one side is all equal. */
export function rankCorrelation(blocks: readonly Block[]): number {
  const a = ranksOf(blocks.map(({ predicted }) => predicted));
  const b = ranksOf(blocks.map(({ real }) => real));
  const middle = (blocks.length + 1) / 2;
  let [ab, aa, bb] = [0, 0, 0];
  for (let index = 0; index < blocks.length; index++) {
    const [x, y] = [a[index] - middle, b[index] - middle];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return ab / Math.sqrt(aa * bb);
}

/** Ten groups of as many blocks each, from the smallest predictions to the largest. */
export function decilesOf(blocks: readonly Block[]): Decile[] {
  const sorted = [...blocks].sort((a, b) => a.predicted - b.predicted);
  return Array.from({ length: 10 }, (_, index) => {
    const start = Math.round((index * sorted.length) / 10);
    const part = sorted.slice(start, Math.round(((index + 1) * sorted.length) / 10));
    const meanSquare = (key: keyof Block) =>
      part.reduce((sum, block) => sum + block[key] ** 2, 0) / part.length;
    return {
      blocks: part.length,
      predicted: Math.sqrt(meanSquare('predicted')),
      real: Math.sqrt(meanSquare('real')),
    };
  });
}
