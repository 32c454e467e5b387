/** How far a picture's synthesis is from it, and which way the latents would have to go. */
import {
  createNetworkEngine,
  type Engine,
  type NetworkEngine,
  type Tensor,
} from '../engine/engine.ts';
import { type GradientNetwork, gradientNetwork } from '../engine/gradient-network.ts';
import type { Model } from '../engine/model.ts';
import { roundShift } from '../engine/scalar.ts';
import { blockPixels } from './pixel-blocks.ts';

/** A region of a picture. */
export interface Original {
  /** What the synthesis should give: 192 channels at 1/8. */
  readonly samples: Tensor;
  /** Pixels that lie in the picture; the rest is padding. */
  readonly insideWidth: number;
  readonly insideHeight: number;
}

/** What the synthesis of some latents is off. */
export interface Distortion {
  /** Sum of the squared errors of all samples inside of the picture, on the scale of 0-255. */
  readonly squaredError: number;
  /** Its derivative by each latent, a quantiser step being 1, in units of `gradientUnit`. */
  readonly gradient: Tensor;
  readonly gradientUnit: number;
}

/** Largest root mean square of what is sent back: at the lowest quality it grows seventyfold on the way, and few values are ten
 * times as large as the mean. */
const seedSize = 32;

const networks = new WeakMap<Model, { readonly network: GradientNetwork | undefined }>();
const engines = new WeakMap<Engine, NetworkEngine>();

/** The synthesis turned around; undefined where the model's cannot be turned. */
export function synthesisGradient(model: Model): GradientNetwork | undefined {
  let known = networks.get(model);
  if (!known) {
    known = { network: gradientNetwork(model.manifest.networks.synthesis, model.tensors) };
    networks.set(model, known);
  }
  return known.network;
}

function backwardEngine(engine: Engine, { tensors }: GradientNetwork): NetworkEngine {
  let known = engines.get(engine);
  if (!known) {
    known = createNetworkEngine(tensors, { backend: engine.backend });
    engines.set(engine, known);
  }
  return known;
}

/** Of y_hat of the region. */
export function distortionGradient(
  engine: Engine,
  network: GradientNetwork,
  latents: Tensor,
  q16: number,
  original: Original,
): Distortion {
  const { forward, kept, backward, exponent } = network;
  const { outputShift, latentBits } = engine.model.manifest;
  const registers = ['output', ...kept];
  const [output, ...values] = engine.runFor(forward, { input: latents }, q16, registers);
  const activations = Object.fromEntries(kept.map((name, index) => [name, values[index]]));
  const { error, sum } = errorOf(output, original, outputShift);
  const size = Math.sqrt(sum / error.data.length);
  const seedShift = Math.max(0, Math.ceil(Math.log2(size / seedSize)));
  const gradient = { ...error, data: error.data.map((value) => roundShift(value, seedShift)) };
  const inputs = { gradient, ...activations };
  /** From squares of units of the output to squares of levels. */
  const errorUnit = 4 ** -outputShift;
  return {
    squaredError: sum * errorUnit,
    gradient: backwardEngine(engine, network).run(backward, inputs, q16),
    gradientUnit: 2 * errorUnit * 2 ** (seedShift + latentBits - exponent),
  };
}

/** What the decoded picture, pixels clamped, is too bright, in `2^-outputShift` levels, and the sum of its squares; 0 in the padding. */
function errorOf(
  output: Tensor,
  { samples, insideWidth, insideHeight }: Original,
  outputShift: number,
): { readonly error: Tensor; readonly sum: number } {
  const lowest = -128 << outputShift;
  const highest = 127 << outputShift;
  const error = new Int16Array(output.data.length);
  const rowValues = 3 * blockPixels;
  let sum = 0;
  for (let start = 0; start < error.length; start += rowValues) {
    const row = start / rowValues;
    const block = Math.floor(row / blockPixels);
    const y = Math.floor(block / output.width) * blockPixels + (row % blockPixels);
    if (y >= insideHeight) continue;
    const x = (block % output.width) * blockPixels;
    const end = start + Math.max(0, Math.min(rowValues, 3 * (insideWidth - x)));
    for (let index = start; index < end; index++) {
      const value = Math.max(lowest, Math.min(output.data[index], highest));
      const difference = value - samples.data[index];
      error[index] = difference;
      sum += difference * difference;
    }
  }
  return { error: { ...output, data: error }, sum };
}
