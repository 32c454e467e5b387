/** What encoder and decoder of a tile share: sizes, parameters of z, the prior and the context steps. */
import { type Engine, groupsOfStep, type Quality, type Tensor } from '../engine/engine.ts';
import type { Model } from '../engine/model.ts';
import { interpolatedRow, nearestRowStart } from '../engine/quality.ts';
import { cropTensor, zeroTensor } from './crop-tensor.ts';
import { deltaQ16, nodeLatents, tileQuality } from './quality-map.ts';

export const contextSteps = 4;

/** Mean and table index of every value of z, in coding order. */
export interface HyperParameters {
  readonly means: Int16Array;
  readonly scales: Uint8Array;
}

/** For a z of `positions` positions, each of which has the quality of its node. */
export function hyperParameters(
  model: Model,
  positions: number,
  q16: number,
  deltas?: Tensor,
): HyperParameters {
  const { hyperChannels, entropy } = model.manifest;
  const table = (name: string) => model.tensors.get(name) as ArrayLike<number>;
  const meanTable = table(entropy.hyperMean);
  const scaleTable = table(entropy.hyperScaleIndex);
  const means = new Int16Array(positions * hyperChannels);
  const scales = new Uint8Array(positions * hyperChannels);
  for (let position = 0; position < positions; position++) {
    const own = q16 + (deltas ? deltaQ16 * deltas.data[position] : 0);
    means.set(interpolatedRow(meanTable, hyperChannels, own), position * hyperChannels);
    const scaleStart = nearestRowStart(hyperChannels, own);
    for (let channel = 0; channel < hyperChannels; channel++) {
      scales[position * hyperChannels + channel] = scaleTable[scaleStart + channel];
    }
  }
  return { means, scales };
}

/** `sat16((symbol << bits) + mean)`: the value that a symbol stands for. */
export function dequantize(symbol: number, mean: number, bits: number): number {
  return Math.max(-32768, Math.min((symbol << bits) + mean, 32767));
}

/** What one step codes: parallel arrays in coding order. */
export interface StepParameters {
  readonly scales: Uint8Array;
  readonly means: Int16Array;
  /** Index in the data of y of each value. */
  readonly places: Uint32Array;
  /** What the head of the step read. */
  readonly features: Tensor;
}

/** The prior of a tile and its y_hat, which the steps fill one after the other. */
export class TileContext {
  readonly latents: Tensor;
  readonly #engine: Engine;
  readonly #quality: Quality;
  readonly #prior: Tensor;

  /** `hyper` is z_hat of a tile of `height` x `width` latent positions. */
  constructor(
    engine: Engine,
    hyper: Tensor,
    height: number,
    width: number,
    q16: number,
    deltas?: Tensor,
  ) {
    const { networks, latentChannels } = engine.model.manifest;
    this.#engine = engine;
    this.#quality = tileQuality(q16, deltas, { height, width });
    this.latents = zeroTensor(height, width, latentChannels);
    const whole = { height: nodeLatents * hyper.height, width: nodeLatents * hyper.width };
    const quality = tileQuality(q16, deltas, whole);
    const prior = engine.run(networks.hyperSynthesis, { input: hyper }, quality);
    this.#prior = cropTensor(prior, { x: 0, y: 0, width, height });
  }

  /** Parameters of step 0 to 3, from the prior and what the steps before it have put into `latents`. */
  predict(step: number): StepParameters {
    const { networks, latentBits, latentChannels } = this.#engine.model.manifest;
    const inputs: Record<string, Tensor> = { prior: this.#prior };
    if (step > 0) inputs.latents = this.latents;
    const features = this.#engine.run(networks.context[step], inputs, this.#quality);
    const head = this.#engine.runHead(step, features).data;
    const { width, height } = this.latents;
    const groupSize = latentChannels / 4;
    const count = width * height * groupSize;
    const scales = new Uint8Array(count);
    const means = new Int16Array(count);
    const places = new Uint32Array(count);
    const groups = groupsOfStep(step);
    const half = 1 << (latentBits - 1);
    let index = 0;
    for (let position = 0; position < width * height; position++) {
      const y = Math.floor(position / width);
      const x = position - y * width;
      const place = position * latentChannels + groups[(y & 1) * 2 + (x & 1)] * groupSize;
      const scaleStart = position * 2 * groupSize;
      for (let channel = 0; channel < groupSize; channel++, index++) {
        const scale = (head[scaleStart + channel] + half) >> latentBits;
        scales[index] = Math.max(0, Math.min(scale, 63));
        means[index] = head[scaleStart + groupSize + channel];
        places[index] = place + channel;
      }
    }
    return { scales, means, places, features };
  }
}
