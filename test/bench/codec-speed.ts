/** Speed of encode and decode on worker threads, in total and by stage. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import {
  decodePicture,
  type Executor,
  encodePicture,
  type Model,
  type Picture,
} from '../../codec/index.ts';
import { defaultPrior } from '../../src/api/defaults.ts';
import type { ModelSet } from '../../src/api/platform.ts';
import type { WorkerReply } from '../../src/api/worker-messages.ts';
import { type StartWorker, workerPool } from '../../src/api/worker-pool.ts';
import { type Clock, readClock } from './measure.ts';
import { addStage, type Stages } from './timed-jobs.ts';

export interface TimedSetup extends ModelSet {
  readonly clock: Clock;
}

export interface TimedReply {
  readonly reply: WorkerReply;
  readonly stages: Stages;
}

export interface CodecTimes {
  readonly encodeMs: number;
  readonly decodeMs: number;
  /** Sums over the threads; empty where they cannot be told apart. */
  readonly encodeStages: Stages;
  readonly decodeStages: Stages;
  readonly bytes: number;
}

/** Thread counts that are measured: 1 and, where the machine has them, 2. */
export const threadCounts = availableParallelism() > 1 ? [1, 2] : [1];

/** A worker that reports its stages with every reply. */
function startTimed(setup: TimedSetup, onStages: (stages: Stages) => void): StartWorker {
  return (events) => {
    const worker = new Worker(new URL('./timed-worker.js', import.meta.url), { workerData: setup });
    worker.on('message', ({ reply, stages }: TimedReply) => {
      onStages(stages);
      events.onReply(reply);
    });
    worker.on('error', (error) => events.onFailure(error));
    return {
      send: (request, transfer) => worker.postMessage(request, transfer),
      keepAlive: () => {},
      terminate: async () => {
        await worker.terminate();
      },
    };
  };
}

/** The shortest of `runs` times of all pictures together, one after the other. */
export async function codecTimes(
  model: Model,
  files: ModelSet,
  pictures: readonly Picture[],
  options: {
    readonly threads: number;
    readonly quality: number;
    readonly runs: number;
    readonly clock: Clock;
  },
): Promise<CodecTimes> {
  const { threads, quality, runs, clock } = options;
  let stages: Stages = {};
  const executor: Executor = workerPool(
    threads,
    startTimed({ ...files, clock }, (more) => {
      // The processor time of one thread of several is not known.
      if (clock === 'cpu' && threads > 1) return;
      for (const [stage, ms] of Object.entries(more)) addStage(stages, stage, ms);
    }),
  );
  const context = { model, executor, prior: defaultPrior };

  const measure = async (call: (index: number) => Promise<unknown>) => {
    let best = { ms: Infinity, stages };
    for (let run = 0; run < runs; run++) {
      stages = {};
      const start = readClock(clock);
      for (let index = 0; index < pictures.length; index++) await call(index);
      const ms = readClock(clock) - start;
      if (ms < best.ms) best = { ms, stages };
    }
    return best;
  };

  try {
    const encoded: Uint8Array[] = [];
    for (const picture of pictures) {
      encoded.push(await encodePicture(picture, context, { quality }));
    }
    for (const bytes of encoded) await decodePicture(bytes, context);
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
