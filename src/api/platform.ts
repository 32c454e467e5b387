// What the codec needs of the platform that it runs on. `node-platform.ts` and `browser-platform.ts` have it.

import type { WorkerSetup } from './worker-messages.ts';
import type { StartWorker } from './worker-pool.ts';

/** A model's two files, parsed JSON and bytes. */
export interface ModelFiles {
  readonly manifest: unknown;
  readonly data: Uint8Array;
}

/** Where a model comes from: the place of its .json file (the .bin file lies beside it), or both files. */
export type ModelSource = string | URL | ModelFiles;

export interface Platform {
  /** Threads that can run at the same time. */
  readonly availableThreads: number;
  /** Reads the model that comes with the package (no place), or another. Throws a ModelError. */
  readModel(place?: string | URL): Promise<ModelFiles>;
  /** Starts a worker and gives it its model. */
  startWorker(setup: WorkerSetup): StartWorker;
}
