/** Pixels to y: the job `analyze`. */
import type { Engine, Tensor } from '../engine/engine.ts';
import type { AnalyzeArgs } from '../jobs.ts';
import { cropTensor } from './crop-tensor.ts';
import { blockPixels, packPixels } from './pixel-blocks.ts';

/** y of the core of a region whose pixels include the halo. */
export function analyze(engine: Engine, args: AnalyzeArgs): Tensor {
  const { pixels, width, height, channels, core, q16 } = args;
  const { networks, inputShift } = engine.model.manifest;
  const input: Tensor = {
    width: width / blockPixels,
    height: height / blockPixels,
    channels: 3 * blockPixels * blockPixels,
    data: packPixels(pixels, width, height, channels, inputShift),
  };
  return cropTensor(engine.run(networks.analysis, { input }, q16), core);
}
