/** How busy a tile is, node by node: the job `measureActivity`, from which the encoder makes deltas of the quality. */
import type { TilePixels } from '../jobs.ts';
import { luma } from './pixel-blocks.ts';
import { nodeLatents } from './quality-map.ts';
import { latentPixels } from './tile-grid.ts';

/** Variance, in squared 8-bit levels, under which errors are seen alike. */
const visibleVariance = 100;

/**
 * Mean over the latent positions of each node, by row and column, of log2(100 + variance of luma in their 16 x 16 pixels). Those at the
 * right and lower edge have the pixels that lie in the picture.
 */
export function measureActivity(args: TilePixels): Float64Array {
  const columns = Math.ceil(args.width / latentPixels);
  const rows = Math.ceil(args.height / latentPixels);
  const nodeColumns = Math.ceil(columns / nodeLatents);
  const activity = new Float64Array(nodeColumns * Math.ceil(rows / nodeLatents));
  const counts = new Uint16Array(activity.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const node = Math.floor(row / nodeLatents) * nodeColumns + Math.floor(column / nodeLatents);
      // Rounded, so that no machine's logarithm makes another choice.
      const size = Math.log2(visibleVariance + varianceOf(args, column, row));
      activity[node] += Math.round(size * 4096) / 4096;
      counts[node]++;
    }
  }
  return activity.map((sum, node) => sum / counts[node]);
}

/** Variance of luma at a latent position. */
function varianceOf({ pixels, width, height, channels }: TilePixels, column: number, row: number) {
  const right = Math.min((column + 1) * latentPixels, width);
  const bottom = Math.min((row + 1) * latentPixels, height);
  let count = 0;
  let sum = 0;
  let squares = 0;
  for (let y = row * latentPixels; y < bottom; y++) {
    for (let x = column * latentPixels; x < right; x++) {
      const index = (y * width + x) * channels;
      const value =
        channels === 1 ? pixels[index] : luma(pixels[index], pixels[index + 1], pixels[index + 2]);
      count++;
      sum += value;
      squares += value * value;
    }
  }
  return (squares - (sum * sum) / count) / count;
}
