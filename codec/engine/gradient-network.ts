/**
 * Turns a network around: from the gradient of a loss with respect to its output to that with respect to its input, as a
 * network of the same integer operations.
 *
 * Gradients are those by the integers of a register, times a power of two a register, chosen so that they keep about the
 * size of the output's: 16 bits do for a search, not for training. Saturation and rounding are taken for the identity.
 */
import type { ConvOp, DepthwiseOp, EngineOp, Op, Tensors, TypedArray } from './manifest.ts';
import { inputNames } from './shapes.ts';

export interface GradientNetwork {
  /** The network itself, each register written once. */
  readonly forward: readonly EngineOp[];
  /** Registers of `forward` that `backward` reads. */
  readonly kept: readonly string[];
  /** From `gradient`, by the output, and the kept registers to `output`, the gradient by the input. */
  readonly backward: readonly EngineOp[];
  /** What `backward` needs beside the tensors of the network. */
  readonly tensors: Tensors;
  /** `output` of `backward` is the gradient times 2 to this. */
  readonly exponent: number;
}

/** The register with the gradient of another, and the power of two that it is multiplied with. */
interface Adjoint {
  readonly register: string;
  readonly exponent: number;
}

/** Sums of magnitudes of weights that cannot overflow an accumulator (check-network.ts), whatever the shift. */
const maxWeightSum = 48000;
const maxShift = 30;

/**
 * The gradient of a network from `input` to `output`. Undefined for one that it cannot turn: with a stride, a concatenation, a
 * leaky convolution with a residual, or a register that two branches read without a residual to add them by.
 */
export function gradientNetwork(
  network: readonly Op[],
  tensors: Tensors,
): GradientNetwork | undefined {
  const forward = writeOnce(network);
  const turnedTensors = new Map<string, TypedArray>();
  const kept: string[] = [];
  const backward: EngineOp[] = [];
  const adjoints = new Map<string, Adjoint>([['output', { register: 'gradient', exponent: 0 }]]);
  for (let index = forward.length - 1; index >= 0; index--) {
    const op = forward[index];
    const given = adjoints.get(op.output);
    if (!given || op.op === 'concat' || (op.op === 'conv' && op.stride !== 1)) return undefined;
    let { register, exponent } = given;
    const target = `d${index}`;
    const other = adjoints.get(op.input);
    if (op.op === 'conv') {
      let added = other;
      if (op.residual !== undefined) {
        if (op.activation !== 'none' || adjoints.has(op.residual)) return undefined;
        adjoints.set(op.residual, given);
        if (op.residual === op.input) added = given;
      }
      if (op.activation === 'leaky') {
        kept.push(op.output);
        const sloped = `s${index}`;
        backward.push({ op: 'slope', input: register, activation: op.output, output: sloped });
        register = sloped;
      }
      const wanted = added?.exponent ?? exponent - gainBits(op, tensors);
      const turned = turnConv(op, tensors, wanted - exponent, target, turnedTensors);
      backward.push({ ...turned, input: register, output: target, residual: added?.register });
      exponent = wanted;
    } else {
      if (other) return undefined;
      if (op.op === 'depthwise') {
        const bits = gainBits(op, tensors);
        const turned = turnDepthwise(op, tensors, -bits, target, turnedTensors);
        backward.push({ ...turned, input: register, output: target });
        exponent -= bits;
      } else if (op.op === 'gain') {
        backward.push({ ...op, input: register, output: target });
      } else if (op.op === 'offset') {
        adjoints.set(op.input, given);
        continue;
      } else {
        const turned = op.op === 'shuffle' ? 'unshuffle' : 'shuffle';
        backward.push({ op: turned, input: register, output: target });
      }
    }
    adjoints.set(op.input, { register: target, exponent });
  }
  const result = adjoints.get('input');
  if (!result || backward.at(-1)?.output !== result.register) return undefined;
  const last = { ...(backward.pop() as EngineOp), output: 'output' };
  return {
    forward,
    kept,
    backward: [...backward, last],
    tensors: turnedTensors,
    exponent: result.exponent,
  };
}

/** The same network with a name of its own for each value but the last `output`. */
function writeOnce(network: readonly Op[]): Exclude<EngineOp, { op: 'slope' }>[] {
  const names = new Map<string, string>();
  const last = network.findLastIndex(({ output }) => output === 'output');
  return network.slice(0, last + 1).map((op, index) => {
    const [first, second] = inputNames(op).map((name) => names.get(name) ?? name);
    const output = index === last ? 'output' : `v${index}`;
    names.set(op.output, output);
    if (op.op === 'concat') return { ...op, inputs: [first, second] as const, output };
    if (op.op === 'conv') return { ...op, input: first, residual: second, output };
    return { ...op, input: first, output };
  });
}

/** How many times, in powers of two, the root mean square of gradients grows on the way back through an operation. */
function gainBits(op: ConvOp | DepthwiseOp, tensors: Tensors): number {
  const weight = tensors.get(op.weight) as TypedArray;
  const inputs = op.op === 'conv' ? op.inChannels : op.channels;
  let sum = 0;
  for (const value of weight) sum += value * value;
  const gain = Math.sqrt(sum / inputs) / 2 ** op.shift;
  return gain > 0 ? Math.round(Math.log2(gain)) : 0;
}

interface Turned {
  readonly weight: string;
  readonly bias: string;
  readonly shift: number;
}

/**
 * Stores weights for products whose result is that of `shift`, times 2^bits. `sums[output]` is the sum of magnitudes of what an
 * output is made of; where an accumulator could overflow, the weights lose their last bits.
 */
function storeWeights(
  name: string,
  weight: Int16Array,
  sums: readonly number[],
  shift: number,
  target: Map<string, TypedArray>,
): Turned {
  const largest = sums.reduce((most, sum) => Math.max(most, sum), 0);
  const lost = Math.max(0, Math.ceil(Math.log2(largest / maxWeightSum)), shift - maxShift);
  const turned = {
    weight: `gradient.${name}.weight`,
    bias: `gradient.${name}.bias`,
    // Below 0 would be gradients that grow beyond 16 bits: they come out too small.
    shift: Math.max(0, shift - lost),
  };
  target.set(
    turned.weight,
    weight.map((value) => Math.round(value / 2 ** lost)),
  );
  target.set(turned.bias, new Int32Array(sums.length));
  return turned;
}

/** The transposed convolution, whose result is the gradient times 2^bits; its tensors go to `target`. */
function turnConv(
  op: ConvOp,
  tensors: Tensors,
  bits: number,
  name: string,
  target: Map<string, TypedArray>,
): ConvOp {
  const { kernel, inChannels, outChannels } = op;
  const taps = kernel * kernel;
  const weight = tensors.get(op.weight) as TypedArray;
  const transposed = new Int16Array(weight.length);
  const sums = new Array<number>(inChannels).fill(0);
  let source = 0;
  for (let output = 0; output < outChannels; output++) {
    for (let tap = 0; tap < taps; tap++) {
      for (let input = 0; input < inChannels; input++, source++) {
        transposed[(input * taps + taps - 1 - tap) * outChannels + output] = weight[source];
        sums[input] += Math.abs(weight[source]);
      }
    }
  }
  return {
    ...op,
    inChannels: outChannels,
    outChannels: inChannels,
    activation: 'none',
    ...storeWeights(name, transposed, sums, op.shift - bits, target),
  };
}

/** The turned filters, whose result is the gradient times 2^bits; their tensors go to `target`. */
function turnDepthwise(
  op: DepthwiseOp,
  tensors: Tensors,
  bits: number,
  name: string,
  target: Map<string, TypedArray>,
): DepthwiseOp {
  const { channels } = op;
  const weight = tensors.get(op.weight) as TypedArray;
  const turned = new Int16Array(weight.length);
  const sums = new Array<number>(channels).fill(0);
  for (let tap = 0; tap < 9; tap++) {
    for (let channel = 0; channel < channels; channel++) {
      const value = weight[tap * channels + channel];
      turned[(8 - tap) * channels + channel] = value;
      sums[channel] += Math.abs(value);
    }
  }
  return { ...op, ...storeWeights(name, turned, sums, op.shift - bits, target) };
}
