// Where a model's files lie, and what can be wrong with the one that people read.
import { type AuxiliaryKind, invalidArgument, ModelError } from '../../codec/index.ts';

/** The place of the `.bin` file beside a `.json` file; InvalidArgumentError for another extension. */
export function modelDataPlace(place: string): string {
  if (!place.endsWith('.json')) throw invalidArgument('the place of a .json file', 'model', place);
  return place.replace(/\.json$/, '.bin');
}

/** The place of an auxiliary of the model at `place`: `base.lstm.json` beside `base.json`. */
export function auxiliaryPlace(place: string, kind: AuxiliaryKind): string {
  modelDataPlace(place);
  return place.replace(/\.json$/, `.${kind}.json`);
}

/** The manifest as parsed JSON; a ModelError for text that is none. */
export function parseManifest(text: Uint8Array, place: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(text));
  } catch (error) {
    throw new ModelError('INVALID_MODEL', `${place} is not valid JSON`, { cause: error });
  }
}
