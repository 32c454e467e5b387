// What `nic inspect --model` prints: sizes, cost and provenance, computed from the model itself.
import { complexityOf, type Model } from '../../codec/index.ts';

export interface ModelDescription {
  readonly name: string;
  readonly id: number;
  readonly sha256: string;
  readonly sizeBytes: number;
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
}

export function describeModel(model: Model, sizeBytes: number): ModelDescription {
  const { manifest } = model;
  const { name, id, sha256, latentChannels, hyperChannels, priorChannels, qualityLevels } =
    manifest;
  const { encoder, decoder, encoderParameters, decoderParameters, ...kmacPerPixel } =
    complexityOf(manifest);
  return {
    name,
    id,
    sha256,
    sizeBytes,
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
  };
}

export function modelRows(description: ModelDescription): (readonly [string, string])[] {
  return Object.entries(description).flatMap(([name, value]) => flatten(name, value));
}

function flatten(name: string, value: unknown): (readonly [string, string])[] {
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([key, part]) => flatten(`${name}.${key}`, part));
  }
  const isFraction = typeof value === 'number' && !Number.isInteger(value);
  return [[name, isFraction ? String(Number(value.toPrecision(4))) : String(value)]];
}
