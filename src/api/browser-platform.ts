// The browser: models by fetch, module workers. Vite and webpack find models by `new URL(…, import.meta.url)`, and the worker where
// that stands right in `new Worker(…)`.
import { type AuxiliaryKind, ModelError, NicError } from '../../codec/index.ts';
import { auxiliaryPlace, modelDataPlace, parseManifest } from './model-places.ts';
import type { ModelFiles, Platform } from './platform.ts';
import type { WorkerReply } from './worker-messages.ts';

/** Addresses of a manifest and its data. */
type Places = readonly [manifest: URL, data: URL];

/** The models of the package. */
const packaged: Readonly<Record<'base' | AuxiliaryKind, () => Places>> = {
  base: () => [
    new URL('../../../codec/models/base.json', import.meta.url),
    new URL('../../../codec/models/base.bin', import.meta.url),
  ],
  encoder: () => [
    new URL('../../../codec/models/base.encoder.json', import.meta.url),
    new URL('../../../codec/models/base.encoder.bin', import.meta.url),
  ],
  lstm: () => [
    new URL('../../../codec/models/base.lstm.json', import.meta.url),
    new URL('../../../codec/models/base.lstm.bin', import.meta.url),
  ],
  rbm: () => [
    new URL('../../../codec/models/base.rbm.json', import.meta.url),
    new URL('../../../codec/models/base.rbm.bin', import.meta.url),
  ],
  perceptual: () => [
    new URL('../../../codec/models/base.perceptual.json', import.meta.url),
    new URL('../../../codec/models/base.perceptual.bin', import.meta.url),
  ],
  uncertainty: () => [
    new URL('../../../codec/models/base.uncertainty.json', import.meta.url),
    new URL('../../../codec/models/base.uncertainty.bin', import.meta.url),
  ],
};

/** Models from the network and pools of module workers. */
export const browserPlatform: Platform = {
  availableThreads: globalThis.navigator?.hardwareConcurrency ?? 1,

  readModel: (place) => fetchModel(place === undefined ? packaged.base() : placesOf(place)),

  readAuxiliary: (kind, place) =>
    fetchModel(
      place === undefined
        ? packaged[kind]()
        : placesOf(place, (path) => auxiliaryPlace(path, kind)),
    ),

  startWorker: (setup) => (events) => {
    const worker = new Worker(new URL('./browser-worker.js', import.meta.url), {
      type: 'module',
      name: 'nic',
    });
    worker.onmessage = (event: MessageEvent<WorkerReply>) => events.onReply(event.data);
    worker.onerror = (event) => {
      event.preventDefault();
      worker.terminate();
      const reason = event.message || 'its script did not load';
      events.onFailure(new NicError('WORKER_FAILED', `A worker failed: ${reason}`));
    };
    worker.postMessage(setup);
    return {
      send: (message, transfer) => worker.postMessage(message, transfer),
      keepAlive: () => {},
      terminate: async () => worker.terminate(),
    };
  },
};

function placesOf(place: string | URL, rename = (path: string) => path): Places {
  const manifest = new URL(place, globalThis.location?.href);
  manifest.pathname = rename(manifest.pathname);
  const data = new URL(manifest);
  data.pathname = modelDataPlace(data.pathname);
  return [manifest, data];
}

async function fetchModel([manifest, data]: Places): Promise<ModelFiles> {
  const files = await Promise.all([fetchBytes(manifest.href), fetchBytes(data.href)]);
  return { manifest: parseManifest(files[0], manifest.href), data: files[1] };
}

async function fetchBytes(url: string): Promise<Uint8Array> {
  let reason: unknown;
  try {
    const response = await fetch(url);
    if (response.ok) return new Uint8Array(await response.arrayBuffer());
    reason = `status ${response.status}`;
  } catch (error) {
    reason = error;
  }
  throw new ModelError('MODEL_NOT_FOUND', `The model cannot be loaded from ${url}: ${reason}`);
}
