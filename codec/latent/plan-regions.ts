/** Cuts a picture into regions for analysis or synthesis. The cut does not change any result. */
import type { Rectangle } from '../jobs.ts';

/** Most latent positions in a core: 1 megapixel. What it bounds and what it costs: docs/decisions/memory.md. */
const maxCoreLatents = 4096;
/** Sides of cores are not cut below this. */
const minCoreSide = 8;

/**
 * Disjoint rectangles, row by row, that cover `width` x `height` latent positions: the grid that takes the least
 * time if `concurrency` jobs run at once and the time of a job is the area of its core with `halo` around.
 */
export function planRegions(
  width: number,
  height: number,
  halo: number,
  concurrency: number,
): Rectangle[] {
  const withHalo = (core: number, size: number) => Math.min(core + 2 * halo, size);
  let best = { columns: width, rows: height, cost: Infinity };
  for (let columns = 1; columns <= Math.max(1, width / minCoreSide); columns++) {
    const coreWidth = Math.ceil(width / columns);
    for (let rows = 1; rows <= Math.max(1, height / minCoreSide); rows++) {
      const coreHeight = Math.ceil(height / rows);
      if (coreWidth * coreHeight > maxCoreLatents) continue;
      const waves = Math.ceil((columns * rows) / concurrency);
      const cost = waves * withHalo(coreWidth, width) * withHalo(coreHeight, height);
      if (cost < best.cost) best = { columns, rows, cost };
    }
  }
  const edges = (size: number, count: number) =>
    Array.from({ length: count + 1 }, (_, index) => Math.round((index * size) / count));
  const xs = edges(width, best.columns);
  const ys = edges(height, best.rows);
  return ys.slice(0, -1).flatMap((y, row) =>
    xs.slice(0, -1).map((x, column) => ({
      x,
      y,
      width: xs[column + 1] - x,
      height: ys[row + 1] - y,
    })),
  );
}

/** `halo` positions more on each side, as far as `width` x `height` go. */
export function addHalo(
  { x, y, ...core }: Rectangle,
  halo: number,
  width: number,
  height: number,
): Rectangle {
  const left = Math.max(0, x - halo);
  const top = Math.max(0, y - halo);
  return {
    x: left,
    y: top,
    width: Math.min(width, x + core.width + halo) - left,
    height: Math.min(height, y + core.height + halo) - top,
  };
}

/** What two rectangles that overlap have in common. */
export function intersection(first: Rectangle, second: Rectangle): Rectangle {
  const x = Math.max(first.x, second.x);
  const y = Math.max(first.y, second.y);
  return {
    x,
    y,
    width: Math.min(first.x + first.width, second.x + second.width) - x,
    height: Math.min(first.y + first.height, second.y + second.height) - y,
  };
}

/** The rectangle in coordinates that start at the corner of `origin`. */
export function relativeTo(rectangle: Rectangle, origin: Rectangle): Rectangle {
  return { ...rectangle, x: rectangle.x - origin.x, y: rectangle.y - origin.y };
}
