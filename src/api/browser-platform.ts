// The browser: models by fetch, module workers. Bundlers find both files by their `new URL(…, import.meta.url)`.
import { ModelError } from '../../codec/index.ts';
import { modelDataPlace, parseManifest } from './model-places.ts';
import type { Platform } from './platform.ts';
import type { WorkerReply } from './worker-messages.ts';

/** Models from the network and pools of module workers. */
export const browserPlatform: Platform = {
  availableThreads: globalThis.navigator?.hardwareConcurrency ?? 1,

  async readModel(place) {
    const [manifestUrl, dataUrl] =
      place === undefined
        ? [
            new URL('../../../codec/models/base.json', import.meta.url).href,
            new URL('../../../codec/models/base.bin', import.meta.url).href,
          ]
        : placesOf(new URL(place, globalThis.location?.href).href);
    const [text, data] = await Promise.all([fetchBytes(manifestUrl), fetchBytes(dataUrl)]);
    return { manifest: parseManifest(text, manifestUrl), data };
  },

  startWorker: (setup) => (events) => {
    const url = new URL('./browser-worker.js', import.meta.url);
    const worker = new Worker(url, { type: 'module', name: 'nic' });
    worker.onmessage = (event: MessageEvent<WorkerReply>) => events.onReply(event.data);
    worker.onerror = (event) => {
      event.preventDefault();
      worker.terminate();
      events.onFailure(new Error(`A worker failed: ${event.message || `${url} did not load`}`));
    };
    worker.postMessage(setup);
    return {
      send: (request, transfer) => worker.postMessage(request, transfer),
      keepAlive: () => {},
      terminate: async () => worker.terminate(),
    };
  },
};

function placesOf(manifestUrl: string): [string, string] {
  const url = new URL(manifestUrl);
  url.pathname = modelDataPlace(url.pathname);
  return [manifestUrl, url.href];
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
