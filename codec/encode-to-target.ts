/**
 * Picture to bytes of a given size or distortion.
 *
 * The analysis runs once, or twice where the first quality was far off: before its last gain it hardly depends on
 * the quality, so each try costs the entropy coding only.
 */
import { writeContainer } from './bitstream/container.ts';
import { maxQ16 } from './bitstream/header-fields.ts';
import { decodePicture } from './decode.ts';
import { type CodecContext, checkPicture, codeAlpha, headerOf, visiblePicture } from './encode.ts';
import { invalidArgument, LimitError } from './errors.ts';
import { tileGrid } from './latent/tile-grid.ts';
import { metadataSections } from './metadata/metadata.ts';
import type { Picture } from './picture.ts';
import { PictureAnalysis } from './picture-analysis.ts';
import { type Progress, progressCounter, type TaskOptions } from './progress.ts';
import { RateModel } from './rate-model.ts';
import { runTasks } from './run-tasks.ts';
import { lastUnder, type PsnrTry, searchPsnr, searchSize } from './search-size.ts';

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

/** Latents that were analyzed at a quality further away than this are analyzed again. */
const maxAnalysisDistance = 16 * 40;
/** Bytes per bit of the rate model, for a first guess only. */
const usualFactor = 0.13;
/** Passes of the entropy coder that the progress counts on. */
const usualTries = 3;
const middleQ16 = maxQ16 / 2;

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
  const result =
    maxBytes !== undefined
      ? await encodeToSize(coder, maxBytes)
      : await encodeToPsnr(visible, coder, context, psnr as number, options.signal);
  options.onProgress?.({ fraction: 1, stage: 'entropy' });
  return result;
}

async function encodeToSize(coder: RepeatedCoder, maxBytes: number): Promise<TargetResult> {
  await coder.analyze(middleQ16);
  const firstGuess = coder.guessQ16(maxBytes);
  if (Math.abs(firstGuess - middleQ16) > maxAnalysisDistance) await coder.analyze(firstGuess);
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
  picture: Picture,
  coder: RepeatedCoder,
  context: CodecContext,
  target: number,
  signal: AbortSignal | undefined,
): Promise<TargetResult> {
  await coder.analyze(middleQ16);
  const tryAt = async (q16: number): Promise<PsnrTry> => {
    const bytes = await coder.codeAt(q16);
    const decoded = await decodePicture(bytes, context, { signal });
    return { q16, bytes, psnr: psnrOf(picture.data, decoded.data) };
  };
  const { found, bestPsnr } = await searchPsnr(tryAt, target, middleQ16);
  if (!found) {
    throw new LimitError(
      'UNREACHABLE_TARGET',
      `The picture cannot be coded with a PSNR of ${target} dB; the best is ${bestPsnr.toFixed(2)} dB`,
    );
  }
  return { bytes: found.bytes, quality: found.q16 / 16 };
}

/** One picture, coded again and again. */
class RepeatedCoder {
  /** Bytes of the file around the payloads of the tiles. */
  fixedBytes: number;
  /** Bytes of the sections of EXIF and XMP. */
  readonly metadataBytes: number;
  readonly #emptyBytes: number;
  readonly #ancillary: ReturnType<typeof metadataSections>;
  readonly #picture: Picture;
  readonly #context: CodecContext;
  readonly #signal: AbortSignal | undefined;
  readonly #count: ReturnType<typeof progressCounter>;
  readonly #area: number;
  #analysis: PictureAnalysis | undefined;
  #rateModel: RateModel | undefined;

  constructor(picture: Picture, context: CodecContext, { signal, onProgress }: TaskOptions) {
    this.#picture = picture;
    this.#context = context;
    this.#signal = signal;
    const grid = tileGrid(picture.width, picture.height);
    this.#area = grid.width * grid.height;
    this.#ancillary = metadataSections(picture.metadata);
    this.metadataBytes = writeContainer(new Uint8Array(0), this.#ancillary, []).length;
    const headerBytes = headerOf(picture, context, 0).length;
    this.#emptyBytes = headerBytes + this.metadataBytes + 3 * grid.count;
    this.fixedBytes = this.#emptyBytes;
    // How many passes there will be is not known: the last report is for the caller to make.
    const beforeLast = ({ fraction, stage }: Progress) =>
      onProgress?.({ fraction: Math.min(fraction, 0.99), stage });
    this.#count = progressCounter(this.#area * (4 + usualTries), beforeLast);
  }

  async analyze(q16: number): Promise<void> {
    const { model, executor } = this.#context;
    const analysis = new PictureAnalysis(this.#picture, this.#context, q16);
    const done = (area: number) => this.#count('analysis', area * 4);
    const tasks = analysis.tasksThrough(analysis.grid.rows, done);
    await runTasks(tasks, 2 * executor.concurrency, this.#signal);
    this.#analysis = analysis;
    this.#rateModel = RateModel.of(model, analysis.grid, analysis.store);
  }

  /** Bytes of all tiles: right up to a factor near 1. */
  guessBytes(q16: number): number {
    // A model whose analysis does not end with a gain: some curve that rises with the quality.
    if (!this.#rateModel) return this.#area * 2 ** ((q16 / maxQ16) * 6);
    return this.#rateModel.bitsAt(q16) * usualFactor + 1;
  }

  guessQ16(maxBytes: number): number {
    return lastUnder((q16) => this.guessBytes(q16), maxBytes - this.fixedBytes, 0, maxQ16);
  }

  /** The whole file at a quality, from the latents of the last analysis. */
  async codeAt(q16: number): Promise<Uint8Array<ArrayBuffer>> {
    const { executor } = this.#context;
    if (!this.#rateModel) await this.analyze(q16);
    const analysis = this.#analysis as PictureAnalysis;
    const headerBytes = headerOf(this.#picture, this.#context, q16);
    const payloads = new Array<Uint8Array>(analysis.grid.count);
    const compressTile = async (index: number) => {
      payloads[index] = await analysis.compressTile(index, { headerBytes, q16, keep: true });
      this.#count('entropy', this.#area / analysis.grid.count);
    };
    const tasks = Array.from(payloads, (_, index) => () => compressTile(index));
    await runTasks(tasks, 2 * executor.concurrency, this.#signal);
    const alphas = await codeAlpha(this.#picture, headerBytes, executor, this.#signal);
    this.fixedBytes = this.#emptyBytes + alphas.reduce((sum, { length }) => sum + length + 4, 0);
    return writeContainer(headerBytes, this.#ancillary, payloads, alphas);
  }
}

function psnrOf(first: Uint8Array, second: Uint8Array): number {
  let sum = 0;
  for (let index = 0; index < first.length; index++) sum += (first[index] - second[index]) ** 2;
  return sum === 0 ? Infinity : 10 * Math.log10((255 * 255 * first.length) / sum);
}
