/** The payload of a tile to y_hat: the job `decompressLatents` (FORMAT.md, "Latents"). */
import type { Engine } from '../engine/engine.ts';
import { cdfTables } from '../entropy/cdf-tables.ts';
import { DecisionReader } from '../entropy/decision-reader.ts';
import { RansDecoder } from '../entropy/rans-decoder.ts';
import { BitstreamError } from '../errors.ts';
import { readFilters } from '../filter/code-filters.ts';
import type { DecodedTile, DecompressArgs } from '../jobs.ts';
import { codeHyper } from '../prior/code-hyper.ts';
import { stepCoder } from '../prior/prior-coder.ts';
import { readDeltas } from './code-deltas.ts';
import { zeroTensor } from './crop-tensor.ts';
import { contextSteps, dequantize, hyperParameters, TileContext } from './hyper-prior.ts';
import { nodeLatents, tileQuality } from './quality-map.ts';
import { tileChecksum } from './tile-checksum.ts';

/**
 * y_hat of a tile, its deltas and its filters. BitstreamError `CORRUPT_LATENTS` if the payload is no stream of this model,
 * `CHECKSUM_MISMATCH` if it decodes to other latents than the encoder had; offsets are in the payload.
 */
export function decompressLatents(engine: Engine, args: DecompressArgs): DecodedTile {
  const { payload, width, height, q16, checksumSeed, prior } = args;
  const { model } = engine;
  const { latentBits, hyperChannels, entropy } = model.manifest;
  const decoder = new RansDecoder(cdfTables(model), payload);

  const hyper = zeroTensor(
    Math.ceil(height / nodeLatents),
    Math.ceil(width / nodeLatents),
    hyperChannels,
  );
  const deltas = readDeltas(decoder, hyper.height, hyper.width, q16);
  const { means, scales } = hyperParameters(model, hyper.width * hyper.height, q16, deltas);
  const hyperSymbols = new Int16Array(means.length);
  const reader = new DecisionReader(decoder);
  if (prior === 'base') decoder.read(scales, hyperSymbols);
  else codeHyper(reader, engine, hyper, scales, hyperSymbols);
  for (let index = 0; index < means.length; index++) {
    hyper.data[index] = dequantize(hyperSymbols[index], means[index], latentBits);
  }

  const context = new TileContext(engine, hyper, height, width, q16, deltas);
  const { latents } = context;
  const inside = { x: 0, y: 0, width, height };
  const size = { width, height, quality: tileQuality(q16, deltas, inside) };
  const coder = prior !== 'base' && stepCoder(reader, engine, prior, size);
  for (let step = 0; step < contextSteps; step++) {
    const parameters = context.predict(step);
    const { scales, means, places } = parameters;
    const symbols = new Int16Array(scales.length);
    if (coder) coder.codeStep(step, parameters, symbols);
    else decoder.read(scales, symbols, entropy.skipBelow);
    for (let index = 0; index < symbols.length; index++) {
      latents.data[places[index]] = dequantize(symbols[index], means[index], latentBits);
    }
  }
  const filters = readFilters(decoder, model, inside, q16);
  const tile = { latents, deltas, filters };
  if (decoder.finish() !== tileChecksum(tile, checksumSeed)) {
    throw new BitstreamError(
      'CHECKSUM_MISMATCH',
      'The decoded latents do not match their checksum',
      {
        offset: 0,
      },
    );
  }
  return tile;
}
