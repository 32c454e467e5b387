/** Picture to bytes at a given quality: runs the jobs on an executor and writes the container. */
import { constantOf } from './alpha/alpha-model.ts';
import { sealAlpha } from './alpha/compress-alpha.ts';
import { fillHidden } from './alpha/fill-hidden.ts';
import { defaultMaxPixels, tileChecksumSeed, writeContainer } from './bitstream/container.ts';
import { writeHeader } from './bitstream/header.ts';
import { formatVersion, maxQ16, maxSide } from './bitstream/header-fields.ts';
import type { Model } from './engine/model.ts';
import { invalidArgument, LimitError } from './errors.ts';
import type { Executor } from './executor.ts';
import { cutPixels } from './latent/cut-pixels.ts';
import { tileAt, tileGrid, tilePixels } from './latent/tile-grid.ts';
import { metadataSections } from './metadata/metadata.ts';
import { modelHash, priorHash } from './model-hash.ts';
import type { Picture } from './picture.ts';
import { PictureAnalysis } from './picture-analysis.ts';
import { PictureQuality } from './picture-quality.ts';
import { type PriorKind, priorKinds } from './prior/prior-kinds.ts';
import { progressCounter, type TaskOptions, workOf } from './progress.ts';
import { runTasks } from './run-tasks.ts';
import type { Tune } from './tunes.ts';

export interface CodecContext {
  readonly model: Model;
  /** Runs jobs on engines of the same model. */
  readonly executor: Executor;
  /** What the latents are coded with; default `base`. Only for encoding: a file says what it needs. */
  readonly prior?: PriorKind;
  /** Rounds of the search for symbols (search-latents.ts) a tile, default 0. Only for encoding. */
  readonly searchRounds?: number;
  /** What the quality is spread over the picture for, default `psnr`. Only for encoding. */
  readonly tune?: Tune;
}

export interface EncodeOptions extends TaskOptions {
  /** 0 to 100; steps of 1/16 count. */
  readonly quality: number;
}

/** Quality in sixteenths, as the header holds it. INVALID_ARGUMENT. */
function toQ16(quality: number): number {
  if (typeof quality !== 'number' || !(quality >= 0 && quality <= maxQ16 / 16)) {
    throw invalidArgument(`a number from 0 to ${maxQ16 / 16}`, 'quality', quality);
  }
  return Math.round(quality * 16);
}

/** INVALID_ARGUMENT, PICTURE_TOO_LARGE, TOO_MANY_PIXELS. */
export function checkPicture({ width, height, channels, data, alpha }: Picture): void {
  for (const [name, side] of Object.entries({ width, height })) {
    if (!Number.isInteger(side) || side < 1)
      throw invalidArgument('a positive integer', name, side);
    if (side > maxSide) {
      throw new LimitError(
        'PICTURE_TOO_LARGE',
        `The ${name} of the picture is ${side} but the format holds at most ${maxSide}`,
      );
    }
  }
  if (width * height > defaultMaxPixels) {
    throw new LimitError(
      'TOO_MANY_PIXELS',
      `The picture has ${width} x ${height} pixels but at most ${defaultMaxPixels} are allowed`,
    );
  }
  if (channels !== 1 && channels !== 3) throw invalidArgument('1 or 3', 'channels', channels);
  const size = width * height * channels;
  if (!(data instanceof Uint8Array)) throw invalidArgument('a Uint8Array', 'data', data);
  if (data.length !== size) throw invalidArgument(`${size} bytes`, 'data', data.length);
  if (alpha !== undefined && !(alpha instanceof Uint8Array)) {
    throw invalidArgument('a Uint8Array', 'alpha', alpha);
  }
  if (alpha && alpha.length !== width * height) {
    throw invalidArgument(`${width * height} bytes`, 'alpha', alpha.length);
  }
}

/** The picture as it is coded: without an opaque alpha, and with colors for what is transparent. */
export function visiblePicture(picture: Picture): Picture {
  const { alpha, ...opaque } = picture;
  if (!alpha || constantOf(alpha) === 255) return opaque;
  return { ...picture, data: fillHidden(picture) };
}

/** The payloads of the alpha sections, none for a picture without alpha. */
export async function codeAlpha(
  picture: Picture,
  headerBytes: Uint8Array,
  executor: Executor,
  signal?: AbortSignal,
): Promise<Uint8Array[]> {
  const { alpha } = picture;
  if (!alpha) return [];
  const grid = tileGrid(picture.width, picture.height);
  const payloads = new Array<Uint8Array>(grid.count);
  const codeTile = async (index: number) => {
    const { width, height } = tilePixels(picture, tileAt(grid, index));
    const checksumSeed = tileChecksumSeed(headerBytes, index);
    const args = { alpha: alphaOfTile({ ...picture, alpha }, index), width, height, checksumSeed };
    payloads[index] = await executor.run('compressAlpha', args, [args.alpha.buffer]);
  };
  const tasks = Array.from(payloads, (_, index) => () => codeTile(index));
  await runTasks(tasks, 2 * executor.concurrency, signal);
  return payloads;
}

/** Gives the payloads of `codeAlpha` the checksums of another header, in place. */
export function sealAlphaFor(
  headerBytes: Uint8Array,
  picture: Picture,
  payloads: readonly Uint8Array[],
): void {
  const { alpha } = picture;
  if (!alpha) return;
  for (const [index, payload] of payloads.entries()) {
    const samples = alphaOfTile({ ...picture, alpha }, index);
    sealAlpha(payload, samples, tileChecksumSeed(headerBytes, index));
  }
}

function alphaOfTile(
  picture: Picture & { readonly alpha: Uint8Array },
  index: number,
): Uint8Array<ArrayBuffer> {
  const tile = tileAt(tileGrid(picture.width, picture.height), index);
  const plane = { ...picture, channels: 1 as const, data: picture.alpha };
  return cutPixels(plane, tilePixels(picture, tile));
}

/** Work of all rounds of the search at a position. */
export function workOfSearch({ searchRounds = 0 }: CodecContext): number {
  return searchRounds * workOf.searchRound;
}

/** Magic and header of a picture's file. */
export function headerOf(
  picture: Picture,
  { model, prior = 'base' }: CodecContext,
  q16: number,
): Uint8Array {
  return writeHeader({
    majorVersion: formatVersion.major,
    minorVersion: formatVersion.minor,
    modelId: model.manifest.id,
    modelHash: modelHash(model),
    prior: priorKinds.indexOf(prior),
    alpha: picture.alpha ? 1 : 0,
    grey: picture.channels === 1 ? 1 : 0,
    q16,
    priorHash: priorHash(model, prior),
    width: picture.width,
    height: picture.height,
  });
}

/**
 * Encodes a picture with its metadata. The bytes depend on the picture, the model and the quality only, not on the
 * executor. The picture must not change until the promise settles.
 * INVALID_ARGUMENT, PICTURE_TOO_LARGE, TOO_MANY_PIXELS, METADATA_TOO_LARGE; MODEL_NOT_FOUND for a model without its encoder.
 */
export async function encodePicture(
  picture: Picture,
  context: CodecContext,
  { quality, signal, onProgress }: EncodeOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  checkPicture(picture);
  const ancillary = metadataSections(picture.metadata);
  const { executor } = context;
  const visible = visiblePicture(picture);
  const q16 = toQ16(quality);
  const headerBytes = headerOf(visible, context, q16);
  const grid = tileGrid(visible.width, visible.height);
  const searchWork = workOfSearch(context);
  const work = workOf.analysis + searchWork + workOf.entropy;
  const count = progressCounter(grid.width * grid.height * work, onProgress);
  const analyzed = (area: number) => count('analysis', area * workOf.analysis);
  const spread = await PictureQuality.of(visible, context, signal);
  const analysis = new PictureAnalysis(visible, context, spread, q16, {
    signal,
    onRound: (area) => count('search', area * workOf.searchRound),
  });
  const payloads = new Array<Uint8Array>(grid.count);

  async function compressTile(index: number): Promise<void> {
    payloads[index] = await analysis.compressTile(index, { headerBytes, q16, keep: false });
    const tile = tileAt(grid, index);
    count('entropy', tile.width * tile.height * workOf.entropy);
  }

  /** The regions of a row of tiles come before the tiles of the row above, so that these rarely wait. */
  function* tasks(): Generator<() => Promise<void>> {
    for (let row = 0; row < grid.rows; row++) {
      yield* analysis.tasksThrough(row + 1, analyzed);
      for (let column = 0; column < grid.columns; column++) {
        yield () => compressTile(row * grid.columns + column);
      }
    }
  }

  await runTasks(tasks(), 2 * executor.concurrency, signal);
  const alphas = await codeAlpha(visible, headerBytes, executor, signal);
  return writeContainer(headerBytes, ancillary, payloads, alphas);
}
