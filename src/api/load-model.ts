// Loads a model and checks it against its own manifest.
import {
  type AuxiliaryKind,
  type AuxiliaryManifest,
  auxiliaryOf,
  type Model,
  ModelError,
  parseModel,
  withAuxiliary,
} from '../../codec/index.ts';
import type { ModelFiles, ModelSet, ModelSource, Platform } from './platform.ts';

export interface LoadedModel {
  readonly model: Model;
  readonly files: ModelFiles;
}

/** Reads, checks and parses a model; a ModelError for one that is missing, damaged or breaks a rule. */
export async function loadModel(platform: Platform, source?: ModelSource): Promise<LoadedModel> {
  const files =
    source === undefined || typeof source === 'string' || source instanceof URL
      ? await platform.readModel(source)
      : source;
  const model = parseModel(files.manifest, files.data);
  await checkHash(files.data, model.manifest.sha256);
  return { model, files };
}

/** Reads and checks an auxiliary: its files, and the model with it. A ModelError as above. */
export async function loadAuxiliary(
  platform: Platform,
  model: Model,
  kind: AuxiliaryKind,
  source?: ModelSource,
): Promise<LoadedModel> {
  const files =
    source === undefined || typeof source === 'string' || source instanceof URL
      ? await platform.readAuxiliary(kind, source)
      : source.auxiliaries?.find(({ manifest }) => (manifest as AuxiliaryManifest).kind === kind);
  if (!files) {
    throw new ModelError('MODEL_NOT_FOUND', `The model was given without its auxiliary '${kind}'`);
  }
  const extended = withAuxiliary(model, files.manifest, files.data);
  await checkHash(files.data, auxiliaryOf(extended, kind).sha256);
  return { model: extended, files };
}

/** A model with auxiliaries, and all of their files. */
export async function loadModelSet(
  platform: Platform,
  kinds: readonly AuxiliaryKind[],
  source?: ModelSource,
): Promise<{ readonly model: Model; readonly files: Required<ModelSet> }> {
  const base = await loadModel(platform, source);
  let { model } = base;
  const auxiliaries: ModelFiles[] = [];
  for (const kind of kinds) {
    const loaded = await loadAuxiliary(platform, model, kind, source);
    model = loaded.model;
    auxiliaries.push(loaded.files);
  }
  return { model, files: { ...base.files, auxiliaries } };
}

/** A page outside of a secure context has no SubtleCrypto; there the hash is not checked. */
async function checkHash(data: Uint8Array, expected: string): Promise<void> {
  const subtle: SubtleCrypto | undefined = globalThis.crypto?.subtle;
  if (subtle === undefined) return;
  const digest = await subtle.digest('SHA-256', data as Uint8Array<ArrayBuffer>);
  const actual = Array.from(new Uint8Array(digest), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
  if (actual !== expected) {
    throw new ModelError(
      'INVALID_MODEL',
      `The model data is damaged: its SHA-256 is ${actual}, the manifest says ${expected}`,
    );
  }
}
