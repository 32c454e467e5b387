/** Applies the filters of tiles to what the synthesis gave. */
import type { Engine, Tensor } from '../engine/engine.ts';
import type { ModelManifest } from '../engine/manifest.ts';
import { filterMargin, pixelPlanes, writePlanes } from '../engine/pixel-filter.ts';
import type { Rectangle, TileFilter } from '../jobs.ts';
import { cropAt8 } from '../latent/crop-tensor.ts';
import { blockPixels } from '../latent/pixel-blocks.ts';
import { intersection, relativeTo } from '../latent/plan-regions.ts';
import { inPixels, type TileGrid, tileAt } from '../latent/tile-grid.ts';
import type { TileStore } from '../latent/tile-store.ts';
import { filterCoefficients } from './filter-tables.ts';

/** The filters that a core touches, as far as they lie in it, in a region around it. */
export function filtersIn(
  core: Rectangle,
  region: Rectangle,
  grid: TileGrid,
  store: TileStore,
  filtersOf: (index: number) => readonly TileFilter[],
): TileFilter[] {
  return store
    .overlapping(core)
    .flatMap((index) =>
      filtersWithin(movedFilters(filtersOf(index), tileAt(grid, index)), core, region),
    );
}

/** Filters by areas that start at the corner of a tile, with areas in what the tile lies in. */
export function movedFilters(
  filters: readonly TileFilter[],
  tile: { readonly x: number; readonly y: number },
): TileFilter[] {
  return filters.map(({ area, weights }) => ({
    area: { ...area, x: tile.x + area.x, y: tile.y + area.y },
    weights,
  }));
}

/** Filters as far as they lie in a core, with areas in coordinates that start at the corner of `origin`. */
export function filtersWithin(
  filters: readonly TileFilter[],
  core: Rectangle,
  origin: Rectangle,
): TileFilter[] {
  return filters
    .map(({ area, weights }) => ({ area: relativeTo(intersection(area, core), origin), weights }))
    .filter(({ area }) => area.width > 0 && area.height > 0);
}

/** The core of a synthesis' output, 192 channels at 1/8, with filters applied. */
export function filterTiles(
  engine: Engine,
  output: Tensor,
  core: Rectangle,
  filters: readonly TileFilter[],
): Tensor {
  const cropped = cropAt8(output, core);
  if (filters.length === 0) return cropped;
  // The filters read the samples of before all along.
  const filtered = cropped === output ? { ...output, data: output.data.slice() } : cropped;
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
  return synthesisHalo + (filter ? Math.ceil(filterMargin / blockPixels) : 0);
}
