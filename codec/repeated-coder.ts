/**
 * One picture, coded again and again at different qualities.
 *
 * Analyzed once for qualities that are near each other: before its last gain the analysis hardly depends on the quality, as
 * long as that is not far from the one it was made for.
 */
import { writeContainer } from './bitstream/container.ts';
import { maxQ16 } from './bitstream/header-fields.ts';
import { type CodecContext, codeAlpha, headerOf, sealAlphaFor, workOfSearch } from './encode.ts';
import type { Rectangle, TileFilter } from './jobs.ts';
import { tileGrid } from './latent/tile-grid.ts';
import { TileStore } from './latent/tile-store.ts';
import { metadataSections } from './metadata/metadata.ts';
import type { Picture } from './picture.ts';
import { PictureAnalysis } from './picture-analysis.ts';
import { PictureQuality } from './picture-quality.ts';
import { type Progress, progressCounter, type TaskOptions, workOf } from './progress.ts';
import { RateModel } from './rate-model.ts';
import { runTasks } from './run-tasks.ts';
import { squaredError } from './synthesis-error.ts';

/** Bytes per bit of the rate model, until a file is known. */
const usualFactor = 0.13;
/**
 * For a first guess of the mean square error, `factor * distortion ** power + floor`: the latents' distortion a
 * sample, and what the synthesis cannot show, which grows with the distortion at the middle quality.
 */
const usualError = { factor: 0.02, power: 1.1, floorFactor: 6e-6, floorPower: 2.04 };
/** Passes of the entropy coder that the progress counts on. */
const usualTries = 3;
export const middleQ16 = maxQ16 / 2;
const peakSquare = 255 * 255;

/** A quality with what its file reaches. */
export interface MeasuredQuality {
  readonly q16: number;
  /** In dB over all samples; that of decoding the file exactly. */
  readonly psnr: number;
  /** The whole file. */
  code(): Promise<Uint8Array<ArrayBuffer>>;
}

export class RepeatedCoder {
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
  /** For how far away an analysis serves, in sixteenths of a quality. */
  readonly #distance: number;
  #quality: PictureQuality | undefined;
  #analysis: PictureAnalysis | undefined;
  #analyzedQ16 = middleQ16;
  #rateModel: RateModel | undefined;
  /** Times that the picture has more latents than the rate model knows. */
  #scale = 1;
  #bytesFactor = usualFactor;
  #errorFactor = usualError.factor;
  #errorFloor: number | undefined;
  /** Of a sample that gave the floor, at the middle quality; until the picture's own is known. */
  #floorDistortion: number | undefined;
  #alphas: readonly Uint8Array[] | undefined;
  #measured: { readonly distortion: number; readonly meanSquare: number } | undefined;

  /**
   * `distance`: latents that were analyzed at a quality further away, in sixteenths, are analyzed anew, since they take more bytes
   * for what they show.
   */
  constructor(
    picture: Picture,
    context: CodecContext,
    distance: number,
    { signal, onProgress }: TaskOptions,
  ) {
    this.#distance = distance;
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
    const workOfTry = workOf.entropy + workOfSearch(context);
    const work = workOf.analysis + usualTries * workOfTry;
    this.#count = progressCounter(this.#area * work, beforeLast);
  }

  /** Takes over the guesses of a coder of a sample of the picture. */
  guessLike(other: RepeatedCoder): void {
    this.#rateModel = other.#rateModel;
    this.#scale = (other.#scale * this.#area) / other.#area;
    this.#bytesFactor = other.#bytesFactor;
    this.#errorFactor = other.#errorFactor;
    this.#errorFloor = other.#errorFloor;
    this.#floorDistortion = other.#distortionAt(middleQ16);
  }

  /**
   * What the last file or measurement has in common with others. Without a rate model each quality has an analysis of its own, all of
   * which make one curve.
   */
  get curve(): unknown {
    return this.#rateModel && this.#analysis;
  }

  /** Prepares for `codeAt` at qualities around this one; does nothing where that was done for one that is near enough. */
  async analyzeFor(q16: number): Promise<void> {
    // The lowest quality has an analysis of its own: no size that its file has may be refused.
    const distance = q16 === 0 ? 0 : this.#distance;
    const isNear = Math.abs(q16 - this.#analyzedQ16) <= distance;
    if (this.#analysis && isNear) return;
    const { model, executor } = this.#context;
    this.#quality ??= await PictureQuality.of(this.#picture, this.#context, this.#signal);
    const analysis = new PictureAnalysis(this.#picture, this.#context, this.#quality, q16, {
      signal: this.#signal,
      onRound: (area) => this.#count('search', area * workOf.searchRound),
    });
    const done = (area: number) => this.#count('analysis', area * workOf.analysis);
    const tasks = analysis.tasksThrough(analysis.grid.rows, done);
    await runTasks(tasks, 2 * executor.concurrency, this.#signal);
    this.#analysis = analysis;
    this.#analyzedQ16 = q16;
    this.#rateModel = RateModel.of(model, analysis.grid, analysis.store);
    this.#scale = 1;
    const { floorFactor, floorPower } = usualError;
    const distortion = this.#distortionAt(middleQ16);
    this.#errorFloor ??= floorFactor * distortion ** floorPower;
    if (this.#floorDistortion) {
      this.#errorFloor *= (distortion / this.#floorDistortion) ** floorPower;
    }
    this.#floorDistortion = undefined;
  }

  /** Bytes of all tiles: right up to a factor near 1. */
  guessBytes(q16: number): number {
    // A model whose analysis does not end with a gain: some curve that rises with the quality.
    if (!this.#rateModel) return this.#area * 2 ** ((q16 / maxQ16) * 6);
    return this.#rateModel.bitsAt(q16) * this.#scale * this.#bytesFactor + 1;
  }

  /** PSNR in dB; better with every `measureAt`. */
  guessPsnr(q16: number): number {
    if (!this.#rateModel) return 24 + (20 * q16) / maxQ16;
    const error = this.#errorFactor * this.#distortionAt(q16) ** usualError.power;
    return 10 * Math.log10(peakSquare / (error + (this.#errorFloor ?? 0)));
  }

  /** Makes the guesses fit what was measured: the floor, and from the second time on the factor. */
  #learnPsnr(q16: number, psnr: number): void {
    if (!this.#rateModel || psnr === Infinity) return;
    const meanSquare = peakSquare / 10 ** (psnr / 10);
    const distortion = this.#distortionAt(q16) ** usualError.power;
    const before = this.#measured;
    this.#measured = { distortion, meanSquare };
    if (before && Math.abs(Math.log(distortion / before.distortion)) > 0.1) {
      const slope = (meanSquare - before.meanSquare) / (distortion - before.distortion);
      this.#errorFactor = Math.max(usualError.factor / 2, Math.min(slope, usualError.factor * 2));
    }
    this.#errorFloor = Math.max(0, meanSquare - this.#errorFactor * distortion);
    this.#errorFactor = (meanSquare - this.#errorFloor) / distortion;
  }

  /** The whole file at a quality. */
  async codeAt(q16: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = await this.#code(await this.#analysisNear(q16), q16);
    this.#bytesFactor *= (bytes.length - this.fixedBytes) / this.guessBytes(q16);
    return bytes;
  }

  /** The PSNR of the file of a quality, measured without coding it. */
  async measureAt(q16: number): Promise<MeasuredQuality> {
    const { executor, model } = this.#context;
    const analysis = await this.#analysisNear(q16);
    const { grid } = analysis;
    const store = new TileStore(grid, model.manifest.latentChannels);
    const filters = new Array<readonly TileFilter[]>(grid.count);
    const quantizeTile = async (index: number) => {
      const tile = await analysis.quantizeTile(index, q16);
      store.put(index, tile.latents);
      filters[index] = tile.filters;
      this.#count('entropy', this.#area / grid.count);
    };
    const tasks = Array.from({ length: grid.count }, (_, index) => () => quantizeTile(index));
    await runTasks(tasks, 2 * executor.concurrency, this.#signal);
    const quality = this.#quality as PictureQuality;
    const qualityIn = (region: Rectangle) => quality.in(region, q16);
    const quantized = { grid, store, filters, qualityIn };
    const sum = await squaredError(this.#picture, quantized, this.#context, this.#signal);
    const meanSquare = sum / this.#picture.data.length;
    const psnr = sum === 0 ? Infinity : 10 * Math.log10(peakSquare / meanSquare);
    this.#learnPsnr(q16, psnr);
    return { q16, psnr, code: () => this.#code(analysis, q16) };
  }

  async #analysisNear(q16: number): Promise<PictureAnalysis> {
    if (!this.#rateModel) this.#analysis = undefined;
    await this.analyzeFor(q16);
    return this.#analysis as PictureAnalysis;
  }

  async #code(analysis: PictureAnalysis, q16: number): Promise<Uint8Array<ArrayBuffer>> {
    const { executor } = this.#context;
    const headerBytes = headerOf(this.#picture, this.#context, q16);
    const payloads = new Array<Uint8Array>(analysis.grid.count);
    const compressTile = async (index: number) => {
      payloads[index] = await analysis.compressTile(index, { headerBytes, q16, keep: true });
      this.#count('entropy', this.#area / analysis.grid.count);
    };
    const tasks = Array.from(payloads, (_, index) => () => compressTile(index));
    await runTasks(tasks, 2 * executor.concurrency, this.#signal);
    const alphas = await this.#alphasFor(headerBytes);
    this.fixedBytes = this.#emptyBytes + alphas.reduce((sum, { length }) => sum + length + 4, 0);
    return writeContainer(headerBytes, this.#ancillary, payloads, alphas);
  }

  /** Coded once; only their checksums depend on the quality. */
  async #alphasFor(headerBytes: Uint8Array): Promise<readonly Uint8Array[]> {
    if (this.#alphas) sealAlphaFor(headerBytes, this.#picture, this.#alphas);
    const { executor } = this.#context;
    this.#alphas ??= await codeAlpha(this.#picture, headerBytes, executor, this.#signal);
    return this.#alphas;
  }

  /** Of the latents, a sample of the picture. */
  #distortionAt(q16: number): number {
    const distortion = this.#rateModel?.distortionAt(q16) ?? 0;
    return (distortion * this.#scale) / (3 * 256 * this.#area);
  }
}
