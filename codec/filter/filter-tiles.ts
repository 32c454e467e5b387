/** Applies the filters of tiles to what the synthesis gave. */
import type { Engine, Tensor } from '../engine/engine.ts';
import type { ModelManifest } from '../engine/manifest.ts';
import { pixelPlanes, writePlanes } from '../engine/pixel-filter.ts';
import type { Rectangle, TileFilter } from '../jobs.ts';
import { cropAt8 } from '../latent/crop-tensor.ts';
import { intersection, relativeTo } from '../latent/plan-regions.ts';
import { inPixels, type TileGrid, tileAt } from '../latent/tile-grid.ts';
import type { TileStore } from '../latent/tile-store.ts';
import { filterCoefficients, isFiltered } from './filter-tables.ts';

/** The filters of the tiles that a core touches, in a region around it; none of tiles whose weights are all 0. */
export function filtersIn(
  core: Rectangle,
  region: Rectangle,
  grid: TileGrid,
  store: TileStore,
  weightsOf: (index: number) => Int16Array,
): TileFilter[] {
  return store
    .overlapping(core)
    .map((index) => ({ tile: tileAt(grid, index), weights: weightsOf(index) }))
    .filter(({ weights }) => isFiltered(weights))
    .map(({ tile, weights }) => ({
      area: relativeTo(intersection(tile, core), region),
      weights,
    }));
}

/** The core of a synthesis' output, 192 channels at 1/8, with the filters of its tiles applied. */
export function filterTiles(
  engine: Engine,
  output: Tensor,
  core: Rectangle,
  filters: readonly TileFilter[],
): Tensor {
  const cropped = cropAt8(output, core);
  if (filters.length === 0) return cropped;
  const filtered: Tensor = { ...cropped, data: cropped.data.slice() };
  for (const { area, weights } of filters) {
    const pixels = inPixels(area);
    const planes = pixelPlanes(output, pixels, engine.model.manifest.outputShift);
    const values = engine.filterPlanes(planes, filterCoefficients(engine.model, weights));
    writePlanes(values, pixels, filtered, inPixels(relativeTo(area, core)));
  }
  return filtered;
}

/** Positions at 1/8 around a part that make its filtered samples exact. */
export function filteredHalo({ synthesisHalo, filter }: ModelManifest): number {
  return synthesisHalo + (filter ? 1 : 0);
}
