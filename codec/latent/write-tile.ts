/** A tile whose latents are coded to its payload: the job `writeTile` (FORMAT.md, "Filters and end"). */
import type { Engine } from '../engine/engine.ts';
import { cdfTables } from '../entropy/cdf-tables.ts';
import { RansEncoder } from '../entropy/rans-encoder.ts';
import { writeFilters } from '../filter/code-filters.ts';
import type { WriteArgs } from '../jobs.ts';
import { tileChecksum } from './tile-checksum.ts';

export function writeTile(
  { model }: Engine,
  { runs, q16, checksumSeed, ...tile }: WriteArgs,
): Uint8Array<ArrayBuffer> {
  const { width, height } = tile.latents;
  const encoder = new RansEncoder(cdfTables(model), runs);
  writeFilters(encoder, model, { x: 0, y: 0, width, height }, tile.filters, q16);
  return encoder.finish(tileChecksum(tile, checksumSeed));
}
