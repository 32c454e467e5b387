/** How far the synthesis of y_hat is from a picture, region by region. */
import type { CodecContext } from './encode.ts';
import type { Quality } from './engine/engine.ts';
import { filteredHalo, filtersIn } from './filter/filter-tiles.ts';
import type { Rectangle, TileFilter } from './jobs.ts';
import { cutPixels } from './latent/cut-pixels.ts';
import { addHalo, planRegions, relativeTo } from './latent/plan-regions.ts';
import { latentPixels, type TileGrid } from './latent/tile-grid.ts';
import type { TileStore } from './latent/tile-store.ts';
import type { Picture } from './picture.ts';
import { runTasks } from './run-tasks.ts';

/** A picture's y_hat at a quality, with the filters of each tile. */
export interface QuantizedPicture {
  readonly grid: TileGrid;
  readonly store: TileStore;
  readonly filters: readonly (readonly TileFilter[])[];
  qualityIn(region: Rectangle): Quality;
}

/** Sum over all samples of the squared difference between a picture and what decoding its y_hat gives. */
export async function squaredError(
  picture: Picture,
  { grid, store, filters: filtersOf, qualityIn }: QuantizedPicture,
  { model, executor }: CodecContext,
  signal?: AbortSignal,
): Promise<number> {
  const halo = Math.ceil(filteredHalo(model.manifest) / 2);
  const { channels } = picture;
  let sum = 0;

  async function addRegion(core: Rectangle): Promise<void> {
    const region = addHalo(core, halo, grid.width, grid.height);
    const latents = store.read(region);
    const filters = filtersIn(core, region, grid, store, (index) => filtersOf[index]);
    const quality = qualityIn(region);
    const args = { latents, core: relativeTo(core, region), filters, quality, channels };
    const decoded = await executor.run('synthesize', args, [latents.data.buffer as ArrayBuffer]);
    const x = core.x * latentPixels;
    const y = core.y * latentPixels;
    const width = Math.min(core.width * latentPixels, picture.width - x);
    const height = Math.min(core.height * latentPixels, picture.height - y);
    const original = cutPixels(picture, { x, y, width, height });
    const rowBytes = width * channels;
    const decodedRowBytes = core.width * latentPixels * channels;
    for (let row = 0; row < height; row++) {
      const start = row * decodedRowBytes;
      const first = original.subarray(row * rowBytes, (row + 1) * rowBytes);
      sum += squaredDistance(first, decoded.subarray(start, start + rowBytes));
    }
  }

  const regions = planRegions(grid.width, grid.height, halo, executor.concurrency);
  const tasks = regions.map((core) => () => addRegion(core));
  await runTasks(tasks, 2 * executor.concurrency, signal);
  return sum;
}

function squaredDistance(first: Uint8Array, second: Uint8Array): number {
  let sum = 0;
  for (let index = 0; index < first.length; index++) sum += (first[index] - second[index]) ** 2;
  return sum;
}
