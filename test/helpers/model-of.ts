import { type Model, parseModel, withAuxiliary } from '../../codec/index.ts';
import type { ModelSet } from '../../src/api/platform.ts';

/** The model of a manifest and its data, with its auxiliaries. */
export function modelOf({ manifest, data, auxiliaries = [] }: ModelSet): Model {
  return auxiliaries.reduce(
    (model, auxiliary) => withAuxiliary(model, auxiliary.manifest, auxiliary.data),
    parseModel(manifest, data),
  );
}
