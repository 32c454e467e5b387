/**
 * Where jobs run: on this thread or in a pool of workers. encode.ts and decode.ts only see this interface.
 */
import type { Engine } from './engine/engine.ts';
import { codecClosed } from './errors.ts';
import { type JobArgs, type JobResult, type Jobs, runJob } from './jobs.ts';

export interface Executor {
  /** Jobs that make progress at the same time, at least 1. More may be handed in; they wait. */
  readonly concurrency: number;
  /**
   * Runs one job. The buffers in `transfer` may be moved away: the caller does not touch them afterwards.
   * Rejects with the job's own error (a NicError keeps its class, code and place).
   */
  run<K extends keyof Jobs>(
    name: K,
    args: JobArgs<K>,
    transfer?: ArrayBuffer[],
  ): Promise<JobResult<K>>;
  /** Jobs that wait or run, and all later ones, are rejected with `CODEC_CLOSED`. */
  close(): Promise<void>;
}

export interface InlineExecutor extends Executor {
  /** Takes another engine for the jobs that start from now on. */
  useEngine(engine: Engine): void;
}

/** Runs every job on the calling thread, and lets the event loop turn before each of them. */
export function inlineExecutor(engine: Engine): InlineExecutor {
  let current = engine;
  let closed = false;
  return {
    concurrency: 1,
    run: async (name, args) => {
      await new Promise((resolve) => setTimeout(resolve, 0));
      if (closed) throw codecClosed();
      return runJob(current, name, args);
    },
    useEngine: (next) => {
      current = next;
    },
    close: async () => {
      closed = true;
    },
  };
}
