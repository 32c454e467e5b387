// Node: models from files, worker_threads.

import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { LimitError, ModelError, NicError } from '../../codec/index.ts';
import { auxiliaryPlace, modelDataPlace, parseManifest } from './model-places.ts';
import type { ModelFiles, Platform } from './platform.ts';
import type { WorkerReply } from './worker-messages.ts';

const defaultModel = '#models/base.json';

/** Models from the file system and pools of worker_threads. */
export const nodePlatform: Platform = {
  availableThreads: availableParallelism(),

  readModel: (place) => readModelFiles(pathOf(place)),

  readAuxiliary: (kind, place) => readModelFiles(auxiliaryPlace(pathOf(place), kind)),

  startWorker: (setup) => (events) => {
    // Flags of the process, such as --input-type, need not suit a worker.
    const worker = new Worker(new URL('./node-worker.js', import.meta.url), { execArgv: [] });
    worker.unref();
    worker.on('message', (reply: WorkerReply) => events.onReply(reply));
    worker.on('error', (error) => events.onFailure(workerError(error)));
    worker.on('exit', () => {
      events.onFailure(new NicError('WORKER_FAILED', 'A worker thread ended'));
    });
    worker.postMessage(setup);
    return {
      send: (message, transfer) => worker.postMessage(message, transfer),
      keepAlive: (isNeeded) => (isNeeded ? worker.ref() : worker.unref()),
      terminate: async () => {
        await worker.terminate();
      },
    };
  },
};

function pathOf(place: string | URL = new URL(import.meta.resolve(defaultModel))): string {
  return typeof place === 'string' ? place : fileURLToPath(place);
}

async function readModelFiles(path: string): Promise<ModelFiles> {
  const dataPath = modelDataPlace(path);
  // One after the other, so that the manifest is what is missed where both are missing.
  const manifest = parseManifest(await readModelFile(path), path);
  return { manifest, data: await readModelFile(dataPath) };
}

async function readModelFile(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ModelError('MODEL_NOT_FOUND', `The model cannot be read: ${reason}`, {
      cause: error,
    });
  }
}

function workerError(error: Error & { code?: unknown }): Error {
  if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return new LimitError('OUT_OF_MEMORY', 'A worker thread ran out of memory', { cause: error });
  }
  const message = `A worker thread failed: ${error.message}`;
  return new NicError('WORKER_FAILED', message, { cause: error });
}
