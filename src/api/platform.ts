// What the codec needs of the platform that it runs on. `node-platform.ts` and `browser-platform.ts` have it.

import type { AuxiliaryKind } from '../../codec/index.ts';
import type { WorkerSetup } from './worker-messages.ts';
import type { StartWorker } from './worker-pool.ts';

/** A model's two files, parsed JSON and bytes. */
export interface ModelFiles {
  readonly manifest: unknown;
  readonly data: Uint8Array;
}

/** Both files of a model, and of its auxiliaries as far as they will be needed. */
export interface ModelSet extends ModelFiles {
  readonly auxiliaries?: readonly ModelFiles[];
}

/**
 * Where a model comes from: the place of its .json file, with the .bin file and the auxiliaries (`base.lstm.json` for
 * `base.json`) beside it, or the files.
 */
export type ModelSource = string | URL | ModelSet;

export interface Platform {
  /** Threads that can run at the same time. */
  readonly availableThreads: number;
  /** Reads the model that comes with the package (no place), or another. Throws a ModelError. */
  readModel(place?: string | URL): Promise<ModelFiles>;
  /** Reads an auxiliary of that model. Throws a ModelError. */
  readAuxiliary(kind: AuxiliaryKind, place?: string | URL): Promise<ModelFiles>;
  /** Starts a worker and gives it its model. */
  startWorker(setup: WorkerSetup): StartWorker;
}
