/** The parts of a tile that may have a filter each (FORMAT.md, "Filters and end"). */
import type { Rectangle } from '../jobs.ts';

/** Latent positions along a side that is split in two. */
const splitLatents = 16;

/** The two or four parts that an area of a tile, in latent positions, can be split into, row by row; none where it is too small. */
export function partsOf({ x, y, width, height }: Rectangle): Rectangle[] {
  if (width < splitLatents && height < splitLatents) return [];
  const columns = halves(x, width);
  return halves(y, height).flatMap((row) =>
    columns.map((column) => ({
      x: column.start,
      y: row.start,
      width: column.size,
      height: row.size,
    })),
  );
}

/** The smallest parts of an area, in the order in which splitting it again and again comes to them. */
export function smallestParts(area: Rectangle): Rectangle[] {
  const parts = partsOf(area);
  return parts.length === 0 ? [area] : parts.flatMap(smallestParts);
}

function halves(start: number, size: number): { start: number; size: number }[] {
  if (size < splitLatents) return [{ start, size }];
  const first = size >> 1;
  return [
    { start, size: first },
    { start: start + first, size: size - first },
  ];
}
