/** How the encoder spreads the quality over a picture. */
import { maxQ16 } from './bitstream/header-fields.ts';
import type { CodecContext } from './encode.ts';
import type { Quality, Tensor } from './engine/engine.ts';
import type { Rectangle } from './jobs.ts';
import { zeroTensor } from './latent/crop-tensor.ts';
import { cutTile } from './latent/cut-pixels.ts';
import { deltaQ16, nodeLatents, qualityMap } from './latent/quality-map.ts';
import { type TileGrid, tileAt, tileGrid } from './latent/tile-grid.ts';
import { TileStore } from './latent/tile-store.ts';
import type { Picture } from './picture.ts';
import { runTasks } from './run-tasks.ts';

/** How many deltas a place loses where its activity is higher by 1, its variance about twice as large (docs/decisions/quality-map.md). */
const strength = 3 / 8;

/** What a picture has at one quality. */
interface Spread {
  readonly q16: number;
  /** By tile. */
  readonly deltas: readonly (Tensor | undefined)[];
  /** q16 of each latent position; undefined where no tile has deltas. */
  readonly map: TileStore | undefined;
}

/** The quality of each place of a picture, for any quality of the whole. */
export class PictureQuality {
  readonly #grid: TileGrid;
  readonly #activities: readonly Float64Array[] | undefined;
  readonly #mean: number;
  #last: Spread | undefined;

  /** Measures the picture where what it is tuned for needs it. */
  static async of(
    picture: Picture,
    { executor, tune = 'psnr' }: CodecContext,
    signal?: AbortSignal,
  ): Promise<PictureQuality> {
    const grid = tileGrid(picture.width, picture.height);
    if (tune === 'psnr') return new PictureQuality(grid);
    const activities = new Array<Float64Array>(grid.count);
    const measure = async (index: number) => {
      const tile = cutTile(picture, tileAt(grid, index));
      const buffers = [tile.pixels.buffer as ArrayBuffer];
      activities[index] = await executor.run('measureActivity', tile, buffers);
    };
    const tasks = Array.from(activities, (_, index) => () => measure(index));
    await runTasks(tasks, 2 * executor.concurrency, signal);
    return new PictureQuality(grid, activities);
  }

  /** `activities` by tile and node; without them the quality is the same everywhere. */
  private constructor(grid: TileGrid, activities?: readonly Float64Array[]) {
    this.#grid = grid;
    this.#activities = activities;
    let sum = 0;
    let count = 0;
    for (const activity of activities ?? []) {
      for (const value of activity) sum += value;
      count += activity.length;
    }
    this.#mean = sum / count;
  }

  /** Of a tile; undefined where all of it has the quality of the picture. */
  deltasOf(index: number, q16: number): Tensor | undefined {
    return this.#at(q16).deltas[index];
  }

  /** Of the positions of a region. */
  in(region: Rectangle, q16: number): Quality {
    return this.#at(q16).map?.read(region) ?? q16;
  }

  #at(q16: number): Spread {
    if (this.#last?.q16 === q16) return this.#last;
    const deltas = (this.#activities ?? []).map((activity, index) =>
      this.#deltasFor(activity, index, q16),
    );
    let map: TileStore | undefined;
    if (deltas.some((tile) => tile !== undefined)) {
      map = new TileStore(this.#grid, 1);
      for (const [index, tile] of deltas.entries()) {
        map.put(index, qualityMap(q16, tile, tileAt(this.#grid, index)));
      }
    }
    this.#last = { q16, deltas, map };
    return this.#last;
  }

  /** The nearer to an end a quality is, the less may differ from it: 0 is the smallest file, and 100 the best picture, everywhere. */
  #deltasFor(activity: Float64Array, index: number, q16: number): Tensor | undefined {
    const { width, height } = tileAt(this.#grid, index);
    const most = Math.floor(Math.min(q16, maxQ16 - q16) / deltaQ16);
    const size = (positions: number) => Math.ceil(positions / nodeLatents);
    const deltas = zeroTensor(size(height), size(width), 1);
    for (const [node, value] of activity.entries()) {
      const wanted = Math.round(strength * (this.#mean - value));
      deltas.data[node] = Math.max(-most, Math.min(wanted, most));
    }
    return deltas.data.some((delta) => delta !== 0) ? deltas : undefined;
  }
}
