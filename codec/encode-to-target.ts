/**
 * Picture to bytes of a given size or distortion.
 *
 * A part of the picture tells which quality to analyze it for. Each try of a size near that then costs the entropy coding, each
 * try of a PSNR the rounding of the latents and the synthesis; the file of a PSNR is coded once.
 */
import { maxQ16 } from './bitstream/header-fields.ts';
import { type CodecContext, checkPicture, visiblePicture } from './encode.ts';
import { invalidArgument, LimitError } from './errors.ts';
import type { Picture } from './picture.ts';
import type { TaskOptions } from './progress.ts';
import { middleQ16, RepeatedCoder } from './repeated-coder.ts';
import { samplePicture } from './sample-picture.ts';
import { lastUnder, searchPsnr, searchSize } from './search-size.ts';

/** One of the two. */
export interface EncodeTarget {
  /** Bytes of the whole file, never exceeded and met within 2 % where the range of qualities allows. */
  readonly maxBytes?: number;
  /** Least PSNR in dB over all samples, exceeded by at most 0.05 dB where the range of qualities allows. */
  readonly psnr?: number;
}

export interface TargetResult {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** 0 to 100 in steps of 1/16. */
  readonly quality: number;
}

/** In dB: how near the sample has to come to the PSNR. */
const sampleTolerance = 1.5;
/** How far from the quality of an analysis, in sixteenths of a quality, a size or a PSNR is looked for. */
const sizeDistance = 16 * 2;
const psnrDistance = 16 * 20;

/**
 * Encodes a picture with the highest quality that fits a size, or the lowest that reaches a PSNR. Depends on the
 * picture, the model and the target only. `UNREACHABLE_TARGET` names what can be reached; else as encodePicture.
 */
export async function encodeToTarget(
  picture: Picture,
  context: CodecContext,
  target: EncodeTarget,
  options: TaskOptions = {},
): Promise<TargetResult> {
  checkPicture(picture);
  const visible = visiblePicture(picture);
  const { maxBytes, psnr } = target;
  if ((maxBytes === undefined) === (psnr === undefined)) {
    throw invalidArgument('either maxBytes or psnr', 'target', target);
  }
  const distance = psnr === undefined ? sizeDistance : psnrDistance;
  const coder = new RepeatedCoder(visible, context, distance, options);
  const { alpha: _, metadata: __, ...opaque } = visible;
  const sampleContext = { ...context, searchRounds: 0 };
  const { signal } = options;
  const sampleCoder = new RepeatedCoder(samplePicture(opaque), sampleContext, distance, { signal });
  await sampleCoder.analyzeFor(middleQ16);
  const search: Search = { coder, sampleCoder };
  const result =
    maxBytes !== undefined
      ? await encodeToSize(search, maxBytes)
      : await encodeToPsnr(search, psnr as number);
  options.onProgress?.({ fraction: 1, stage: 'entropy' });
  return result;
}

/** A picture, and a sample of it that is analyzed for guesses. */
interface Search {
  readonly coder: RepeatedCoder;
  readonly sampleCoder: RepeatedCoder;
}

async function encodeToSize(
  { coder, sampleCoder }: Search,
  maxBytes: number,
): Promise<TargetResult> {
  const goal = Math.max(1, maxBytes - coder.fixedBytes);
  coder.guessLike(sampleCoder);
  await sampleCoder.codeAt(lastUnder((q16) => coder.guessBytes(q16), goal, 0, maxQ16));
  coder.guessLike(sampleCoder);
  const { found, smallestBytes } = await searchSize({
    codeAt: (q16) => coder.codeAt(q16),
    curve: () => coder.curve,
    guessAt: (q16) => coder.guessBytes(q16),
    fixedBytes: () => coder.fixedBytes,
    maxBytes,
  });
  if (!found) {
    throw new LimitError(
      'UNREACHABLE_TARGET',
      `The picture cannot be coded in ${maxBytes} bytes; the smallest file has ${smallestBytes}${
        coder.metadataBytes > 0 ? `, of which ${coder.metadataBytes} are metadata` : ''
      }`,
    );
  }
  return { bytes: found.bytes, quality: found.q16 / 16 };
}

async function encodeToPsnr({ coder, sampleCoder }: Search, target: number): Promise<TargetResult> {
  const searchWith = (one: RepeatedCoder, tolerance?: number) =>
    searchPsnr({
      tryAt: (q16) => one.measureAt(q16),
      guessAt: (q16) => one.guessPsnr(q16),
      target,
      tolerance,
    });
  await searchWith(sampleCoder, sampleTolerance);
  coder.guessLike(sampleCoder);
  // The latents of the whole picture make a better guess than those of the sample, so that the first try is near.
  await coder.analyzeFor(lastUnder((q16) => coder.guessPsnr(q16), target, 0, maxQ16));
  const { found, bestPsnr } = await searchWith(coder);
  if (!found) {
    throw new LimitError(
      'UNREACHABLE_TARGET',
      `The picture cannot be coded with a PSNR of ${target} dB; the best is ${bestPsnr.toFixed(2)} dB`,
    );
  }
  return { bytes: await found.code(), quality: found.q16 / 16 };
}
