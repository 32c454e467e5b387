// An Executor over worker threads of any platform. Workers start when there is work for them, take one job at a
// time, and serve until the pool is closed.
import {
  codecClosed,
  type Executor,
  type JobArgs,
  type JobResult,
  type Jobs,
  restoreError,
} from '../../codec/index.ts';
import type { ModelFiles } from './platform.ts';
import type { WorkerAuxiliary, WorkerReply, WorkerRequest } from './worker-messages.ts';

/** A started worker that has got its model. */
export interface PoolWorker {
  send(message: WorkerRequest | WorkerAuxiliary, transfer: ArrayBuffer[]): void;
  /** Whether the process may not end while this worker lives. */
  keepAlive(isNeeded: boolean): void;
  terminate(): Promise<void>;
}

export interface PoolWorkerEvents {
  onReply(reply: WorkerReply): void;
  /** The worker is gone. */
  onFailure(error: Error): void;
}

export type StartWorker = (events: PoolWorkerEvents) => PoolWorker;

interface PendingJob {
  readonly request: WorkerRequest;
  readonly transfer: ArrayBuffer[];
  resolve(result: JobResult<keyof Jobs>): void;
  reject(error: Error): void;
}

interface Slot {
  readonly worker: PoolWorker;
  job: PendingJob | undefined;
}

export interface WorkerPool extends Executor {
  /** Adds an auxiliary to the model of every worker, for the jobs that start from now on. */
  extend(auxiliary: ModelFiles): void;
}

/** A pool of at most `size` workers. Jobs start in the order in which they came. */
export function workerPool(size: number, start: StartWorker): WorkerPool {
  const slots: Slot[] = [];
  const queue: PendingJob[] = [];
  const auxiliaries: ModelFiles[] = [];
  let lastId = 0;
  let closed = false;

  function addSlot(): Slot {
    const slot: Slot = {
      job: undefined,
      worker: start({
        onReply(reply) {
          const job = slot.job;
          if (job?.request.id !== reply.id) return;
          slot.job = undefined;
          slot.worker.keepAlive(false);
          if ('error' in reply) job.reject(restoreError(reply.error));
          else job.resolve(reply.result);
          dispatch();
        },
        onFailure(error) {
          const index = slots.indexOf(slot);
          if (index < 0) return;
          slots.splice(index, 1);
          slot.job?.reject(error);
          slot.job = undefined;
          dispatch();
        },
      }),
    };
    for (const auxiliary of auxiliaries) slot.worker.send({ auxiliary }, []);
    slots.push(slot);
    return slot;
  }

  function dispatch(): void {
    while (queue.length > 0) {
      const idle = slots.find((slot) => slot.job === undefined);
      if (!idle && slots.length >= size) return;
      const job = queue.shift() as PendingJob;
      try {
        const slot = idle ?? addSlot();
        slot.job = job;
        slot.worker.keepAlive(true);
        slot.worker.send(job.request, job.transfer);
      } catch (error) {
        const slot = slots.find((candidate) => candidate.job === job);
        if (slot) slot.job = undefined;
        job.reject(error as Error);
      }
    }
  }

  return {
    concurrency: size,
    run<K extends keyof Jobs>(name: K, args: JobArgs<K>, transfer: ArrayBuffer[] = []) {
      if (closed) return Promise.reject(codecClosed());
      return new Promise<JobResult<K>>((resolve, reject) => {
        const request: WorkerRequest = { id: ++lastId, name, args };
        const settle = resolve as (result: JobResult<keyof Jobs>) => void;
        queue.push({ request, transfer, resolve: settle, reject });
        dispatch();
      });
    },
    extend(auxiliary) {
      auxiliaries.push(auxiliary);
      for (const { worker } of slots) worker.send({ auxiliary }, []);
    },
    async close() {
      closed = true;
      const jobs = [...queue.splice(0), ...slots.flatMap((slot) => slot.job ?? [])];
      const workers = slots.splice(0).map((slot) => slot.worker);
      for (const job of jobs) job.reject(codecClosed());
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}
