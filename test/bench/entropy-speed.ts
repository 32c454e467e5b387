/** Symbols a second of the range coder on one thread, with the tables of a model. */
import type { Model } from '../../codec/engine/model.ts';
import { cdfTables } from '../../codec/entropy/cdf-tables.ts';
import { RansDecoder } from '../../codec/entropy/rans-decoder.ts';
import { RansEncoder } from '../../codec/entropy/rans-encoder.ts';
import { randomSource } from '../helpers/random-model.ts';
import { type Clock, shortestMs } from './measure.ts';

export interface EntropySpeed {
  /** Million symbols a second. */
  readonly encode: number;
  readonly decode: number;
  readonly bitsPerSymbol: number;
}

const count = 500_000;

/** Symbols of scales 4 to 39, which are about 0.15 to 10 quantisation steps, drawn from their own tables. */
export async function entropySpeed(model: Model, clock: Clock): Promise<EntropySpeed> {
  const tables = cdfTables(model);
  const { cdf, offset, radius } = tables;
  const random = randomSource(1);
  const scales = new Uint8Array(count);
  const symbols = new Int16Array(count);
  for (let index = 0; index < count; index++) {
    const scale = 4 + Math.floor(random() * 36);
    const target = Math.floor(random() * 65536);
    let slot = 0;
    while (cdf[offset[scale] + slot + 1] <= target) slot++;
    scales[index] = scale;
    symbols[index] = slot - radius[scale];
  }
  const encode = () => {
    const encoder = new RansEncoder(tables);
    encoder.push(scales, symbols, 0);
    return encoder.finish(0);
  };
  const bytes = encode();
  const decoded = new Int16Array(count);
  const decode = () => new RansDecoder(tables, bytes).read(scales, decoded, 0);
  decode();
  if (!symbols.every((symbol, index) => symbol === decoded[index])) {
    throw new Error('The range coder does not round-trip');
  }
  const options = { runs: 10, maxMs: 3000, clock };
  return {
    encode: count / (await shortestMs(encode, options)) / 1000,
    decode: count / (await shortestMs(decode, options)) / 1000,
    bitsPerSymbol: (8 * bytes.length) / count,
  };
}
