/** The analysis network in two parts: what is costly, and the gain at its end that carries most of the quality. */
import { encoderOf } from '../engine/encoder.ts';
import type { Op } from '../engine/engine.ts';
import type { Model } from '../engine/model.ts';

export interface SplitAnalysis {
  /** The network up to its last gain: `input` to `output`. */
  readonly trunk: readonly Op[];
  /** The last gain, `input` to `output`; empty if the network does not end with one. */
  readonly gain: readonly Op[];
}

const cache = new WeakMap<Model, SplitAnalysis>();

/** Running `trunk` and then `gain` at the same quality gives what `analysis` gives. MODEL_NOT_FOUND. */
export function splitAnalysis(model: Model): SplitAnalysis {
  const known = cache.get(model);
  if (known) return known;
  const split = splitAtGain(encoderOf(model).analysis);
  cache.set(model, split);
  return split;
}

function splitAtGain(analysis: readonly Op[]): SplitAnalysis {
  const [before, last] = analysis.slice(-2);
  if (last?.op !== 'gain' || before === undefined || before.output !== last.input) {
    return { trunk: analysis, gain: [] };
  }
  return {
    trunk: [...analysis.slice(0, -2), { ...before, output: 'output' }],
    gain: [{ ...last, input: 'input', output: 'output' }],
  };
}
