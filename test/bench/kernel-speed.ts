/** GMAC/s of the convolution kernels at the shapes of a model, on one thread. */
import { Arena } from '../../codec/engine/arena.ts';
import { encoderOf } from '../../codec/engine/encoder.ts';
import { createKernels } from '../../codec/engine/kernels/kernels.ts';
import type { ConvOp, DepthwiseOp } from '../../codec/engine/manifest.ts';
import { createEngine, type Model } from '../../codec/index.ts';
import { bareModel } from '../helpers/bare-model.ts';
import { type Clock, shortestMs } from './measure.ts';

export interface KernelSpeed {
  /** For example `conv 3x3 128 -> 192`. */
  readonly kernel: string;
  readonly gmacPerSecond: number;
}

/** Positions of a tensor of a 512 x 384 region at 1/8. */
const height = 48;
const width = 64;
const positions = height * width;
const chunk = 32;
/** Operations of one timed call. */
const operationsPerCall = 5e8;

function titleOf(op: ConvOp | DepthwiseOp): string {
  if (op.op === 'depthwise') return `depthwise 3x3 ${op.channels}`;
  const stride = op.stride === 2 ? '/2' : '';
  return `conv ${op.kernel}x${op.kernel}${stride} ${op.inChannels} -> ${op.outChannels}`;
}

/** One call of the kernel of an operation, on memory of zeros: its time does not depend on the values. */
function kernelCall(op: ConvOp | DepthwiseOp): { call: () => void; operations: number } {
  const arena = new Arena();
  const kernels = createKernels(arena.memory);
  if (op.op === 'depthwise') {
    const { channels } = op;
    const [src, dst] = [2, 2].map((bytes) => arena.allocate(bytes * positions * channels));
    const [weights, bias, zeros] = [20, 4, 2].map((bytes) => arena.allocate(bytes * channels));
    return {
      call: () => kernels.depthwise(src, dst, height, width, channels, weights, bias, 12, zeros),
      operations: positions * 9 * channels,
    };
  }
  const { inChannels, outChannels, kernel, stride } = op;
  const inputs = kernel ** 2 * inChannels;
  const src = arena.allocate(2 * positions * inChannels);
  const dst = arena.allocate(2 * positions * outChannels);
  const weights = arena.allocate(2 * inputs * outChannels);
  const bias = arena.allocate(4 * outChannels);
  const scratch = arena.allocate(2 * chunk * inputs);
  const zeros = arena.allocate(2 * inChannels);
  if (kernel === 1 && stride === 1) {
    const [inBytes, outBytes] = [2 * inChannels, 2 * outChannels];
    return {
      call: () =>
        kernels.pointwise(
          ...([src, inBytes, dst, outBytes, positions, chunk, inChannels, outChannels] as const),
          ...([weights, bias, 12, 1, 0, scratch] as const),
        ),
      operations: positions * inputs * outChannels,
    };
  }
  const [outHeight, outWidth] = [height / stride, width / stride];
  return {
    call: () =>
      kernels.spatial(
        ...([src, height, width, inChannels, kernel, stride] as const),
        ...([dst, outHeight, outWidth, outChannels, chunk] as const),
        ...([weights, bias, 12, 1, 0, scratch, zeros] as const),
      ),
    operations: outHeight * outWidth * inputs * outChannels,
  };
}

/** Every distinct convolution of the model and its encoder. */
export async function kernelSpeeds(model: Model, clock: Clock): Promise<KernelSpeed[]> {
  const { analysis, hyperAnalysis } = encoderOf(model);
  const { hyperSynthesis, context, heads, synthesis } = model.manifest.networks;
  const ops = [analysis, hyperAnalysis, hyperSynthesis, ...context, heads, synthesis].flat();
  const distinct = new Map<string, ConvOp | DepthwiseOp>();
  for (const op of ops) {
    if (op.op === 'conv' || op.op === 'depthwise') distinct.set(titleOf(op), op);
  }
  const speeds: KernelSpeed[] = [];
  for (const [kernel, op] of distinct) {
    const { call, operations } = kernelCall(op);
    const repeats = Math.max(1, Math.round(operationsPerCall / operations));
    const ms = await shortestMs(
      () => {
        for (let repeat = 0; repeat < repeats; repeat++) call();
      },
      { runs: 5, clock },
    );
    speeds.push({ kernel, gmacPerSecond: (operations * repeats) / ms / 1e6 });
  }
  return speeds;
}

/** The scalar operations on a 1x1 convolution of 64 channels, to compare with. */
export async function scalarSpeed(clock: Clock): Promise<KernelSpeed> {
  const channels = 64;
  const conv: ConvOp = {
    op: 'conv',
    input: 'input',
    output: 'output',
    kernel: 1,
    stride: 1,
    inChannels: channels,
    outChannels: channels,
    weight: 'weight',
    bias: 'bias',
    shift: 12,
    activation: 'leaky',
  };
  const weight = new Int16Array(channels ** 2);
  const model = bareModel({ weight, bias: new Int32Array(channels) });
  const engine = createEngine(model, { backend: 'scalar' });
  const input = { height, width, channels, data: new Int16Array(positions * channels) };
  const ms = await shortestMs(() => engine.run([conv], { input }, 0), { runs: 3, clock });
  return {
    kernel: `${titleOf(conv)}, scalar`,
    gmacPerSecond: (positions * channels ** 2) / ms / 1e6,
  };
}
