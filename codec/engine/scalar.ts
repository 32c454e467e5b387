/**
 * The operations in plain TypeScript: the oracle of the SIMD kernels, and the fallback where WebAssembly SIMD
 * is missing. Each follows its line of codec/models/README.md, "Operations". Sizes are the caller's to check.
 */
import type { ConvOp, DepthwiseOp } from './manifest.ts';
import { outputShape } from './shapes.ts';
import { sizeOf, type Tensor } from './tensor.ts';

export function saturate16(value: number): number {
  return Math.max(-32768, Math.min(32767, value));
}

/** `(value + 2^(shift-1)) >> shift`, halves towards +infinity; value + 2^(shift-1) must fit 32 bits. */
export function roundShift(value: number, shift: number): number {
  return shift > 0 ? (value + (1 << (shift - 1))) >> shift : value;
}

/** Weights and biases of the rows [0, outputs) of a 1x1 or 3x3 convolution. */
export interface ConvWeights {
  readonly weight: ArrayLike<number>;
  readonly bias: ArrayLike<number>;
}

/** Value of one output row at an output position, before the residual. */
function convAt(
  op: Pick<ConvOp, 'kernel' | 'stride' | 'inChannels' | 'shift' | 'activation'>,
  input: Tensor,
  { weight, bias }: ConvWeights,
  y: number,
  x: number,
  output: number,
): number {
  const { kernel, inChannels } = op;
  const { data } = input;
  const reach = kernel >> 1;
  let sum = bias[output];
  for (let tap = 0; tap < kernel * kernel; tap++) {
    const row = op.stride * y + Math.floor(tap / kernel) - reach;
    const column = op.stride * x + (tap % kernel) - reach;
    if (row < 0 || row >= input.height || column < 0 || column >= input.width) continue;
    const source = (row * input.width + column) * inChannels;
    const first = (output * kernel * kernel + tap) * inChannels;
    for (let channel = 0; channel < inChannels; channel++) {
      sum = (sum + Math.imul(weight[first + channel], data[source + channel])) | 0;
    }
  }
  let value = roundShift(sum, op.shift);
  if (op.activation === 'leaky') value = Math.max(value, value >> 3);
  return saturate16(value);
}

export function conv(op: ConvOp, input: Tensor, weights: ConvWeights, residual?: Tensor): Tensor {
  const shape = outputShape(op, [input]);
  const data = new Int16Array(sizeOf(shape));
  let index = 0;
  for (let y = 0; y < shape.height; y++) {
    for (let x = 0; x < shape.width; x++) {
      for (let output = 0; output < op.outChannels; output++, index++) {
        const value = convAt(op, input, weights, y, x, output);
        data[index] = residual ? saturate16(value + residual.data[index]) : value;
      }
    }
  }
  return { ...shape, data };
}

export function depthwise(op: DepthwiseOp, input: Tensor, { weight, bias }: ConvWeights): Tensor {
  const { height, width, channels } = input;
  const data = new Int16Array(input.data.length);
  let index = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let channel = 0; channel < channels; channel++, index++) {
        let sum = bias[channel];
        for (let tap = 0; tap < 9; tap++) {
          const row = y + Math.floor(tap / 3) - 1;
          const column = x + (tap % 3) - 1;
          if (row < 0 || row >= height || column < 0 || column >= width) continue;
          const value = input.data[(row * width + column) * channels + channel];
          sum = (sum + Math.imul(weight[tap * channels + channel], value)) | 0;
        }
        data[index] = saturate16(roundShift(sum, op.shift));
      }
    }
  }
  return { height, width, channels, data };
}

/** `row` holds one factor a channel. */
export function gain(input: Tensor, row: Int16Array, shift: number): Tensor {
  const data = input.data.map((value, index) =>
    saturate16(roundShift(value * row[index % input.channels], shift)),
  );
  return { ...input, data };
}

/** `row` holds one term a channel. */
export function offset(input: Tensor, row: Int16Array): Tensor {
  const data = input.data.map((value, index) => saturate16(value + row[index % input.channels]));
  return { ...input, data };
}

/** An eighth of the gradient, rounded, where the activation is negative. */
export function slope(input: Tensor, activation: Tensor): Tensor {
  const data = input.data.map((value, index) =>
    activation.data[index] < 0 ? roundShift(value, 3) : value,
  );
  return { ...input, data };
}

export function shuffle(input: Tensor): Tensor {
  const { height, width } = input;
  const channels = input.channels / 4;
  const data = new Int16Array(input.data.length);
  let source = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let part = 0; part < 4; part++, source += channels) {
        const target = (2 * y + (part >> 1)) * 2 * width + 2 * x + (part & 1);
        data.set(input.data.subarray(source, source + channels), target * channels);
      }
    }
  }
  return { height: 2 * height, width: 2 * width, channels, data };
}

export function unshuffle(input: Tensor): Tensor {
  const { channels } = input;
  const height = input.height / 2;
  const width = input.width / 2;
  const data = new Int16Array(input.data.length);
  let target = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let part = 0; part < 4; part++, target += channels) {
        const source = ((2 * y + (part >> 1)) * input.width + 2 * x + (part & 1)) * channels;
        data.set(input.data.subarray(source, source + channels), target);
      }
    }
  }
  return { height, width, channels: 4 * channels, data };
}

export function concat(first: Tensor, second: Tensor): Tensor {
  const { height, width } = first;
  const channels = first.channels + second.channels;
  const data = new Int16Array(height * width * channels);
  for (let position = 0; position < height * width; position++) {
    const low = position * first.channels;
    const high = position * second.channels;
    data.set(first.data.subarray(low, low + first.channels), position * channels);
    data.set(
      second.data.subarray(high, high + second.channels),
      position * channels + first.channels,
    );
  }
  return { height, width, channels, data };
}

/**
 * A head: outputs [group * count, (group + 1) * count) of a 1x1 convolution at each position, where `groupAt`
 * gives the group of a position and count is a quarter of the outputs.
 */
export function head(
  op: ConvOp,
  features: Tensor,
  weights: ConvWeights,
  groupAt: (y: number, x: number) => number,
): Tensor {
  const { height, width } = features;
  const channels = op.outChannels / 4;
  const data = new Int16Array(height * width * channels);
  let index = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const first = groupAt(y, x) * channels;
      for (let channel = 0; channel < channels; channel++, index++) {
        data[index] = convAt(op, features, weights, y, x, first + channel);
      }
    }
  }
  return { height, width, channels, data };
}
