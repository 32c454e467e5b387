/** What a bitstream says about its model, and whether a model is that one. */
import type { Header } from './bitstream/header-fields.ts';
import type { Model } from './engine/model.ts';
import { ModelError } from './errors.ts';

/** The first 4 bytes of the SHA-256 of the model's data file, as an unsigned integer. */
export function modelHash(model: Model): number {
  return Number.parseInt(model.manifest.sha256.slice(0, 8), 16);
}

/** MODEL_NOT_FOUND if the id is another one, MODEL_MISMATCH if only the hash is. */
export function checkModel(header: Header, model: Model): void {
  const { id, name } = model.manifest;
  if (header.modelId !== id) {
    throw new ModelError(
      'MODEL_NOT_FOUND',
      `The picture needs model ${header.modelId} but model ${id} (${name}) is loaded`,
    );
  }
  if (header.modelHash !== modelHash(model)) {
    throw new ModelError(
      'MODEL_MISMATCH',
      `The picture was encoded with another version of model ${id} (${name})`,
    );
  }
}
