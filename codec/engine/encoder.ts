/** The auxiliary `encoder` of a model: what only an encoder runs. A decoder works without it, and files do not name it. */
import { auxiliaryOf } from './auxiliary.ts';
import type { Op } from './manifest.ts';
import type { Model } from './model.ts';

export interface Encoder {
  /** `input`: 192 channels at 1/8 -> latentChannels at 1/16. */
  readonly analysis: readonly Op[];
  /** `input`: latentChannels at 1/16 -> hyperChannels at 1/64. */
  readonly hyperAnalysis: readonly Op[];
  /** Positions at 1/8 that an analysis needs around its region to be exact. */
  readonly halo: number;
  /** The input is `(pixel - 128) << inputShift`. */
  readonly inputShift: number;
}

/** MODEL_NOT_FOUND where the model was loaded without it. */
export function encoderOf(model: Model): Encoder {
  const { networks, parameters } = auxiliaryOf(model, 'encoder');
  const { analysis, hyperAnalysis } = networks;
  return {
    analysis,
    hyperAnalysis,
    halo: parameters.halo as number,
    inputShift: parameters.inputShift as number,
  };
}
