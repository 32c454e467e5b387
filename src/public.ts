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
export {
  type Codec,
  type CodecOptions,
  type DecodeOptions,
  defaultPrior,
  defaultQuality,
  defaultTune,
  type EncodeOptions,
  type EncodeTargets,
} from './api/codec.ts';
export type { ImageLike } from './api/normalize-image.ts';
export type { ModelFiles, ModelSource } from './api/platform.ts';
