// What every entry point exports besides its platform's functions.
export {
  type Backend,
  BitstreamError,
  type BitstreamInfo,
  type ErrorCode,
  errorCodes,
  InvalidArgumentError,
  inspectBitstream as inspect,
  LimitError,
  type Metadata,
  ModelError,
  type ModelManifest,
  maxEffort,
  NicError,
  type Picture,
  type PriorKind,
  type Progress,
  priorKinds,
  type Tune,
  tunes,
  type UncertaintyMap,
} from '../codec/index.ts';
export type {
  Codec,
  CodecOptions,
  DecodeOptions,
  EncodeOptions,
  EncodeTargets,
} from './api/codec.ts';
export { defaultPrior, defaultQuality, defaultTune } from './api/defaults.ts';
export type { ImageLike } from './api/normalize-image.ts';
export type { ModelFiles, ModelSource } from './api/platform.ts';
