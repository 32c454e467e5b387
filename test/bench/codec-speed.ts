/** Speed of encode and decode, in total and by stage. */
import { availableParallelism } from 'node:os';
import type { Op } from '../../codec/engine/manifest.ts';
import {
  createEngine,
  decodePicture,
  type Engine,
  type Executor,
  encodePicture,
  inlineExecutor,
  type Model,
  type Picture,
} from '../../codec/index.ts';
import { nodePlatform } from '../../src/api/node-platform.ts';
import type { ModelFiles } from '../../src/api/platform.ts';
import { workerPool } from '../../src/api/worker-pool.ts';
import { type Clock, readClock } from './measure.ts';

/** Milliseconds by stage. */
export type Stages = Record<string, number>;

export interface CodecTimes {
  readonly encodeMs: number;
  readonly decodeMs: number;
  readonly encodeStages: Stages;
  readonly decodeStages: Stages;
  readonly bytes: number;
}

function add(stages: Stages, stage: string, ms: number): void {
  stages[stage] = (stages[stage] ?? 0) + ms;
}

/** An engine that adds the time of each network to `stages`. */
function timedEngine(engine: Engine, clock: Clock, stages: () => Stages): Engine {
  const { networks } = engine.model.manifest;
  const names = new Map<readonly Op[], string>([
    [networks.analysis, 'analysis'],
    [networks.hyperAnalysis, 'hyper'],
    [networks.hyperSynthesis, 'hyper'],
    ...networks.context.map((network) => [network, 'context'] as const),
    [networks.synthesis, 'synthesis'],
  ]);
  const timed = <T>(stage: string, call: () => T): T => {
    const start = readClock(clock);
    const result = call();
    add(stages(), stage, readClock(clock) - start);
    return result;
  };
  return {
    ...engine,
    run: (network, inputs, q16) =>
      timed(names.get(network) ?? 'other', () => engine.run(network, inputs, q16)),
    runHead: (step, features) => timed('context', () => engine.runHead(step, features)),
  };
}

/** Where the time of a job goes that is not spent in a network. */
const restOfJob = {
  analyze: 'pixels',
  synthesize: 'pixels',
  compressLatents: 'rANS',
  decompressLatents: 'rANS',
};

interface TimedExecutor extends Executor {
  /** Stages since the last call. */
  takeStages(): Stages;
}

/** All on this thread: the time of each network, of the range coder and of what is left of the jobs. */
function inlineTimed(model: Model, clock: Clock): TimedExecutor {
  let stages: Stages = {};
  const networkMs = () => Object.values(stages).reduce((sum, ms) => sum + ms, 0);
  const executor = inlineExecutor(timedEngine(createEngine(model), clock, () => stages));
  return {
    ...executor,
    async run(name, args) {
      const before = networkMs();
      const start = readClock(clock);
      const result = await executor.run(name, args);
      const rest = readClock(clock) - start - (networkMs() - before);
      add(stages, restOfJob[name], rest);
      return result;
    },
    takeStages() {
      const taken = stages;
      stages = {};
      return taken;
    },
  };
}

/** Worker threads: from the start of the first job of a kind to the end of the last one. */
function pooledTimed(files: ModelFiles, threads: number, clock: Clock): TimedExecutor {
  const spans = new Map<string, { start: number; end: number }>();
  const setup = { manifest: files.manifest, data: files.data, backend: 'simd' as const };
  const executor = workerPool(threads, nodePlatform.startWorker(setup));
  return {
    ...executor,
    async run(name, args, transfer) {
      const span = spans.get(name) ?? { start: readClock(clock), end: 0 };
      spans.set(name, span);
      const result = await executor.run(name, args, transfer);
      span.end = readClock(clock);
      return result;
    },
    takeStages() {
      const stages: Stages = {};
      for (const [name, { start, end }] of spans) stages[name] = end - start;
      spans.clear();
      return stages;
    },
  };
}

/** The best of `runs` times of all pictures together, with 1 thread (this one) or a pool of more. */
export async function codecTimes(
  model: Model,
  files: ModelFiles,
  pictures: readonly Picture[],
  options: {
    readonly threads: number;
    readonly quality: number;
    readonly runs: number;
    readonly clock: Clock;
  },
): Promise<CodecTimes> {
  const { threads, quality, runs, clock } = options;
  const executor = threads === 1 ? inlineTimed(model, clock) : pooledTimed(files, threads, clock);
  const context = { model, executor };
  const encoded: Uint8Array[] = [];
  for (const picture of pictures) {
    encoded.push(await encodePicture(picture, context, { quality }));
  }
  for (const bytes of encoded) await decodePicture(bytes, context);

  const measure = async (call: (index: number) => Promise<unknown>) => {
    let best = { ms: Infinity, stages: {} as Stages };
    for (let run = 0; run < runs; run++) {
      const stages: Stages = {};
      let ms = 0;
      for (let index = 0; index < pictures.length; index++) {
        executor.takeStages();
        const start = readClock(clock);
        await call(index);
        ms += readClock(clock) - start;
        for (const [stage, time] of Object.entries(executor.takeStages())) add(stages, stage, time);
      }
      if (ms < best.ms) best = { ms, stages };
    }
    return best;
  };
  try {
    const encode = await measure((index) => encodePicture(pictures[index], context, { quality }));
    const decode = await measure((index) => decodePicture(encoded[index], context));
    return {
      encodeMs: encode.ms,
      decodeMs: decode.ms,
      encodeStages: encode.stages,
      decodeStages: decode.stages,
      bytes: encoded.reduce((sum, bytes) => sum + bytes.length, 0),
    };
  } finally {
    await executor.close();
  }
}

/** Thread counts that are measured: 1 and, where the machine has them, 2. */
export const threadCounts = availableParallelism() > 1 ? [1, 2] : [1];
