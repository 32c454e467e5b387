/** Qualities that differ from place to place (FORMAT.md, "Quality map"). */
import { maxQ16 } from '../bitstream/header-fields.ts';
import type { Quality } from '../engine/engine.ts';
import type { Tensor } from '../engine/tensor.ts';
import type { Rectangle } from '../jobs.ts';
import { cropTensor, zeroTensor } from './crop-tensor.ts';

/** Latent positions along a side of a node; a position of z stands for as many. */
export const nodeLatents = 4;
/** What a delta of 1 adds to q16: 4 of quality. */
export const deltaQ16 = 64;

/** Whether no position of a node of this delta leaves the range of qualities. */
export function isDelta(delta: number, q16: number): boolean {
  const quality = q16 + deltaQ16 * delta;
  return quality >= 0 && quality <= maxQ16;
}

/** Weights, of 8, of the next node at the four positions between the middle of a node and that of the next. */
const nextWeight = [1, 3, 5, 7];

/**
 * q16 at each position of a tile: that of the header plus the deltas of the four nodes around, weighted by how near their middles
 * are; past the outermost ones the nearest count. `deltas` has one channel and a node for each position of z.
 */
export function qualityMap(
  q16: number,
  deltas: Tensor | undefined,
  { height, width }: { readonly height: number; readonly width: number },
): Tensor {
  const map = zeroTensor(height, width, 1);
  if (!deltas) return { ...map, data: map.data.fill(q16) };
  for (let y = 0; y < height; y++) {
    const row = between(y, deltas.height);
    for (let x = 0; x < width; x++) {
      const column = between(x, deltas.width);
      const along = (node: number): number => {
        const first = node * deltas.width;
        const { low, high, weight } = column;
        return deltas.data[first + low] * (8 - weight) + deltas.data[first + high] * weight;
      };
      // In parts of 64, each worth deltaQ16 / 64 = 1.
      const sum = along(row.low) * (8 - row.weight) + along(row.high) * row.weight;
      map.data[y * width + x] = q16 + sum;
    }
  }
  return map;
}

/** The nodes before and after a position, and the weight of the one after, of 8. */
function between(position: number, nodes: number): { low: number; high: number; weight: number } {
  const before = Math.floor((position - 2) / nodeLatents);
  return {
    low: Math.max(0, before),
    high: Math.min(before + 1, nodes - 1),
    weight: nextWeight[(position + 2) % nodeLatents],
  };
}

/** The quality of the positions of a rectangle. */
export function cropQuality(quality: Quality, rectangle: Rectangle): Quality {
  return typeof quality === 'number' ? quality : cropTensor(quality, rectangle);
}

/** The quality of the positions of a tile with these deltas, if it has any, or of more of them, up to whole nodes. */
export function tileQuality(
  q16: number,
  deltas: Tensor | undefined,
  size: { readonly height: number; readonly width: number },
): Quality {
  return deltas ? qualityMap(q16, deltas, size) : q16;
}
