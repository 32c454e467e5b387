/** The weights of a tile's filter in its stream (FORMAT.md, "Filter and end"). */
import type { Model } from '../engine/model.ts';
import { frequencyBits } from '../entropy/rans.ts';
import type { RansDecoder } from '../entropy/rans-decoder.ts';
import type { RansEncoder } from '../entropy/rans-encoder.ts';
import { filterCount, isFiltered, weightScales } from './filter-tables.ts';

/** Half of the range: the interval of each value of a bit is this long. */
const half = 1 << (frequencyBits - 1);

/** Writes nothing for a model without a filter. */
export function writeWeights(
  encoder: RansEncoder,
  model: Model,
  weights: Int16Array,
  q16: number,
): void {
  if (weights.length === 0) return;
  const filtered = isFiltered(weights);
  encoder.pushIntervals(Uint32Array.of(((filtered ? half : 0) << frequencyBits) | (half - 1)));
  if (filtered) encoder.push(weightScales(model, q16), weights);
}

/** One weight for each filter of the model. BitstreamError `CORRUPT_LATENTS`. */
export function readWeights(decoder: RansDecoder, model: Model, q16: number): Int16Array {
  const weights = new Int16Array(filterCount(model));
  if (weights.length === 0 || decoder.readUniform(1) === 0) return weights;
  decoder.read(weightScales(model, q16), weights);
  if (!isFiltered(weights)) throw decoder.corrupt('has a filter that does nothing');
  return weights;
}
