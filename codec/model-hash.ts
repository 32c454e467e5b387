/** What a bitstream says about its model, and whether a model is that one. */
import { ByteReader } from './bitstream/byte-reader.ts';
import { readHeader } from './bitstream/header.ts';
import type { Header } from './bitstream/header-fields.ts';
import { auxiliaryOf } from './engine/auxiliary.ts';
import type { AuxiliaryKind } from './engine/auxiliary-kinds.ts';
import type { Model } from './engine/model.ts';
import { ModelError } from './errors.ts';
import { auxiliariesOfPrior, type PriorKind, priorKinds } from './prior/prior-kinds.ts';

/** The first 4 bytes of the SHA-256 of the model's data file, as an unsigned integer. */
export function modelHash(model: Model): number {
  return Number.parseInt(model.manifest.sha256.slice(0, 8), 16);
}

/** The first 4 bytes of the SHA-256 of the prior's auxiliary, of several their exclusive or; 0 where it needs none. */
export function priorHash(model: Model, prior: PriorKind): number {
  let hash = 0;
  for (const kind of auxiliariesOfPrior[prior]) {
    hash ^= Number.parseInt(auxiliaryOf(model, kind).sha256.slice(0, 8), 16);
  }
  return hash >>> 0;
}

/** The auxiliaries that decoding the latents of a file needs. BitstreamError, MODEL_NOT_FOUND, MODEL_MISMATCH. */
export function auxiliariesOfBitstream(bytes: Uint8Array, model: Model): readonly AuxiliaryKind[] {
  const header = readHeader(new ByteReader(bytes));
  checkModel(header, model);
  return auxiliariesOfPrior[priorKinds[header.prior]];
}

/** The prior of a file. MODEL_NOT_FOUND if its auxiliaries are not loaded, MODEL_MISMATCH if they are others. */
export function checkPrior(header: Header, model: Model): PriorKind {
  const prior = priorKinds[header.prior];
  if (header.priorHash !== priorHash(model, prior)) {
    throw new ModelError(
      'MODEL_MISMATCH',
      `The picture was encoded with another version of the prior '${prior}'`,
    );
  }
  return prior;
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
