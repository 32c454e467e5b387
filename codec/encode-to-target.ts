/**
 * Picture to bytes of a given size or distortion.
 *
 * A part of the picture tells which quality to analyze it for; each try then costs the entropy coding, and for a
 * PSNR the decoding.
 */
import { decodePicture } from './decode.ts';
import { type CodecContext, checkPicture, visiblePicture } from './encode.ts';
import { invalidArgument, LimitError } from './errors.ts';
import type { Picture } from './picture.ts';
import type { TaskOptions } from './progress.ts';
import { middleQ16, RepeatedCoder } from './repeated-coder.ts';
import { samplePicture } from './sample-picture.ts';
import { searchPsnr, searchSize } from './search-size.ts';

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
  const coder = new RepeatedCoder(visible, context, options);
  const { alpha: _, metadata: __, ...opaque } = visible;
  const sample = samplePicture(opaque);
  const sampleCoder = new RepeatedCoder(sample, context, { signal: options.signal });
  await sampleCoder.analyzeFor(middleQ16);
  const search: Search = { coder, picture: visible, sampleCoder, sample, context };
  const result =
    maxBytes !== undefined
      ? await encodeToSize(search, maxBytes)
      : await encodeToPsnr(search, psnr as number, options.signal);
  options.onProgress?.({ fraction: 1, stage: 'entropy' });
  return result;
}

/** A picture, and a sample of it that is analyzed for guesses. */
interface Search {
  readonly coder: RepeatedCoder;
  readonly picture: Picture;
  readonly sampleCoder: RepeatedCoder;
  readonly sample: Picture;
  readonly context: CodecContext;
}

async function encodeToSize(
  { coder, sampleCoder }: Search,
  maxBytes: number,
): Promise<TargetResult> {
  coder.guessLike(sampleCoder);
  const { found, smallestBytes } = await searchSize({
    codeAt: (q16) => coder.codeAt(q16),
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

async function encodeToPsnr(
  { coder, picture, sampleCoder, sample, context }: Search,
  target: number,
  signal: AbortSignal | undefined,
): Promise<TargetResult> {
  const searchWith = (one: RepeatedCoder, original: Picture, tolerance?: number) =>
    searchPsnr({
      tryAt: async (q16) => {
        const bytes = await one.codeAt(q16);
        const decoded = await decodePicture(bytes, context, { signal });
        const psnr = psnrOf(original.data, decoded.data);
        one.learnPsnr(q16, psnr);
        return { q16, bytes, psnr };
      },
      guessAt: (q16) => one.guessPsnr(q16),
      target,
      tolerance,
    });
  await searchWith(sampleCoder, sample, sampleTolerance);
  coder.guessLike(sampleCoder);
  const { found, bestPsnr } = await searchWith(coder, picture);
  if (!found) {
    throw new LimitError(
      'UNREACHABLE_TARGET',
      `The picture cannot be coded with a PSNR of ${target} dB; the best is ${bestPsnr.toFixed(2)} dB`,
    );
  }
  return { bytes: found.bytes, quality: found.q16 / 16 };
}

function psnrOf(first: Uint8Array, second: Uint8Array): number {
  let sum = 0;
  for (let index = 0; index < first.length; index++) sum += (first[index] - second[index]) ** 2;
  return sum === 0 ? Infinity : 10 * Math.log10((255 * 255 * first.length) / sum);
}
