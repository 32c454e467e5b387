/** Applies the filters of tiles to what the synthesis gave. */
import type { Engine, Tensor } from '../engine/engine.ts';
import type { ModelManifest } from '../engine/manifest.ts';
import { pixelPlanes, writePlanes } from '../engine/pixel-filter.ts';
import type { Rectangle, TileFilter } from '../jobs.ts';
import { cropAt8 } from '../latent/crop-tensor.ts';
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
    .flatMap((index) => {
      const { x, y } = tileAt(grid, index);
      return filtersOf(index).map(({ area, weights }) => {
        const inPicture = { ...area, x: x + area.x, y: y + area.y };
        return { area: relativeTo(intersection(inPicture, core), region), weights };
      });
    })
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
