// What the calling thread and a worker say to each other; everything survives a structured clone.
import type { Backend, ErrorRecord, JobArgs, JobResult, Jobs } from '../../codec/index.ts';
import type { ModelFiles } from './platform.ts';

/** The first message to a worker: what to make its engine of. */
export interface WorkerSetup {
  readonly manifest: unknown;
  readonly data: Uint8Array;
  readonly backend: Backend;
}

/** A message that adds an auxiliary to the model, for the jobs after it. */
export interface WorkerAuxiliary {
  readonly auxiliary: ModelFiles;
}

/** Any other message to a worker. */
export interface WorkerRequest<K extends keyof Jobs = keyof Jobs> {
  readonly id: number;
  readonly name: K;
  readonly args: JobArgs<K>;
}

/** The one answer to each request. */
export type WorkerReply =
  | { readonly id: number; readonly result: JobResult<keyof Jobs> }
  | { readonly id: number; readonly error: ErrorRecord };
