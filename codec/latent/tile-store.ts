/** Latents of a picture, kept tile by tile and only as long as somebody needs them. */
import type { Tensor } from '../engine/engine.ts';
import type { Rectangle } from '../jobs.ts';
import { copyRectangle, zeroTensor } from './crop-tensor.ts';
import { type TileGrid, tileAt, tileLatents } from './tile-grid.ts';

export class TileStore {
  readonly #grid: TileGrid;
  readonly #channels: number;
  readonly #tiles = new Map<number, Tensor>();

  constructor(grid: TileGrid, channels: number) {
    this.#grid = grid;
    this.#channels = channels;
  }

  /** Numbers of the tiles that a rectangle touches. */
  overlapping({ x, y, width, height }: Rectangle): number[] {
    const indices: number[] = [];
    for (let row = Math.floor(y / tileLatents); row * tileLatents < y + height; row++) {
      for (let column = Math.floor(x / tileLatents); column * tileLatents < x + width; column++) {
        indices.push(row * this.#grid.columns + column);
      }
    }
    return indices;
  }

  put(index: number, latents: Tensor): void {
    this.#tiles.set(index, latents);
  }

  /** A tile, which stays in the store; it is zero where nothing was written. */
  peek(index: number): Tensor {
    return this.#tile(index);
  }

  /** Gives a tile away; it is zero where nothing was written. */
  take(index: number): Tensor {
    const tile = this.#tile(index);
    this.#tiles.delete(index);
    return tile;
  }

  /** Copies the latents of a rectangle into the tiles that it touches. */
  write(rectangle: Rectangle, latents: Tensor): void {
    this.#eachPart(rectangle, (tile, inTile, inRectangle) => {
      const from = { ...inRectangle, width: inTile.width, height: inTile.height };
      copyRectangle(latents, from, tile, inTile.x, inTile.y);
    });
  }

  /** A copy of the latents of a rectangle. */
  read(rectangle: Rectangle): Tensor {
    const latents = zeroTensor(rectangle.height, rectangle.width, this.#channels);
    this.#eachPart(rectangle, (tile, inTile, inRectangle) => {
      copyRectangle(tile, inTile, latents, inRectangle.x, inRectangle.y);
    });
    return latents;
  }

  #tile(index: number): Tensor {
    const known = this.#tiles.get(index);
    if (known) return known;
    const { width, height } = tileAt(this.#grid, index);
    const tile = zeroTensor(height, width, this.#channels);
    this.#tiles.set(index, tile);
    return tile;
  }

  #eachPart(
    rectangle: Rectangle,
    visit: (tile: Tensor, inTile: Rectangle, inRectangle: { x: number; y: number }) => void,
  ): void {
    for (const index of this.overlapping(rectangle)) {
      const tile = tileAt(this.#grid, index);
      const x = Math.max(tile.x, rectangle.x);
      const y = Math.max(tile.y, rectangle.y);
      const width = Math.min(tile.x + tile.width, rectangle.x + rectangle.width) - x;
      const height = Math.min(tile.y + tile.height, rectangle.y + rectangle.height) - y;
      visit(
        this.#tile(index),
        { x: x - tile.x, y: y - tile.y, width, height },
        { x: x - rectangle.x, y: y - rectangle.y },
      );
    }
  }
}
