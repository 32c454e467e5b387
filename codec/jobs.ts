/**
 * The units of work of the codec: pure functions of an engine and plain data that can be sent to a worker.
 *
 * Rectangles are in latent positions (16 x 16 pixels), relative to the top left corner of the region that a
 * job is given. A region is the core rectangle with its halo, clipped at the picture; only the core comes back.
 */

import { compressAlpha } from './alpha/compress-alpha.ts';
import { decompressAlpha } from './alpha/decompress-alpha.ts';
import type { Engine, Quality, Tensor } from './engine/engine.ts';
import type { CodedRun } from './entropy/rans-encoder.ts';
import { chooseFilters, gatherForms } from './filter/fit-filters.ts';
import type { QuadraticForm } from './filter/quadratic-form.ts';
import { analyze } from './latent/analyze.ts';
import { codeLatents } from './latent/code-latents.ts';
import { decompressLatents } from './latent/decompress-latents.ts';
import { measureActivity } from './latent/measure-activity.ts';
import { predictUncertainty } from './latent/predict-uncertainty.ts';
import { quantizeLatents } from './latent/quantize-latents.ts';
import { searchLatents } from './latent/search-latents.ts';
import { synthesize } from './latent/synthesize.ts';
import { writeTile } from './latent/write-tile.ts';
import type { PriorKind } from './prior/prior-kinds.ts';

export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface AnalyzeArgs {
  /** Interleaved 8-bit pixels of the region, `height` x `width` x `channels`, both sides multiples of 16. */
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly core: Rectangle;
  /** Of the region. */
  readonly quality: Quality;
}

export interface SearchArgs {
  /** y before its gain of the region. */
  readonly latents: Tensor;
  /** Interleaved 8-bit pixels of the region, 16*height x 16*width x channels. */
  readonly pixels: Uint8Array;
  readonly channels: 1 | 3;
  /** How many of the pixels lie in the picture. */
  readonly insideWidth: number;
  readonly insideHeight: number;
  /** The tile. */
  readonly core: Rectangle;
  readonly original: TileOriginal;
  readonly q16: number;
  /** Of the tile's quality; as in QuantizeArgs. */
  readonly deltas?: Tensor;
  /** Of the region. */
  readonly quality: Quality;
  /** 0 to `rounds - 1`. */
  readonly round: number;
  readonly rounds: number;
  /** What the round before gave. */
  readonly state?: SearchState;
}

/** How far a search is. */
export interface SearchState {
  /** y of the tile after its gain. */
  readonly latents: Tensor;
  /** For the tile as it was before its last moves. */
  readonly filters: readonly TileFilter[];
}

export interface QuantizeArgs {
  /** y of one tile, before its gain. */
  readonly latents: Tensor;
  /** Whether it is what `searchLatents` found: y after its gain. */
  readonly refined?: boolean;
  readonly q16: number;
  /** Of the tile's quality, not all of them 0 (quality-map.ts); without them it is the same everywhere. */
  readonly deltas?: Tensor;
}

/** The pixels that a tile stands for. */
export interface TilePixels {
  /** Interleaved 8-bit pixels, `height` x `width` x `channels`, as far as they lie in the picture. */
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
}

/** What a tile, or a region of it, is coded from. */
export interface TileOriginal extends TilePixels {
  /** In pixels: where the tile shows what it shows beside the others, to fit its filters on; may be empty, or go beyond the region. */
  readonly area: Rectangle;
}

export interface CodeArgs extends QuantizeArgs {
  readonly prior: PriorKind;
}

export interface CodedLatents {
  /** y_hat. */
  readonly latents: Tensor;
  /** The stream of the tile up to its filters. */
  readonly runs: readonly CodedRun[];
}

export interface GatherArgs {
  /** y_hat of a region of a tile. */
  readonly latents: Tensor;
  /** Of the region. */
  readonly quality: Quality;
  readonly original: TileOriginal;
  /** Of the smallest parts of the tile that may have a filter, those to look at, in the region. */
  readonly parts: readonly Rectangle[];
}

export interface ChooseArgs {
  /** Of all smallest parts of the tile, in their order. */
  readonly forms: readonly QuadraticForm[];
  /** Size of the tile in latent positions. */
  readonly width: number;
  readonly height: number;
  /** How many of its pixels lie in the picture. */
  readonly insideWidth: number;
  readonly insideHeight: number;
  readonly q16: number;
}

/** The filter of a part of a tile. */
export interface TileFilter {
  readonly area: Rectangle;
  /** One for each base of the model, not all of them 0. */
  readonly weights: Int16Array;
}

/** What a stream decodes to. */
export interface DecodedTile {
  /** y_hat. */
  readonly latents: Tensor;
  /** Of its quality, not all of them 0, if there are any. */
  readonly deltas?: Tensor;
  /** Of its parts that have one, in the order of the stream. */
  readonly filters: readonly TileFilter[];
}

export interface WriteArgs extends DecodedTile {
  readonly runs: readonly CodedRun[];
  readonly q16: number;
  /** CRC-32 of what the tile's checksum covers before the latents. */
  readonly checksumSeed: number;
}

export interface DecompressArgs {
  readonly payload: Uint8Array;
  /** Size of the tile in latent positions. */
  readonly width: number;
  readonly height: number;
  readonly q16: number;
  readonly checksumSeed: number;
  readonly prior: PriorKind;
}

export interface SynthesizeArgs {
  /** y_hat of the region. */
  readonly latents: Tensor;
  readonly core: Rectangle;
  /** Of what the faithful synthesis gives in the core, whose areas lie in it. */
  readonly filters: readonly TileFilter[];
  /** Of the region. */
  readonly quality: Quality;
  /** 1 gives luma instead of RGB. */
  readonly channels: 1 | 3;
  /** Without it the faithful synthesis alone. */
  readonly perceptual?: PerceptualShare;
}

/** Takes the model's auxiliary `perceptual`. */
export interface PerceptualShare {
  /** 1 to 256, 256 for the perceptual synthesis alone. */
  readonly share: number;
  /** Corner of the region in the picture, in latent positions. */
  readonly x: number;
  readonly y: number;
}

/** Takes the model's auxiliary `uncertainty`. */
export interface UncertaintyArgs {
  /** y_hat of the region. */
  readonly latents: Tensor;
  readonly core: Rectangle;
  /** Of the region. */
  readonly quality: Quality;
}

export interface CompressAlphaArgs {
  /** Alpha of one tile, `height` x `width` samples. */
  readonly alpha: Uint8Array;
  /** Size in pixels. */
  readonly width: number;
  readonly height: number;
  /** CRC-32 of what the tile's checksum covers before the samples. */
  readonly checksumSeed: number;
}

export interface DecompressAlphaArgs {
  /** At least 5 bytes. */
  readonly payload: Uint8Array;
  /** Size in pixels. */
  readonly width: number;
  readonly height: number;
  readonly checksumSeed: number;
}

/** Each job with its arguments and its result. */
export interface Jobs {
  /** y of the core, before the gain that `quantizeLatents` and `codeLatents` apply. */
  analyze: { args: AnalyzeArgs; result: Tensor };
  /** Of each node of a tile; see measureActivity. */
  measureActivity: { args: TilePixels; result: Float64Array };
  /** A round of the search for symbols that cost less for what they show. INVALID_ARGUMENT. */
  searchLatents: { args: SearchArgs; result: SearchState };
  /** y_hat of a tile. */
  quantizeLatents: { args: QuantizeArgs; result: Tensor };
  /** The same with its code. */
  codeLatents: { args: CodeArgs; result: CodedLatents };
  /** What filters do to the error of each part. */
  gatherForms: { args: GatherArgs; result: readonly QuadraticForm[] };
  /** The filters of a tile. */
  chooseFilters: { args: ChooseArgs; result: readonly TileFilter[] };
  /** The payload of a tile section. */
  writeTile: { args: WriteArgs; result: Uint8Array };
  /** y_hat, the deltas and the filters of the tile, checked against their checksum. BitstreamError. */
  decompressLatents: { args: DecompressArgs; result: DecodedTile };
  /** Interleaved 8-bit pixels of the core: 16*height x 16*width x channels. */
  synthesize: { args: SynthesizeArgs; result: Uint8Array };
  /** Standard error of each pixel of the core: 16*height x 16*width. */
  uncertainty: { args: UncertaintyArgs; result: Uint8Array };
  /** The payload of an alpha section. */
  compressAlpha: { args: CompressAlphaArgs; result: Uint8Array };
  /** Alpha of the tile, checked against its checksum. BitstreamError. */
  decompressAlpha: { args: DecompressAlphaArgs; result: Uint8Array };
}

export type JobArgs<K extends keyof Jobs> = Jobs[K]['args'];
export type JobResult<K extends keyof Jobs> = Jobs[K]['result'];

const jobs: { [K in keyof Jobs]: (engine: Engine, args: JobArgs<K>) => JobResult<K> } = {
  analyze,
  measureActivity: (_engine, args) => measureActivity(args),
  searchLatents,
  quantizeLatents: (engine, args) => quantizeLatents(engine, args),
  codeLatents,
  gatherForms,
  chooseFilters,
  writeTile,
  decompressLatents,
  synthesize,
  uncertainty: predictUncertainty,
  compressAlpha: (_engine, args) => compressAlpha(args),
  decompressAlpha: (_engine, args) => decompressAlpha(args),
};

/** Runs one job here. */
export function runJob<K extends keyof Jobs>(
  engine: Engine,
  name: K,
  args: JobArgs<K>,
): JobResult<K> {
  return jobs[name](engine, args);
}

/** The buffers of a job's result; it owns them, so that a worker can move them to its caller. */
export function transferOf(result: JobResult<keyof Jobs>): ArrayBuffer[] {
  return [...new Set(buffersIn(result))];
}

function buffersIn(value: unknown): ArrayBuffer[] {
  if (ArrayBuffer.isView(value)) return [value.buffer as ArrayBuffer];
  return typeof value === 'object' && value ? Object.values(value).flatMap(buffersIn) : [];
}
