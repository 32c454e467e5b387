/**
 * Multiply-accumulate operations a pixel and weights of a model, counted from its networks. Convolutions and the filter only;
 * gains and offsets (one operation a value) are left out, and so is the entropy coder.
 */
import { coefficientCount } from '../filter/filter-tables.ts';
import { encoderOf } from './encoder.ts';
import type { Op, TypedArray } from './manifest.ts';
import type { Model } from './model.ts';
import { inputNames } from './shapes.ts';

/** kMAC a pixel of the picture. */
export interface Complexity {
  readonly analysis: number;
  readonly hyperAnalysis: number;
  readonly hyperSynthesis: number;
  /** The four context networks with their heads. */
  readonly context: number;
  readonly synthesis: number;
  /** 0 for a model without one. */
  readonly filter: number;
  /** All that an encoder runs without a search: the synthesis too where there is a filter to fit. */
  readonly encoder: number;
  /** hyperSynthesis, context, synthesis and filter. */
  readonly decoder: number;
  /** Weights and biases, each tensor counted once. */
  readonly encoderParameters: number;
  readonly decoderParameters: number;
}

/** Operations of a network whose inputs all have `density` positions a pixel. */
function countNetwork(network: readonly Op[], density: number): number {
  const densities = new Map<string, number>();
  let operations = 0;
  for (const op of network) {
    const input = densities.get(inputNames(op)[0]) ?? density;
    let output = input;
    if (op.op === 'conv') {
      output = input / op.stride ** 2;
      operations += output * op.kernel ** 2 * op.inChannels * op.outChannels;
    } else if (op.op === 'depthwise') {
      operations += output * 9 * op.channels;
    } else if (op.op === 'shuffle') {
      output = 4 * input;
    } else if (op.op === 'unshuffle') {
      output = input / 4;
    }
    densities.set(op.output, output);
  }
  return operations;
}

function countParameters(
  networks: readonly (readonly Op[])[],
  tensors: ReadonlyMap<string, TypedArray>,
): number {
  const names = new Set<string>();
  for (const op of networks.flat()) {
    if (op.op === 'conv' || op.op === 'depthwise') names.add(op.weight).add(op.bias);
  }
  let count = 0;
  for (const name of names) count += (tensors.get(name) as TypedArray).length;
  return count;
}

/** The complexity of a model with its encoder, in units of 1000 operations a pixel. MODEL_NOT_FOUND where it has none. */
export function complexityOf(model: Model): Complexity {
  const { manifest, tensors } = model;
  const { analysis, hyperAnalysis } = encoderOf(model);
  const { hyperSynthesis, context, heads, synthesis } = manifest.networks;
  const kiloPerPixel = (network: readonly Op[], scale: number): number =>
    countNetwork(network, scale ** -2) / 1000;
  const counts = {
    analysis: kiloPerPixel(analysis, 8),
    hyperAnalysis: kiloPerPixel(hyperAnalysis, 16),
    hyperSynthesis: kiloPerPixel(hyperSynthesis, 64),
    context:
      context.reduce((sum, network) => sum + kiloPerPixel(network, 16), 0) +
      // A head computes a quarter of its outputs at a position.
      heads.reduce((sum, head) => sum + kiloPerPixel([head], 16) / 4, 0),
    synthesis: kiloPerPixel(synthesis, 16),
    filter: manifest.filter ? coefficientCount / 1000 : 0,
  };
  const shared = [hyperSynthesis, ...context, heads];
  const both = counts.hyperSynthesis + counts.context;
  return {
    ...counts,
    encoder:
      counts.analysis + counts.hyperAnalysis + both + (manifest.filter ? counts.synthesis : 0),
    decoder: both + counts.synthesis + counts.filter,
    encoderParameters: countParameters([analysis, hyperAnalysis, ...shared], tensors),
    decoderParameters: countParameters([...shared, synthesis], tensors),
  };
}
