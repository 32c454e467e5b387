/** Runs networks with the scalar operations. */
import type { ConvOp, EngineOp, Tensors } from './manifest.ts';
import { filterPlanes, gatherMoments, type Moments, type PixelPlanes } from './pixel-filter.ts';
import { eachRun, interpolatedRow, type Quality } from './quality.ts';
import { multiplyReal, type RealMatrix } from './real-matrix.ts';
import * as scalar from './scalar.ts';
import { inputNames, outputShape } from './shapes.ts';
import type { Tensor } from './tensor.ts';

/** What an engine runs on; arguments are checked by the engine. */
export interface NetworkRunner {
  /** The registers `outputs` after the last operation. */
  run(
    network: readonly EngineOp[],
    inputs: Readonly<Record<string, Tensor>>,
    quality: Quality,
    outputs: readonly string[],
  ): Tensor[];
  runHead(op: ConvOp, features: Tensor, groups: readonly number[]): Tensor;
  filterPlanes(planes: PixelPlanes, coefficients: Int16Array): Int16Array;
  gatherMoments(planes: PixelPlanes, lacks: Int16Array): Moments;
  multiplyReal(first: RealMatrix, second: RealMatrix): RealMatrix;
}

/** `groups[(y & 1) * 2 + (x & 1)]` is the group of rows that a head computes at a position. */
export function createScalarRunner(tensors: Tensors): NetworkRunner {
  const weightsOf = (op: { weight: string; bias: string }): scalar.ConvWeights => ({
    weight: tensors.get(op.weight) as Int16Array,
    bias: tensors.get(op.bias) as Int32Array,
  });

  /** `use` of each part of the input that has one quality, with its row of the table. */
  const withRows = (
    table: string,
    { height, width, channels, data }: Tensor,
    quality: Quality,
    use: (part: Tensor, row: Int16Array) => Tensor,
  ): Tensor => {
    const output = new Int16Array(data.length);
    eachRun(quality, height, width, (q16, first, count) => {
      const start = first * channels;
      const values = data.subarray(start, start + count * channels);
      const row = interpolatedRow(tensors.get(table) as Int16Array, channels, q16);
      output.set(use({ height: 1, width: count, channels, data: values }, row).data, start);
    });
    return { height, width, channels, data: output };
  };

  const apply = (op: EngineOp, inputs: readonly Tensor[], quality: Quality): Tensor => {
    const [input, second] = inputs;
    switch (op.op) {
      case 'conv':
        return scalar.conv(op, input, weightsOf(op), second);
      case 'depthwise':
        return scalar.depthwise(op, input, weightsOf(op));
      case 'gain':
        return withRows(op.table, input, quality, (part, row) => scalar.gain(part, row, op.shift));
      case 'offset':
        return withRows(op.table, input, quality, scalar.offset);
      case 'shuffle':
        return scalar.shuffle(input);
      case 'unshuffle':
        return scalar.unshuffle(input);
      case 'concat':
        return scalar.concat(input, second);
      case 'slope':
        return scalar.slope(input, second);
    }
  };

  return {
    run(network, inputs, quality, outputs) {
      const registers = new Map(Object.entries(inputs));
      for (const op of network) {
        const operands = inputNames(op).map((name) => registers.get(name) as Tensor);
        outputShape(op, operands);
        registers.set(op.output, apply(op, operands, quality));
      }
      return outputs.map((name) => registers.get(name) as Tensor);
    },
    runHead: (op, features, groups) =>
      scalar.head(op, features, weightsOf(op), (y, x) => groups[(y & 1) * 2 + (x & 1)]),
    filterPlanes,
    gatherMoments,
    multiplyReal,
  };
}
