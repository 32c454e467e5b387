/**
 * Auxiliary models: networks and tables trained on top of a base model, in files of their own
 * (codec/models/README.md, "Auxiliary models").
 *
 * withAuxiliary merges one into its base model, so that the engine runs its networks like those of the base.
 */
import { ModelError } from '../errors.ts';
import { type AuxiliaryKind, auxiliaryKinds, auxiliaryRules } from './auxiliary-kinds.ts';
import { checkNetwork } from './check-network.ts';
import type { Op, TensorEntry, TypedArray } from './manifest.ts';
import {
  fieldError,
  readArray,
  readChoice,
  readFields,
  readInteger,
  readString,
  readTensors,
  refuseUnknownKeys,
  TensorSource,
} from './manifest-fields.ts';
import { alignData, type Model } from './model.ts';

export interface AuxiliaryManifest {
  readonly format: 'nic-auxiliary';
  readonly version: 1;
  readonly kind: AuxiliaryKind;
  readonly name: string;
  /** SHA-256 of the data file of the base model. */
  readonly base: string;
  /** SHA-256 of the own data file. */
  readonly sha256: string;
  readonly networks: Readonly<Record<string, readonly Op[]>>;
  /** Integers and lists of integers. */
  readonly parameters: Readonly<Record<string, number | readonly number[]>>;
  /** Names of tensors that are no weights of a network. */
  readonly tables: Readonly<Record<string, string>>;
  readonly tensors: Readonly<Record<string, TensorEntry>>;
  readonly provenance?: unknown;
}

const keys = 'format version kind name base sha256 networks parameters tables tensors provenance';

/** Largest magnitude of a parameter. */
const maxParameter = 2 ** 31 - 1;

function checkParameters(value: unknown): void {
  for (const [name, item] of Object.entries(readFields(value, 'parameters'))) {
    const path = `parameters.${name}`;
    const items = Array.isArray(item) ? readArray(item, path) : [item];
    for (const number of items) readInteger(number, path, -maxParameter, maxParameter);
  }
}

/** The same check of the names for manifests that are read in order to be merged. */
function mergeTensors(
  model: Model,
  kind: string,
  views: ReadonlyMap<string, TypedArray>,
): Map<string, TypedArray> {
  const merged = new Map(model.tensors);
  for (const [name, view] of views) {
    if (!name.startsWith(`${kind}.`)) {
      throw fieldError(`tensors.${name}`, `a name that starts with '${kind}.'`, name);
    }
    merged.set(name, view);
  }
  return merged;
}

/**
 * Checks an auxiliary manifest (parsed JSON) with its data file and returns `model` with it; `model` itself does not
 * change. As with parseModel, the tensors are views of `data`, whose hash is the caller's to check.
 *
 * ModelError `INVALID_MODEL` where a rule of the format or of the kind is broken, `MODEL_MISMATCH` where the
 * auxiliary was trained on another base model.
 */
export function withAuxiliary(model: Model, manifest: unknown, data: Uint8Array): Model {
  const fields = readFields(manifest, 'the auxiliary manifest');
  refuseUnknownKeys(fields, 'the auxiliary manifest', keys.split(' '));
  if (fields.format !== 'nic-auxiliary' || fields.version !== 1) {
    throw new ModelError(
      'INVALID_MODEL',
      `Expected format nic-auxiliary, version 1 but received ${fields.format}, version ${fields.version}`,
    );
  }
  const kind = readChoice(fields.kind, 'kind', auxiliaryKinds);
  const name = readString(fields.name, 'name');
  for (const key of ['sha256', 'base']) {
    if (!/^[0-9a-f]{64}$/.test(readString(fields[key], key))) {
      throw fieldError(key, '64 hexadecimal digits', fields[key]);
    }
  }
  if (fields.base !== model.manifest.sha256) {
    throw new ModelError(
      'MODEL_MISMATCH',
      `The auxiliary model ${name} was trained on another base model than ${model.manifest.name}`,
    );
  }
  checkParameters(fields.parameters);
  const { entries, views } = readTensors(fields.tensors, alignData(data));
  const tensors = new TensorSource(entries, views);
  const networks = readFields(fields.networks, 'networks');
  const { networks: expected, check } = auxiliaryRules[kind];
  const shapes = expected(model.manifest, fields as unknown as AuxiliaryManifest);
  refuseUnknownKeys(networks, 'networks', Object.keys(shapes));
  for (const [network, { inputs, output }] of Object.entries(shapes)) {
    const path = `networks.${network}`;
    const { qualityLevels } = model.manifest;
    const actual = checkNetwork(networks[network], path, inputs, tensors, qualityLevels);
    if (actual.channels !== output.channels || actual.level !== output.level) {
      throw fieldError(
        path,
        `an output of ${output.channels} channels at level ${output.level}`,
        actual,
      );
    }
  }
  check?.(fields as unknown as AuxiliaryManifest, tensors, model.manifest);
  const auxiliaries = new Map(model.auxiliaries);
  auxiliaries.set(kind, manifest as AuxiliaryManifest);
  return { ...model, tensors: mergeTensors(model, kind, views), auxiliaries };
}

/** The auxiliary of a kind. MODEL_NOT_FOUND where the model was loaded without it. */
export function auxiliaryOf(model: Model, kind: AuxiliaryKind): AuxiliaryManifest {
  const auxiliary = model.auxiliaries.get(kind);
  if (!auxiliary) {
    throw new ModelError(
      'MODEL_NOT_FOUND',
      `The auxiliary model '${kind}' of model ${model.manifest.name} is not loaded`,
    );
  }
  return auxiliary;
}
