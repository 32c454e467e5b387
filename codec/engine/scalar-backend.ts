/** Runs networks with the scalar operations. */
import type { ConvOp, EngineOp, Tensors } from './manifest.ts';
import { filterPlanes, gatherMoments, type Moments, type PixelPlanes } from './pixel-filter.ts';
import { interpolatedRow } from './quality.ts';
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
    q16: number,
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

  const rowOf = (table: string, channels: number, q16: number): Int16Array =>
    interpolatedRow(tensors.get(table) as Int16Array, channels, q16);

  const apply = (op: EngineOp, inputs: readonly Tensor[], q16: number): Tensor => {
    const [input, second] = inputs;
    switch (op.op) {
      case 'conv':
        return scalar.conv(op, input, weightsOf(op), second);
      case 'depthwise':
        return scalar.depthwise(op, input, weightsOf(op));
      case 'gain':
        return scalar.gain(input, rowOf(op.table, input.channels, q16), op.shift);
      case 'offset':
        return scalar.offset(input, rowOf(op.table, input.channels, q16));
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
    run(network, inputs, q16, outputs) {
      const registers = new Map(Object.entries(inputs));
      for (const op of network) {
        const operands = inputNames(op).map((name) => registers.get(name) as Tensor);
        outputShape(op, operands);
        registers.set(op.output, apply(op, operands, q16));
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
