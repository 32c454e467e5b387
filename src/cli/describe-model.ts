// What `nic inspect --model` prints: sizes and provenance, from the model itself.
import type { Model } from '../../codec/index.ts';

export interface ModelDescription {
  readonly name: string;
  readonly id: number;
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly parameters: number;
  readonly latentChannels: number;
  readonly hyperChannels: number;
  readonly priorChannels: number;
  readonly qualityLevels: number;
  readonly provenance: unknown;
}

export function describeModel(model: Model, sizeBytes: number): ModelDescription {
  const { manifest, tensors } = model;
  const { name, id, sha256, latentChannels, hyperChannels, priorChannels, qualityLevels } =
    manifest;
  let parameters = 0;
  for (const tensor of tensors.values()) parameters += tensor.length;
  return {
    name,
    id,
    sha256,
    sizeBytes,
    parameters,
    latentChannels,
    hyperChannels,
    priorChannels,
    qualityLevels,
    provenance: manifest.provenance ?? {},
  };
}

export function modelRows(description: ModelDescription): (readonly [string, string])[] {
  const { provenance, ...rest } = description;
  return [
    ...Object.entries(rest).map(([name, value]) => [name, String(value)] as const),
    ...flatten('provenance', provenance),
  ];
}

function flatten(name: string, value: unknown): (readonly [string, string])[] {
  if (typeof value !== 'object' || value === null) return [[name, String(value)]];
  if (Array.isArray(value)) return [[name, JSON.stringify(value)]];
  return Object.entries(value).flatMap(([key, part]) => flatten(`${name}.${key}`, part));
}
