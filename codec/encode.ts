/** Picture to bytes at a given quality: runs the jobs on an executor and writes the container. */
import { defaultMaxPixels, writeContainer } from './bitstream/container.ts';
import { writeHeader } from './bitstream/header.ts';
import { formatVersion, maxQ16, maxSide } from './bitstream/header-fields.ts';
import type { Model } from './engine/model.ts';
import { invalidArgument, LimitError } from './errors.ts';
import type { Executor } from './executor.ts';
import { tileAt } from './latent/tile-grid.ts';
import { modelHash } from './model-hash.ts';
import type { Picture } from './picture.ts';
import { PictureAnalysis } from './picture-analysis.ts';
import { progressCounter, type TaskOptions } from './progress.ts';
import { runTasks } from './run-tasks.ts';

export interface CodecContext {
  readonly model: Model;
  /** Runs jobs on engines of the same model. */
  readonly executor: Executor;
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
export function checkPicture({ width, height, channels, data }: Picture): void {
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
}

/** Magic and header of a picture's file. */
export function headerOf(picture: Picture, model: Model, q16: number): Uint8Array {
  return writeHeader({
    majorVersion: formatVersion.major,
    minorVersion: formatVersion.minor,
    modelId: model.manifest.id,
    modelHash: modelHash(model),
    reserved: 0,
    grey: picture.channels === 1 ? 1 : 0,
    q16,
    width: picture.width,
    height: picture.height,
  });
}

/**
 * Encodes a picture. The bytes depend on the picture, the model and the quality only, not on the executor.
 * The picture must not change until the promise settles. INVALID_ARGUMENT, PICTURE_TOO_LARGE, TOO_MANY_PIXELS.
 */
export async function encodePicture(
  picture: Picture,
  { model, executor }: CodecContext,
  { quality, signal, onProgress }: EncodeOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  checkPicture(picture);
  const q16 = toQ16(quality);
  const headerBytes = headerOf(picture, model, q16);
  const analysis = new PictureAnalysis(picture, model, executor, q16);
  const { grid } = analysis;
  const payloads = new Array<Uint8Array>(grid.count);
  const count = progressCounter(grid.width * grid.height * 5, onProgress);
  const analyzed = (area: number) => count('analysis', area * 4);

  async function compressTile(index: number): Promise<void> {
    payloads[index] = await analysis.compressTile(index, { headerBytes, q16, keep: false });
    const tile = tileAt(grid, index);
    count('entropy', tile.width * tile.height);
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
  return writeContainer(headerBytes, [], payloads);
}
