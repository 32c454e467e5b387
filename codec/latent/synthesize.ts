/** y_hat to pixels: the job `synthesize`. */
import type { Engine } from '../engine/engine.ts';
import type { SynthesizeArgs } from '../jobs.ts';
import { cropTensor } from './crop-tensor.ts';
import { unpackPixels } from './pixel-blocks.ts';

/** Blocks along a side of a latent position. */
const latentBlocks = 2;

/** Pixels of the core of a region of y_hat that includes the halo. */
export function synthesize(engine: Engine, args: SynthesizeArgs): Uint8Array {
  const { latents, core, q16, channels } = args;
  const { networks, outputShift } = engine.model.manifest;
  const output = engine.run(networks.synthesis, { input: latents }, q16);
  const cropped = cropTensor(output, {
    x: core.x * latentBlocks,
    y: core.y * latentBlocks,
    width: core.width * latentBlocks,
    height: core.height * latentBlocks,
  });
  return unpackPixels(cropped, channels, outputShift);
}
