/** Pixels to y before its last gain: the job `analyze`. */
import { encoderOf } from '../engine/encoder.ts';
import type { Engine, Tensor } from '../engine/engine.ts';
import type { AnalyzeArgs } from '../jobs.ts';
import { cropTensor } from './crop-tensor.ts';
import { blockPixels, packPixels } from './pixel-blocks.ts';
import { splitAnalysis } from './split-analysis.ts';

/** y before its gain of the core of a region whose pixels include the halo. */
export function analyze(engine: Engine, args: AnalyzeArgs): Tensor {
  const { pixels, width, height, channels, core, quality } = args;
  const { inputShift } = encoderOf(engine.model);
  const input: Tensor = {
    width: width / blockPixels,
    height: height / blockPixels,
    channels: 3 * blockPixels * blockPixels,
    data: packPixels(pixels, width, height, channels, inputShift),
  };
  return cropTensor(engine.run(splitAnalysis(engine.model).trunk, { input }, quality), core);
}
