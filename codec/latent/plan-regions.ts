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
  const cuts = (size: number) => {
    const length = Math.max(1, Math.floor(size / minCoreSide));
    return Array.from({ length }, (_, index) => evenly(index + 1, size, (cut) => cut));
  };
  return cheapestGrid(cuts(width), cuts(height), halo, concurrency, maxCoreLatents);
}

/** The same, with cores of any size, for an area whose `parts`, in rows and columns, are not to be cut. */
export function planGroups(
  { width, height }: { readonly width: number; readonly height: number },
  parts: readonly Rectangle[],
  halo: number,
  concurrency: number,
): Rectangle[] {
  const cuts = (size: number, places: readonly number[]) => {
    const starts = [...new Set(places)].sort((a, b) => a - b);
    const place = (cut: number) => (cut < starts.length ? starts[cut] : size);
    return starts.map((_, index) => evenly(index + 1, starts.length, place));
  };
  const columns = cuts(
    width,
    parts.map(({ x }) => x),
  );
  const rows = cuts(
    height,
    parts.map(({ y }) => y),
  );
  return cheapestGrid(columns, rows, halo, concurrency, Infinity);
}

/** `count + 1` cuts from 0 to `size`, each as `place` says where it is. */
function evenly(count: number, size: number, place: (cut: number) => number): number[] {
  return Array.from({ length: count + 1 }, (_, index) => place(Math.round((index * size) / count)));
}

/** Of the grids with one of `columns` and one of `rows` as their cuts, each from 0 to the whole size, and cores of at most `maxCore`. */
function cheapestGrid(
  columns: readonly number[][],
  rows: readonly number[][],
  halo: number,
  concurrency: number,
  maxCore: number,
): Rectangle[] {
  const measured = (cuts: number[]) => {
    const core = cuts.slice(1).reduce((most, cut, index) => Math.max(most, cut - cuts[index]), 0);
    return {
      cuts,
      core,
      count: cuts.length - 1,
      around: Math.min(core + 2 * halo, cuts[cuts.length - 1]),
    };
  };
  const heights = rows.map(measured);
  let best = { xs: columns[0], ys: rows[0], cost: Infinity };
  for (const width of columns.map(measured)) {
    for (const height of heights) {
      if (width.core * height.core > maxCore) continue;
      const waves = Math.ceil((width.count * height.count) / concurrency);
      const cost = waves * width.around * height.around;
      if (cost < best.cost) best = { xs: width.cuts, ys: height.cuts, cost };
    }
  }
  const { xs, ys } = best;
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

/** Whether a rectangle holds all of another. */
export function contains(outer: Rectangle, inner: Rectangle): boolean {
  const { width, height } = intersection(outer, inner);
  return width === inner.width && height === inner.height;
}
