// The worker's side: builds an engine from the first message, then answers each request with its result.
import {
  createEngine,
  type Engine,
  parseModel,
  recordError,
  runJob,
  transferOf,
} from '../../codec/index.ts';
import type { WorkerReply, WorkerRequest, WorkerSetup } from './worker-messages.ts';

/** Sends a reply to the calling thread; the buffers in `transfer` are moved, not copied. */
export type SendReply = (reply: WorkerReply, transfer: ArrayBuffer[]) => void;

/**
 * A function to call with every message that a worker receives. A failed setup answers each request with its error.
 */
export function jobServer(send: SendReply): (message: WorkerSetup | WorkerRequest) => void {
  let makeEngine: (() => Engine) | undefined;
  let engine: Engine | undefined;
  return (message) => {
    if ('manifest' in message) {
      const { manifest, data, backend } = message;
      makeEngine = () => createEngine(parseModel(manifest, data), { backend });
      return;
    }
    const { id, name, args } = message;
    try {
      if (!makeEngine) throw new Error('A worker got a job before its model');
      engine ??= makeEngine();
      const result = runJob(engine, name, args);
      send({ id, result }, transferOf(result));
    } catch (error) {
      send({ id, error: recordError(error) }, []);
    }
  };
}
