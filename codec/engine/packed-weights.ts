/**
 * Weights in the order in which the kernels read them (kernels/assembly/gemm.ts, depthwise.ts), with the
 * rounding term 2^(shift-1) added to the biases.
 */
import type { Arena } from './arena.ts';
import type { ConvOp, DepthwiseOp, Tensors } from './manifest.ts';

/** Addresses in the arena. */
export interface PackedWeights {
  readonly weights: number;
  readonly bias: number;
}

/** `[output][input]` -> panels of 8 outputs: pair of inputs, output, input of the pair. */
export function packPanels(
  weight: Int16Array,
  outputs: number,
  inputs: number,
  target: Int16Array,
): void {
  let index = 0;
  for (let panel = 0; panel < outputs; panel += 8) {
    for (let input = 0; input < inputs; input += 2) {
      let source = panel * inputs + input;
      for (let output = 0; output < 8; output++, source += inputs) {
        target[index++] = weight[source];
        target[index++] = weight[source + 1];
      }
    }
  }
}

/** Taps (ky*3+kx) whose weights share a vector; -1 for zeros. */
const depthwisePairs = [
  [0, 3],
  [1, 4],
  [2, 5],
  [6, 7],
  [8, -1],
];

/** `[tap][channel]` -> blocks of 8 channels: pair of taps, channel, tap of the pair. */
export function packDepthwise(weight: Int16Array, channels: number, target: Int16Array): void {
  let index = 0;
  for (let block = 0; block < channels; block += 8) {
    for (const [first, second] of depthwisePairs) {
      for (let channel = block; channel < block + 8; channel++) {
        target[index++] = weight[first * channels + channel];
        target[index++] = second < 0 ? 0 : weight[second * channels + channel];
      }
    }
  }
}

/** Packs the weights of operations into the arena, each set once. */
export class WeightStore {
  readonly #tensors: Tensors;
  readonly #arena: Arena;
  readonly #packed = new Map<string, PackedWeights>();

  constructor(tensors: Tensors, arena: Arena) {
    this.#tensors = tensors;
    this.#arena = arena;
  }

  /** Uploads what is missing; only while the arena has no transient block. */
  load(op: ConvOp | DepthwiseOp): PackedWeights {
    const key = [op.op, op.weight, op.bias, op.shift].join(' ');
    let packed = this.#packed.get(key);
    if (!packed) {
      packed = this.#pack(op);
      this.#packed.set(key, packed);
    }
    return packed;
  }

  #pack(op: ConvOp | DepthwiseOp): PackedWeights {
    const weight = this.#tensors.get(op.weight) as Int16Array;
    const bias = this.#tensors.get(op.bias) as Int32Array;
    const count = op.op === 'conv' ? weight.length : 10 * op.channels;
    const weights = this.#arena.allocatePermanent(2 * count);
    const biasStart = this.#arena.allocatePermanent(4 * bias.length);
    const target = this.#arena.int16(weights, count);
    if (op.op === 'conv') {
      packPanels(weight, op.outChannels, weight.length / op.outChannels, target);
    } else {
      packDepthwise(weight, op.channels, target);
    }
    const rounding = op.shift > 0 ? 2 ** (op.shift - 1) : 0;
    this.#arena.int32(biasStart, bias.length).set(bias.map((value) => value + rounding));
    return { weights, bias: biasStart };
  }
}
