/** The filters of a tile in its stream (FORMAT.md, "Filters and end"). */
import type { Model } from '../engine/model.ts';
import type { RansDecoder } from '../entropy/rans-decoder.ts';
import type { RansEncoder } from '../entropy/rans-encoder.ts';
import type { Rectangle, TileFilter } from '../jobs.ts';
import { contains } from '../latent/plan-regions.ts';
import { partsOf } from './filter-parts.ts';
import { filterCount, isFiltered, weightScales } from './filter-tables.ts';

/** Writes nothing for a model without a filter; `tile` starts at 0, 0. */
export function writeFilters(
  encoder: RansEncoder,
  model: Model,
  tile: Rectangle,
  filters: readonly TileFilter[],
  q16: number,
): void {
  if (filterCount(model) === 0) return;
  const scales = weightScales(model, q16);
  const write = (area: Rectangle, inside: readonly TileFilter[]): void => {
    const own = inside.find(
      (filter) => filter.area.width === area.width && filter.area.height === area.height,
    );
    const parts = partsOf(area);
    const isSplit = !own && inside.length > 0;
    if (parts.length > 0) encoder.pushBit(isSplit);
    if (isSplit) {
      for (const part of parts) {
        write(
          part,
          inside.filter((filter) => contains(part, filter.area)),
        );
      }
      return;
    }
    encoder.pushBit(own !== undefined);
    if (own) encoder.push(scales, own.weights);
  };
  write(tile, filters);
}

/** The filters of a tile that starts at 0, 0, none for a model without. BitstreamError `CORRUPT_LATENTS`. */
export function readFilters(
  decoder: RansDecoder,
  model: Model,
  tile: Rectangle,
  q16: number,
): TileFilter[] {
  const count = filterCount(model);
  if (count === 0) return [];
  const scales = weightScales(model, q16);
  const read = (area: Rectangle): TileFilter[] => {
    const parts = partsOf(area);
    if (parts.length > 0 && decoder.readUniform(1) === 1) return parts.flatMap(read);
    if (decoder.readUniform(1) === 0) return [];
    const weights = new Int16Array(count);
    decoder.read(scales, weights);
    if (!isFiltered(weights)) throw decoder.corrupt('has a filter that does nothing');
    return [{ area, weights }];
  };
  return read(tile);
}
