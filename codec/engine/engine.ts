/**
 * The integer network engine: runs the networks of a model on int16 tensors with the same result on every
 * machine and backend (codec/models/README.md).
 */
import { invalidArgument } from '../errors.ts';
import { hasKernels } from './kernels/kernels.ts';
import type { EngineOp, Tensors } from './manifest.ts';
import type { Model } from './model.ts';

import type { Moments, PixelPlanes } from './pixel-filter.ts';
import { checkQuality, type Quality } from './quality.ts';
import type { RealMatrix } from './real-matrix.ts';
import { createScalarRunner, type NetworkRunner } from './scalar-backend.ts';
import { checkInputs, checkTensor } from './shapes.ts';
import { SimdRunner } from './simd-backend.ts';
import type { Tensor } from './tensor.ts';

export type { EngineOp, Op } from './manifest.ts';
export type { Quality } from './quality.ts';
export type { Tensor } from './tensor.ts';

/** `simd`: WebAssembly SIMD kernels. `scalar`: plain TypeScript, some eighty times slower. */
export type Backend = 'simd' | 'scalar';

/** Runs networks on tensors by name; nothing else of a model is needed for that. */
export interface NetworkEngine {
  readonly backend: Backend;
  /**
   * Runs a network on the registers that it reads and returns its `output` register, a copy that the caller owns.
   * INVALID_ARGUMENT if a register is missing or of a size or number of channels that the network cannot take.
   */
  run(
    network: readonly EngineOp[],
    inputs: Readonly<Record<string, Tensor>>,
    quality: Quality,
  ): Tensor;
  /** As `run`, of several registers. */
  runFor(
    network: readonly EngineOp[],
    inputs: Readonly<Record<string, Tensor>>,
    quality: Quality,
    outputs: readonly string[],
  ): Tensor[];
  /** Takes tensors for networks that are made up later, under names of their own. */
  addTensors(tensors: Tensors): void;
}

/** A NetworkEngine for the networks of a model and its auxiliaries. */
export interface Engine extends NetworkEngine {
  readonly model: Model;
  /**
   * Applies the head of a context step (0-3) to its features: height x width x latentChannels/2, at each
   * position latentChannels/4 scale values and then as many means, of the channel group that this step codes
   * at the position's parity. Parities count from the tensor's corner.
   */
  runHead(step: number, features: Tensor): Tensor;
  /** Filtered samples of the planes, `[3][height][width]`, of coefficients `[3][118]` (pixel-filter.ts). */
  filterPlanes(planes: PixelPlanes, coefficients: Int16Array): Int16Array;
  /** What a filter of planes whose samples lack `lacks`, `[3][height][width]`, is fitted to. */
  gatherMoments(planes: PixelPlanes, lacks: Int16Array): Moments;
  /** The product of two matrices, the second of which has as many rows as the first has columns. */
  multiplyReal(first: RealMatrix, second: RealMatrix): RealMatrix;
}

/** In step s a position of parity p codes group `p XOR parityMask[s]`. */
const parityMask = [0, 3, 1, 2];

/** Group of latent channels that step `step` codes at each parity `(y & 1) * 2 + (x & 1)`. */
export function groupsOfStep(step: number): readonly number[] {
  return [0, 1, 2, 3].map((parity) => parity ^ parityMask[step]);
}

interface EngineOptions {
  readonly backend?: Backend;
}

function createRunner(
  given: Tensors,
  { backend = hasKernels() ? 'simd' : 'scalar' }: EngineOptions,
) {
  if (backend !== 'scalar' && (backend !== 'simd' || !hasKernels())) {
    throw invalidArgument('a backend of this platform', 'backend', backend);
  }
  const tensors = new Map(given);
  const addTensors = (more: Tensors): void => {
    for (const [name, tensor] of more) tensors.set(name, tensor);
  };
  const runner: NetworkRunner =
    backend === 'simd' ? new SimdRunner(tensors) : createScalarRunner(tensors);
  const runFor: NetworkEngine['runFor'] = (network, inputs, quality, outputs) => {
    checkQuality(quality);
    checkInputs(network, inputs);
    return runner.run(network, inputs, quality, outputs);
  };
  const run: NetworkEngine['run'] = (network, inputs, quality) =>
    runFor(network, inputs, quality, ['output'])[0];
  return { backend, runner, run, runFor, addTensors };
}

/**
 * An engine for networks of no base model, such as that of docs/xor.md, which checkNetwork has passed with their
 * tensors. Weights, memory, default and error as with createEngine.
 */
export function createNetworkEngine(tensors: Tensors, options: EngineOptions = {}): NetworkEngine {
  const { runner: _, ...engine } = createRunner(tensors, options);
  return engine;
}

/**
 * An engine with its own weights and working memory; it is not shared between threads. The default backend is
 * `simd` where the platform has it. INVALID_ARGUMENT for a backend that it lacks.
 */
export function createEngine(model: Model, options: EngineOptions = {}): Engine {
  const { runner, ...engine } = createRunner(model.tensors, options);
  const { heads } = model.manifest.networks;
  return {
    ...engine,
    model,
    runHead(step, features) {
      const head = heads[step];
      if (head === undefined) throw invalidArgument('an integer from 0 to 3', 'step', step);
      checkTensor(features, 'features');
      if (features.channels !== head.inChannels) {
        throw invalidArgument(`${head.inChannels} channels`, 'features', features.channels);
      }
      return runner.runHead(head, features, groupsOfStep(step));
    },
    filterPlanes: (planes, coefficients) => runner.filterPlanes(planes, coefficients),
    gatherMoments: (planes, lacks) => runner.gatherMoments(planes, lacks),
    multiplyReal: (first, second) => runner.multiplyReal(first, second),
  };
}
