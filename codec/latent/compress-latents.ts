/** y to the payload of its tile: the job `compressLatents` (FORMAT.md, "Latents"). */
import type { Engine } from '../engine/engine.ts';
import { cdfTables } from '../entropy/cdf-tables.ts';
import { DecisionWriter } from '../entropy/decision-writer.ts';
import { RansEncoder } from '../entropy/rans-encoder.ts';
import { writeFilters } from '../filter/code-filters.ts';
import type { CompressArgs } from '../jobs.ts';
import { codeHyper } from '../prior/code-hyper.ts';
import { PriorCoder } from '../prior/prior-coder.ts';
import { writeDeltas } from './code-deltas.ts';
import { tileQuality } from './quality-map.ts';
import { quantizeTile } from './quantize-tile.ts';
import { tileChecksum } from './tile-checksum.ts';

/** The payload of a tile; `latents` is not changed. */
export function compressLatents(engine: Engine, args: CompressArgs): Uint8Array<ArrayBuffer> {
  const { q16, deltas, checksumSeed, prior } = args;
  const { model } = engine;
  const { skipBelow } = model.manifest.entropy;
  const { width, height } = args.latents;
  const quality = tileQuality(q16, deltas, args.latents);
  const encoder = new RansEncoder(cdfTables(model));
  writeDeltas(encoder, deltas);
  const writer = new DecisionWriter();
  const coder =
    prior !== 'base' && new PriorCoder(writer, engine, prior, { width, height, quality });
  const tile = quantizeTile(engine, args, {
    putHyper(hyper, { scales }, symbols) {
      if (coder) codeHyper(writer, model, hyper.width, scales, symbols);
      else encoder.push(scales, symbols);
    },
    putStep(step, parameters, symbols) {
      if (coder) coder.codeStep(step, parameters, symbols);
      else encoder.push(parameters.scales, symbols, skipBelow);
    },
  });
  encoder.pushIntervals(writer.intervals);
  writeFilters(encoder, model, { x: 0, y: 0, width, height }, tile.filters, q16);
  return encoder.finish(tileChecksum(tile, checksumSeed));
}
