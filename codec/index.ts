/** What the edges (src/, reports/) may import from the core. */
export { defaultMaxPixels, maxMetadataBytes } from './bitstream/container.ts';
export { formatVersion, maxQ16, maxSide } from './bitstream/header-fields.ts';
export { type DecodeOptions, decodePicture } from './decode.ts';
export { maxEffort, searchRounds } from './effort.ts';
export { type CodecContext, type EncodeOptions, encodePicture } from './encode.ts';
export { type EncodeTarget, encodeToTarget, type TargetResult } from './encode-to-target.ts';
export {
  type AuxiliaryManifest,
  auxiliaryOf,
  withAuxiliary,
} from './engine/auxiliary.ts';
export { type AuxiliaryKind, auxiliaryKinds } from './engine/auxiliary-kinds.ts';
export { type Complexity, complexityOf } from './engine/complexity.ts';
export { type Backend, createEngine, type Engine, type Tensor } from './engine/engine.ts';
export { type Model, type ModelManifest, parseModel } from './engine/model.ts';
export * from './errors.ts';
export { type Executor, inlineExecutor } from './executor.ts';
export { type BitstreamInfo, inspectBitstream, type SectionInfo } from './inspect.ts';
export {
  type JobArgs,
  type JobResult,
  type Jobs,
  type Rectangle,
  runJob,
  transferOf,
} from './jobs.ts';
export { exifTags, uprightExif } from './metadata/exif.ts';
export type { Metadata } from './metadata/metadata.ts';
export { ifWhole, TiffBlock, type TiffDirectory } from './metadata/tiff-block.ts';
export { uprightXmp } from './metadata/xmp.ts';
export { auxiliariesOfBitstream } from './model-hash.ts';
export type { Picture, UncertaintyMap } from './picture.ts';
export { auxiliariesOfPrior, type PriorKind, priorKinds } from './prior/prior-kinds.ts';
export type { Progress, TaskOptions } from './progress.ts';
export { type Tune, tunes } from './tunes.ts';
export { type VerifyOptions, verifyPicture } from './verify.ts';
