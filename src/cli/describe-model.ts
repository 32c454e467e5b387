// What `nic inspect --model` prints: sizes, cost and provenance, computed from the model itself.
import { auxiliaryOf, complexityOf } from '../../codec/index.ts';
import { loadModelSet } from '../api/load-model.ts';
import { nodePlatform } from '../api/node-platform.ts';

export interface ModelDescription {
  readonly name: string;
  readonly id: number;
  readonly sha256: string;
  /** Of the weights that a decoder needs. */
  readonly sizeBytes: number;
  /** Of those that only an encoder needs. */
  readonly encoderSha256: string;
  readonly encoderSizeBytes: number;
  readonly encoderParameters: number;
  readonly decoderParameters: number;
  /** Thousand multiply-accumulate operations a pixel. */
  readonly encoderKmacPerPixel: number;
  readonly decoderKmacPerPixel: number;
  /** The same by network; encoder and decoder share the middle three. */
  readonly kmacPerPixel: Readonly<Record<string, number>>;
  readonly latentChannels: number;
  readonly hyperChannels: number;
  readonly priorChannels: number;
  readonly qualityLevels: number;
  readonly provenance: unknown;
  readonly encoderProvenance: unknown;
}

/** Of the model at `path`, or of the one of the package. ModelError. */
export async function describeModel(path?: string): Promise<ModelDescription> {
  const { model, files } = await loadModelSet(nodePlatform, ['encoder'], path);
  const { manifest } = model;
  const encoderManifest = auxiliaryOf(model, 'encoder');
  const { name, id, sha256, latentChannels, hyperChannels, priorChannels, qualityLevels } =
    manifest;
  const { encoder, decoder, encoderParameters, decoderParameters, ...kmacPerPixel } =
    complexityOf(model);
  return {
    name,
    id,
    sha256,
    sizeBytes: files.data.length,
    encoderSha256: encoderManifest.sha256,
    encoderSizeBytes: files.auxiliaries[0].data.length,
    encoderParameters,
    decoderParameters,
    encoderKmacPerPixel: encoder,
    decoderKmacPerPixel: decoder,
    kmacPerPixel,
    latentChannels,
    hyperChannels,
    priorChannels,
    qualityLevels,
    provenance: manifest.provenance ?? {},
    encoderProvenance: encoderManifest.provenance ?? {},
  };
}

export function modelRows(description: ModelDescription): (readonly [string, string])[] {
  return Object.entries(description).flatMap(([name, value]) => flatten(name, value));
}

/** One run of a training, of which the text has only the main facts. */
interface TrainingRun {
  readonly config: { readonly optimizer?: string; readonly learning_rate?: number };
  readonly steps: number;
  readonly seconds: number;
}

function isTrainingRun(value: object): value is TrainingRun {
  return 'config' in value && 'steps' in value && 'seconds' in value;
}

function lineOf({ config, steps, seconds }: TrainingRun): string {
  const { optimizer = 'an unknown optimizer', learning_rate: rate = 'unknown' } = config;
  return `${steps} steps in ${(seconds / 3600).toFixed(2)} h, ${optimizer}, learning rate ${rate}`;
}

function flatten(name: string, value: unknown): (readonly [string, string])[] {
  if (typeof value === 'object' && value !== null) {
    if (isTrainingRun(value)) return [[name, lineOf(value)]];
    return Object.entries(value).flatMap(([key, part]) => flatten(`${name}.${key}`, part));
  }
  const isFraction = typeof value === 'number' && !Number.isInteger(value);
  return [[name, isFraction ? String(Number(value.toPrecision(4))) : String(value)]];
}
