/** y to y_hat of its tile, and the symbols on the way. */
import { encoderOf } from '../engine/encoder.ts';
import type { Engine, Quality, Tensor } from '../engine/engine.ts';
import type { QuantizeArgs } from '../jobs.ts';
import { padTensor, zeroTensor } from './crop-tensor.ts';
import {
  contextSteps,
  dequantize,
  type HyperParameters,
  hyperParameters,
  type StepParameters,
  TileContext,
} from './hyper-prior.ts';
import { nodeLatents, tileQuality } from './quality-map.ts';
import { splitAnalysis } from './split-analysis.ts';

/** Takes the symbols of a tile in coding order. */
export interface SymbolSink {
  /** `hyper` has the size of z. */
  putHyper(hyper: Tensor, parameters: HyperParameters, symbols: Int16Array): void;
  putStep(step: number, parameters: StepParameters, symbols: Int16Array): void;
}

/** y from y before its gain. */
export function gainLatents(engine: Engine, latents: Tensor, quality: Quality): Tensor {
  const { gain } = splitAnalysis(engine.model);
  return gain.length > 0 ? engine.run(gain, { input: latents }, quality) : latents;
}

/** y_hat of a tile, as `decompressLatents` gives it; `latents` is not changed. */
export function quantizeLatents(
  engine: Engine,
  { latents: given, refined = false, q16, deltas }: QuantizeArgs,
  sink?: SymbolSink,
): Tensor {
  const { model } = engine;
  const { width, height } = given;
  const latents = refined ? given : gainLatents(engine, given, tileQuality(q16, deltas, given));
  const { latentBits, entropy } = model.manifest;
  const quantize = (value: number, mean: number): number =>
    (value - mean + (1 << (latentBits - 1))) >> latentBits;

  const input = padTensor(latents, nodeLatents);
  const hyper = engine.run(
    encoderOf(model).hyperAnalysis,
    { input },
    tileQuality(q16, deltas, input),
  );
  const parameters = hyperParameters(model, hyper.width * hyper.height, q16, deltas);
  const { means } = parameters;
  const hyperSymbols = new Int16Array(means.length);
  const hyperDecoded: Tensor = zeroTensor(hyper.height, hyper.width, hyper.channels);
  for (let index = 0; index < means.length; index++) {
    const symbol = quantize(hyper.data[index], means[index]);
    hyperSymbols[index] = symbol;
    hyperDecoded.data[index] = dequantize(symbol, means[index], latentBits);
  }
  sink?.putHyper(hyper, parameters, hyperSymbols);

  const context = new TileContext(engine, hyperDecoded, height, width, q16, deltas);
  const decoded = context.latents.data;
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
    sink?.putStep(step, parameters, symbols);
  }
  return context.latents;
}
