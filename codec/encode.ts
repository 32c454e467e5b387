/** Picture to bytes: cuts the picture, runs the jobs on an executor and writes the container. */
import { defaultMaxPixels, tileChecksumSeed, writeContainer } from './bitstream/container.ts';
import { writeHeader } from './bitstream/header.ts';
import { formatVersion, maxQ16, maxSide } from './bitstream/header-fields.ts';
import type { Model } from './engine/model.ts';
import { invalidArgument, LimitError } from './errors.ts';
import type { Executor } from './executor.ts';
import type { Rectangle } from './jobs.ts';
import { cutPixels } from './latent/cut-pixels.ts';
import { addHalo, planRegions, relativeTo } from './latent/plan-regions.ts';
import { latentPixels, tileAt, tileGrid, tileLatents } from './latent/tile-grid.ts';
import { TileStore } from './latent/tile-store.ts';
import { modelHash } from './model-hash.ts';
import type { Picture } from './picture.ts';
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

function checkPicture({ width, height, channels, data }: Picture): void {
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
  const { width, height, channels } = picture;
  const { id, latentChannels, analysisHalo } = model.manifest;
  const q16 = toQ16(quality);
  const headerBytes = writeHeader({
    majorVersion: formatVersion.major,
    minorVersion: formatVersion.minor,
    modelId: id,
    modelHash: modelHash(model),
    reserved: 0,
    grey: channels === 1 ? 1 : 0,
    q16,
    width,
    height,
  });
  const grid = tileGrid(width, height);
  const halo = Math.ceil(analysisHalo / 2);
  const regions = planRegions(grid.width, grid.height, halo, executor.concurrency);
  const store = new TileStore(grid, latentChannels);
  const payloads = new Array<Uint8Array>(grid.count);
  const count = progressCounter(grid.width * grid.height * 5, onProgress);

  /** Per tile: the regions under way or done that it needs. */
  const sources = Array.from({ length: grid.count }, (): Promise<void>[] => []);

  async function analyzeRegion(core: Rectangle): Promise<void> {
    const region = addHalo(core, halo, grid.width, grid.height);
    const inPixels = {
      x: region.x * latentPixels,
      y: region.y * latentPixels,
      width: region.width * latentPixels,
      height: region.height * latentPixels,
    };
    const pixels = cutPixels(picture, inPixels);
    const latents = await executor.run(
      'analyze',
      {
        pixels,
        width: inPixels.width,
        height: inPixels.height,
        channels,
        core: relativeTo(core, region),
        q16,
      },
      [pixels.buffer],
    );
    store.write(core, latents);
    count('analysis', core.width * core.height * 4);
  }

  async function compressTile(index: number): Promise<void> {
    await Promise.all(sources[index]);
    const latents = store.take(index);
    const checksumSeed = tileChecksumSeed(headerBytes, index);
    payloads[index] = await executor.run('compressLatents', { latents, q16, checksumSeed }, [
      latents.data.buffer as ArrayBuffer,
    ]);
    const tile = tileAt(grid, index);
    count('entropy', tile.width * tile.height);
  }

  /** The regions of a row of tiles come before the tiles of the row above, so that these rarely wait. */
  function* tasks(): Generator<() => Promise<void>> {
    let next = 0;
    for (let row = 0; row < grid.rows; row++) {
      for (; next < regions.length && regions[next].y < (row + 2) * tileLatents; next++) {
        const core = regions[next];
        yield () => {
          const done = analyzeRegion(core);
          for (const index of store.overlapping(core)) sources[index].push(done);
          return done;
        };
      }
      for (let column = 0; column < grid.columns; column++) {
        yield () => compressTile(row * grid.columns + column);
      }
    }
  }

  await runTasks(tasks(), 2 * executor.concurrency, signal);
  return writeContainer(headerBytes, [], payloads);
}
