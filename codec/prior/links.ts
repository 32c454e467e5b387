/**
 * What the symbols of a position say of those that are coded after them there (FORMAT.md, "Contexts"): the context model codes a quarter
 * of the channels at once, each as if it knew nothing of the others.
 */
import type { Model } from '../engine/model.ts';
import { saturate16 } from '../engine/scalar.ts';
import { type Shape, sizeOf } from '../engine/tensor.ts';

/** Fraction bits of a weight times a surprise, 13 and 12, beyond the 12 of a sum. */
const weightShift = 13;
/** Bits of sums above those of logits. */
const logitShift = 4;

/** The weights, `[known channel][channel]`; undefined for a model without. */
export function linkWeights({ manifest, tensors }: Model): Int16Array | undefined {
  const { links } = manifest.entropy.contexts.latents;
  return links === undefined ? undefined : (tensors.get(links) as Int16Array);
}

/** Of a tile of latents of a shape; undefined for a model without. */
export function linksOf(model: Model, shape: Shape): Links | undefined {
  const weights = linkWeights(model);
  return weights && new Links(weights, shape);
}

export class Links {
  readonly #channels: number;
  /** `[known channel][channel]`. */
  readonly #weights: Int16Array;
  /** `[position][channel]`. */
  readonly #sums: Int16Array;

  constructor(weights: Int16Array, shape: Shape) {
    this.#weights = weights;
    this.#channels = shape.channels;
    this.#sums = new Int16Array(sizeOf(shape));
  }

  /** What is added to the logits of a symbol but that of its sign. */
  logit(position: number, channel: number): number {
    return this.#sums[position * this.#channels + channel] >> logitShift;
  }

  /** A symbol has become known. */
  add(position: number, channel: number, surprise: number): void {
    const first = position * this.#channels;
    const row = channel * this.#channels;
    const half = 1 << (weightShift - 1);
    for (let other = 0; other < this.#channels; other++) {
      const part = (surprise * this.#weights[row + other] + half) >> weightShift;
      this.#sums[first + other] = saturate16(this.#sums[first + other] + part);
    }
  }
}
