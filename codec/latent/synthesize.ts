/** y_hat to pixels: the job `synthesize`, with the faithful synthesis and its filters, the perceptual one, or both. */
import { auxiliaryOf } from '../engine/auxiliary.ts';
import type { Engine, Tensor } from '../engine/engine.ts';
import { filterTiles } from '../filter/filter-tiles.ts';
import type { PerceptualShare, SynthesizeArgs } from '../jobs.ts';
import { cropAt8 } from './crop-tensor.ts';
import { noiseField } from './noise.ts';
import { unpackPixels } from './pixel-blocks.ts';

/** Blocks along a side of a latent position. */
const latentBlocks = 2;

/** The share of the perceptual synthesis where it is used alone. */
export const fullShare = 256;

/** Pixels of the core of a region of y_hat that includes the halo. */
export function synthesize(engine: Engine, args: SynthesizeArgs): Uint8Array {
  const { core, channels, perceptual } = args;
  const { outputShift } = engine.model.manifest;
  if (!perceptual) return unpackPixels(runFaithful(engine, args), channels, outputShift);
  const drawn = cropAt8(runPerceptual(engine, args, perceptual), core);
  if (perceptual.share === fullShare) return unpackPixels(drawn, channels, outputShift);
  const both = blend(runFaithful(engine, args), drawn, perceptual.share);
  return unpackPixels(both, channels, outputShift);
}

/** The core, filtered. */
function runFaithful(engine: Engine, { latents, core, filters, quality }: SynthesizeArgs): Tensor {
  const { synthesis } = engine.model.manifest.networks;
  return filterTiles(engine, engine.run(synthesis, { input: latents }, quality), core, filters);
}

function runPerceptual(
  engine: Engine,
  { latents, quality }: SynthesizeArgs,
  { x, y }: PerceptualShare,
): Tensor {
  const { synthesis } = auxiliaryOf(engine.model, 'perceptual').networks;
  const noise = noiseField(
    x * latentBlocks,
    y * latentBlocks,
    latents.width * latentBlocks,
    latents.height * latentBlocks,
  );
  return engine.run(synthesis, { input: latents, noise }, quality);
}

/** `(faithful * (256 - share) + perceptual * share + 128) >> 8` of every value. */
function blend(faithful: Tensor, perceptual: Tensor, share: number): Tensor {
  const data = perceptual.data.map(
    (value, index) => (faithful.data[index] * (fullShare - share) + value * share + 128) >> 8,
  );
  return { ...perceptual, data };
}
