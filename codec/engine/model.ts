/**
 * The model: a checked manifest and typed views of its tensors (codec/models/README.md).
 *
 * parseModel checks everything that the engine and the entropy coder rely on, so that both can run without
 * further checks. It does not hash the data: the loaders in src/ compare the SHA-256 of the file with
 * `manifest.sha256`, with the platform's own implementation.
 */
import { ModelError } from '../errors.ts';
import type { AuxiliaryManifest } from './auxiliary.ts';
import type { AuxiliaryKind } from './auxiliary-kinds.ts';
import { checkEntropy } from './check-entropy.ts';
import {
  checkConv,
  checkNetwork,
  pixelChannels,
  type RegisterShape,
  shapeAt,
} from './check-network.ts';
import type { ModelManifest, TypedArray } from './manifest.ts';
import {
  type Fields,
  fieldError,
  readArray,
  readChoice,
  readFields,
  readInteger,
  readString,
  readTensors,
  TensorSource,
} from './manifest-fields.ts';

import { featureCount } from './pixel-filter.ts';

export type { ModelManifest, TensorEntry, TypedArray } from './manifest.ts';

export interface Model {
  readonly manifest: ModelManifest;
  /** Those of the model and of its auxiliaries, by name. */
  readonly tensors: ReadonlyMap<string, TypedArray>;
  /** What was loaded on top of it. */
  readonly auxiliaries: ReadonlyMap<AuxiliaryKind, AuxiliaryManifest>;
}

const contextSteps = 4;

function expectShape(path: string, actual: RegisterShape, expected: RegisterShape): void {
  if (actual.channels !== expected.channels || actual.level !== expected.level) {
    throw new ModelError(
      'INVALID_MODEL',
      `${path}: expected an output of ${expected.channels} channels at ${2 ** -expected.level} times the size ` +
        `of the input but it has ${actual.channels} channels at ${2 ** -actual.level} times`,
    );
  }
}

function checkNetworks(manifest: Fields, tensors: TensorSource): void {
  const networks = readFields(manifest.networks, 'networks');
  const latent = readInteger(manifest.latentChannels, 'latentChannels', 32, 4096);
  if (latent % 32 !== 0) throw fieldError('latentChannels', 'a multiple of 32', latent);
  const hyper = readInteger(manifest.hyperChannels, 'hyperChannels', 8, 4096);
  const prior = readInteger(manifest.priorChannels, 'priorChannels', 8, 4096);
  const levels = readInteger(manifest.qualityLevels, 'qualityLevels', 1, 1001);

  const check = (name: string, input: RegisterShape, output: RegisterShape): void => {
    const path = `networks.${name}`;
    expectShape(path, checkNetwork(networks[name], path, { input }, tensors, levels), output);
  };
  check('hyperSynthesis', shapeAt(hyper, 0), shapeAt(prior, -2));
  check('synthesis', shapeAt(latent, 0), shapeAt(pixelChannels, -1));

  const heads = readArray(networks.heads, 'networks.heads', contextSteps);
  readArray(networks.context, 'networks.context', contextSteps).forEach((network, step) => {
    const path = `networks.context[${step}]`;
    const inputs: Record<string, RegisterShape> =
      step > 0
        ? { prior: shapeAt(prior, 0), latents: shapeAt(latent, 0) }
        : { prior: shapeAt(prior, 0) };
    const features = checkNetwork(network, path, inputs, tensors, levels);
    const headPath = `networks.heads[${step}]`;
    const head = checkConv(heads[step], headPath, tensors);
    expectShape(path, features, shapeAt(head.inChannels, 0));
    if (
      head.kernel !== 1 ||
      head.stride !== 1 ||
      head.activation !== 'none' ||
      head.residual !== undefined ||
      head.outChannels !== 2 * latent
    ) {
      throw new ModelError(
        'INVALID_MODEL',
        `${headPath}: expected a plain 1x1 convolution to ${2 * latent} channels`,
      );
    }
  });
}

function checkLambda(value: unknown): void {
  const [first, last] = readArray(value, 'lambda', 2) as readonly unknown[];
  const rises = typeof first === 'number' && typeof last === 'number' && first > 0 && first < last;
  if (!rises || !Number.isFinite(last))
    throw fieldError('lambda', 'two rising numbers above 0', value);
}

/** The largest shift with which differences of samples fit into 16 bits. */
const maxFilterShift = 6;

function checkFilter(value: unknown, manifest: Fields, tensors: TensorSource): void {
  const fields = readFields(value, 'filter');
  readInteger(manifest.outputShift, 'outputShift', 0, maxFilterShift);
  const bases = tensors.get(fields.bases, 'filter.bases', ['int16'], [null, 3, featureCount]);
  const count = readInteger(bases.length / (3 * featureCount), 'the number of filters', 1, 256);
  const shape = [manifest.qualityLevels as number, count];
  const scales = tensors.get(fields.scaleIndex, 'filter.scaleIndex', ['uint8'], shape);
  for (const scale of scales) readInteger(scale, 'an entry of filter.scaleIndex', 0, 63);
}

/** Views need 16-byte alignment; a misplaced array is copied. */
export function alignData(data: Uint8Array): Uint8Array {
  return data.byteOffset % 16 === 0 ? data : new Uint8Array(data);
}

/**
 * Checks a manifest (parsed JSON) with its data file and returns the model. The tensors are views of `data`
 * (of a copy if it does not start at a multiple of 16 in its buffer), which must not change afterwards.
 *
 * Throws ModelError `INVALID_MODEL`, naming the field by its path, if a field is missing or out of range, a
 * tensor lies outside of the data or does not fit its use, registers, channels or sizes along a network do not
 * agree, an accumulator could exceed 32 bits for some input, or an entropy table cannot be coded with.
 */
export function parseModel(manifest: unknown, data: Uint8Array): Model {
  if (new Uint8Array(Uint16Array.of(1).buffer)[0] !== 1) {
    throw new ModelError('INVALID_MODEL', 'The engine needs a little-endian host');
  }
  const fields = readFields(manifest, 'the manifest');
  if (fields.format !== 'nic-model' || fields.version !== 1) {
    throw new ModelError(
      'INVALID_MODEL',
      `Expected format nic-model, version 1 but received ${fields.format}, version ${fields.version}`,
    );
  }
  readInteger(fields.id, 'id', 1, 255);
  readString(fields.name, 'name');
  if (!/^[0-9a-f]{64}$/.test(readString(fields.sha256, 'sha256'))) {
    throw fieldError('sha256', '64 hexadecimal digits', fields.sha256);
  }
  readInteger(fields.latentBits, 'latentBits', 1, 12);
  readInteger(fields.outputShift, 'outputShift', 0, 8);
  readInteger(fields.synthesisHalo, 'synthesisHalo', 0, 256);
  readChoice(fields.qualityLevels, 'qualityLevels', [101]);
  if (fields.lambda !== undefined) checkLambda(fields.lambda);

  const { entries, views } = readTensors(fields.tensors, alignData(data));
  const tensors = new TensorSource(entries, views);
  checkNetworks(fields, tensors);
  checkEntropy(fields.entropy, tensors, {
    qualityLevels: fields.qualityLevels as number,
    latentChannels: fields.latentChannels as number,
    hyperChannels: fields.hyperChannels as number,
  });
  if (fields.filter !== undefined) checkFilter(fields.filter, fields, tensors);
  return { manifest: manifest as ModelManifest, tensors: views, auxiliaries: new Map() };
}
