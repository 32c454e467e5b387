/** Sizes in latent positions and the grid of tiles (FORMAT.md, "Tiles"). */
import type { Rectangle } from '../jobs.ts';

/** Pixels along a side of one latent position. */
export const latentPixels = 16;
/** Latent positions along a side of a whole tile. */
export const tileLatents = 64;

export interface Tile {
  readonly index: number;
  /** Corner and size in latent positions. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface TileGrid {
  /** Size of y of the whole picture. */
  readonly width: number;
  readonly height: number;
  readonly columns: number;
  readonly rows: number;
  readonly count: number;
}

/** The grid of a picture of `width` x `height` pixels. */
export function tileGrid(width: number, height: number): TileGrid {
  const latentWidth = Math.ceil(width / latentPixels);
  const latentHeight = Math.ceil(height / latentPixels);
  const columns = Math.ceil(latentWidth / tileLatents);
  const rows = Math.ceil(latentHeight / tileLatents);
  return { width: latentWidth, height: latentHeight, columns, rows, count: columns * rows };
}

/** Tile `index`, counted row by row; the last of a row or column may be smaller. */
export function tileAt(grid: TileGrid, index: number): Tile {
  const x = (index % grid.columns) * tileLatents;
  const y = Math.floor(index / grid.columns) * tileLatents;
  return {
    index,
    x,
    y,
    width: Math.min(tileLatents, grid.width - x),
    height: Math.min(tileLatents, grid.height - y),
  };
}

/** A rectangle of latent positions in pixels. */
export function inPixels({ x, y, width, height }: Rectangle): Rectangle {
  return {
    x: x * latentPixels,
    y: y * latentPixels,
    width: width * latentPixels,
    height: height * latentPixels,
  };
}

/** The pixels of a tile that lie in the picture. */
export function tilePixels(
  picture: { readonly width: number; readonly height: number },
  tile: Tile,
): { x: number; y: number; width: number; height: number } {
  const x = tile.x * latentPixels;
  const y = tile.y * latentPixels;
  return {
    x,
    y,
    width: Math.min(tile.width * latentPixels, picture.width - x),
    height: Math.min(tile.height * latentPixels, picture.height - y),
  };
}
