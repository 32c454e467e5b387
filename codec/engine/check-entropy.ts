/** Checks the entropy tables of a manifest (codec/models/README.md, "Tables"). */
import { ModelError } from '../errors.ts';
import {
  activityBounds,
  aroundBounds,
  balanceBounds,
  contextNodes,
} from '../prior/context-bounds.ts';
import {
  fieldError,
  readArray,
  readFields,
  readInteger,
  type TensorSource,
} from './manifest-fields.ts';

const anyInteger = ['int16', 'int32', 'uint8', 'uint16', 'uint32'] as const;
const scaleCount = 64;
const total = 65536;

function tableError(message: string): ModelError {
  return new ModelError('INVALID_MODEL', message);
}

function checkContexts(
  value: unknown,
  path: string,
  tensors: TensorSource,
  channels: number,
): Record<string, unknown> {
  const fields = readFields(value, path);
  const check = (name: string, rows: number, classes: number) =>
    tensors.get(fields[name], `${path}.${name}`, ['int16'], [rows, classes, contextNodes]);
  check('around', scaleCount, aroundBounds.length + 1);
  check('activity', scaleCount / 2, activityBounds.length + 1);
  check('balance', channels, balanceBounds.length + 1);
  return fields;
}

/**
 * Scale table ascending and of 64 entries, one cdf an entry of length 2R+3, strictly increasing from 0 to
 * 65536, hyper indices inside, contexts of the right shapes. Throws ModelError.
 */
export function checkEntropy(
  value: unknown,
  tensors: TensorSource,
  size: {
    readonly qualityLevels: number;
    readonly latentChannels: number;
    readonly hyperChannels: number;
  },
): void {
  const fields = readFields(value, 'entropy');
  let previous = 0;
  readArray(fields.scaleTable, 'entropy.scaleTable', scaleCount).forEach((scale, index) => {
    if (typeof scale !== 'number' || !Number.isFinite(scale) || scale <= previous) {
      throw fieldError(`entropy.scaleTable[${index}]`, 'an ascending positive number', scale);
    }
    previous = scale;
  });
  readInteger(fields.skipBelow, 'entropy.skipBelow', 0, scaleCount);

  const perScale = [scaleCount];
  const offsets = tensors.get(fields.cdfOffset, 'entropy.cdfOffset', anyInteger, perScale);
  const lengths = tensors.get(fields.cdfLength, 'entropy.cdfLength', anyInteger, perScale);
  const radii = tensors.get(fields.cdfRadius, 'entropy.cdfRadius', anyInteger, perScale);
  const cdf = tensors.get(fields.cdf, 'entropy.cdf', ['uint32'], [null]);
  for (let scale = 0; scale < scaleCount; scale++) {
    const start = offsets[scale];
    const length = lengths[scale];
    if (radii[scale] < 0 || length !== 2 * radii[scale] + 3) {
      throw tableError(
        `The cdf of scale ${scale} has ${length} entries for radius ${radii[scale]}`,
      );
    }
    if (start < 0 || start + length > cdf.length) {
      throw tableError(`The cdf of scale ${scale} lies outside of the table`);
    }
    if (cdf[start] !== 0 || cdf[start + length - 1] !== total) {
      throw tableError(`The cdf of scale ${scale} does not run from 0 to ${total}`);
    }
    for (let index = start + 1; index < start + length; index++) {
      if (cdf[index] <= cdf[index - 1]) {
        throw tableError(`The cdf of scale ${scale} does not increase at entry ${index - start}`);
      }
    }
  }

  const hyper = [size.qualityLevels, size.hyperChannels];
  tensors.get(fields.hyperMean, 'entropy.hyperMean', ['int16'], hyper);
  const indices = tensors.get(fields.hyperScaleIndex, 'entropy.hyperScaleIndex', anyInteger, hyper);
  for (const index of indices) {
    if (index < 0 || index >= scaleCount) {
      throw tableError(`hyperScaleIndex holds ${index}, outside of 0 to ${scaleCount - 1}`);
    }
  }

  const contexts = readFields(fields.contexts, 'entropy.contexts');
  const path = 'entropy.contexts.latents';
  const { latentChannels } = size;
  const { links } = checkContexts(contexts.latents, path, tensors, latentChannels);
  if (links !== undefined) {
    tensors.get(links, `${path}.links`, ['int16'], [latentChannels, latentChannels]);
  }
  checkContexts(contexts.hyper, 'entropy.contexts.hyper', tensors, size.hyperChannels);
}
