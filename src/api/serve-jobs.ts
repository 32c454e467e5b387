// The worker's side: builds an engine from the first message, then answers each request with its result.
// It imports what it needs and not all of the codec: every worker loads it anew.
import { withAuxiliary } from '../../codec/engine/auxiliary.ts';
import { createEngine, type Engine } from '../../codec/engine/engine.ts';
import { parseModel } from '../../codec/engine/model.ts';
import { recordError } from '../../codec/errors.ts';
import { runJob, transferOf } from '../../codec/jobs.ts';
import type { ModelFiles } from './platform.ts';
import type {
  WorkerAuxiliary,
  WorkerReply,
  WorkerRequest,
  WorkerSetup,
} from './worker-messages.ts';

/** Sends a reply to the calling thread; the buffers in `transfer` are moved, not copied. */
export type SendReply = (reply: WorkerReply, transfer: ArrayBuffer[]) => void;

/**
 * A function to call with every message that a worker receives. A failed setup answers each request with its error.
 */
export function jobServer(
  send: SendReply,
): (message: WorkerSetup | WorkerAuxiliary | WorkerRequest) => void {
  let setup: WorkerSetup | undefined;
  /** Not yet in the engine's model. */
  let auxiliaries: ModelFiles[] = [];
  let engine: Engine | undefined;

  function currentEngine(): Engine {
    if (!setup) throw new Error('A worker got a job before its model');
    if (engine && auxiliaries.length === 0) return engine;
    let model = engine?.model ?? parseModel(setup.manifest, setup.data);
    for (const { manifest, data } of auxiliaries) model = withAuxiliary(model, manifest, data);
    auxiliaries = [];
    engine = createEngine(model, { backend: setup.backend });
    return engine;
  }

  return (message) => {
    if ('manifest' in message) {
      setup = message;
      return;
    }
    if ('auxiliary' in message) {
      auxiliaries.push(message.auxiliary);
      return;
    }
    const { id, name, args } = message;
    try {
      const result = runJob(currentEngine(), name, args);
      send({ id, result }, transferOf(result));
    } catch (error) {
      send({ id, error: recordError(error) }, []);
    }
  };
}
