/** y to the payload of its tile: the job `compressLatents` (FORMAT.md, "Latents"). */
import type { Engine, Tensor } from '../engine/engine.ts';
import { cdfTables } from '../entropy/cdf-tables.ts';
import { decisionTables } from '../entropy/decision-tables.ts';
import { DecisionWriter } from '../entropy/decision-writer.ts';
import { RansEncoder } from '../entropy/rans-encoder.ts';
import type { CompressArgs } from '../jobs.ts';
import { codeHyper } from '../prior/code-hyper.ts';
import { PriorCoder } from '../prior/prior-coder.ts';
import { padTensor, zeroTensor } from './crop-tensor.ts';
import {
  contextSteps,
  dequantize,
  hyperLatents,
  hyperParameters,
  TileContext,
} from './hyper-prior.ts';
import { latentChecksum } from './latent-checksum.ts';
import { splitAnalysis } from './split-analysis.ts';

/** The payload of a tile; `latents` is its y before the gain and is not changed. */
export function compressLatents(engine: Engine, args: CompressArgs): Uint8Array<ArrayBuffer> {
  const { q16, checksumSeed, prior } = args;
  const { model } = engine;
  const { gain } = splitAnalysis(model);
  const latents = gain.length > 0 ? engine.run(gain, { input: args.latents }, q16) : args.latents;
  const { networks, latentBits, entropy } = model.manifest;
  const encoder = new RansEncoder(cdfTables(model));
  const quantize = (value: number, mean: number): number =>
    (value - mean + (1 << (latentBits - 1))) >> latentBits;

  const input = padTensor(latents, hyperLatents);
  const hyper = engine.run(networks.hyperAnalysis, { input }, q16);
  const { means, scales } = hyperParameters(model, hyper.width * hyper.height, q16);
  const hyperSymbols = new Int16Array(means.length);
  const hyperDecoded: Tensor = zeroTensor(hyper.height, hyper.width, hyper.channels);
  for (let index = 0; index < means.length; index++) {
    const symbol = quantize(hyper.data[index], means[index]);
    hyperSymbols[index] = symbol;
    hyperDecoded.data[index] = dequantize(symbol, means[index], latentBits);
  }
  const writer = new DecisionWriter();
  if (prior === 'base') encoder.push(scales, hyperSymbols);
  else codeHyper(writer, decisionTables(model), hyper, scales, hyperSymbols);

  const { width, height } = latents;
  const context = new TileContext(engine, hyperDecoded, height, width, q16);
  const decoded = context.latents.data;
  const coder = prior !== 'base' && new PriorCoder(writer, engine, prior, { width, height, q16 });
  for (let step = 0; step < contextSteps; step++) {
    const parameters = context.predict(step);
    const { scales, means, places } = parameters;
    const symbols = new Int16Array(scales.length);
    for (let index = 0; index < symbols.length; index++) {
      const place = places[index];
      const symbol =
        scales[index] < entropy.skipBelow ? 0 : quantize(latents.data[place], means[index]);
      symbols[index] = symbol;
      decoded[place] = dequantize(symbol, means[index], latentBits);
    }
    if (coder) coder.codeStep(step, parameters, symbols);
    else encoder.push(scales, symbols, entropy.skipBelow);
  }
  encoder.pushIntervals(writer.intervals);
  return encoder.finish(latentChecksum(context.latents, checksumSeed));
}
