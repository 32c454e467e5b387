// Decodes the files that it is sent and answers with what came out; who sends them watches the time.
import { parentPort } from 'node:worker_threads';
import {
  createEngine,
  decodePicture,
  inlineExecutor,
  inspectBitstream,
  NicError,
} from '../../codec/index.ts';
import { goldenModel, sha256 } from '../helpers/golden-files.ts';

export type Outcome =
  /** Of the samples, then of the alpha where there is one. */
  | { readonly sha256: string }
  | { readonly code: string; readonly line: string }
  | { readonly unforeseen: string };

const maxPixels = 2 ** 18;
const model = goldenModel();
const context = { model, executor: inlineExecutor(createEngine(model)) };

/** The outcome of decoding; whatever `inspect` refuses, decoding must have refused as well. */
async function outcomeOf(bytes: Uint8Array): Promise<Outcome> {
  let decoded: Outcome;
  try {
    const picture = await decodePicture(bytes, context, { maxPixels });
    const { width, height, channels, data, alpha } = picture;
    if (data.length !== width * height * channels) return { unforeseen: 'samples are missing' };
    if (alpha && alpha.length !== width * height) return { unforeseen: 'alpha is missing' };
    decoded = { sha256: sha256(data) + (alpha ? sha256(alpha) : '') };
  } catch (error) {
    if (!(error instanceof NicError)) return { unforeseen: String((error as Error).stack) };
    decoded = { code: error.code, line: error.message };
  }
  try {
    inspectBitstream(bytes, { maxPixels });
  } catch (error) {
    if (!(error instanceof NicError)) return { unforeseen: String((error as Error).stack) };
    if ('sha256' in decoded) return { unforeseen: `inspect refused it: ${error.message}` };
  }
  return decoded;
}

parentPort?.on('message', (bytes: Uint8Array) => {
  outcomeOf(bytes).then(
    (outcome) => parentPort?.postMessage(outcome),
    (error: unknown) => parentPort?.postMessage({ unforeseen: String(error) }),
  );
});
