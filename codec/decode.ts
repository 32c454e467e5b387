/** Bytes to picture: reads the container, runs the jobs on an executor and puts the picture together. */
import {
  defaultMaxPixels,
  readContainer,
  sectionName,
  tileChecksumSeed,
} from './bitstream/container.ts';
import type { Header } from './bitstream/header-fields.ts';
import type { CodecContext } from './encode.ts';
import { auxiliaryOf } from './engine/auxiliary.ts';
import type { AuxiliaryKind } from './engine/auxiliary-kinds.ts';
import type { Model } from './engine/model.ts';
import { BitstreamError, fromAllocationFailure, invalidArgument } from './errors.ts';
import { filteredHalo, filtersIn } from './filter/filter-tiles.ts';
import type { Rectangle, TileFilter } from './jobs.ts';
import { pastePixels } from './latent/cut-pixels.ts';
import { addHalo, planRegions, relativeTo } from './latent/plan-regions.ts';
import { qualityMap } from './latent/quality-map.ts';
import { fullShare } from './latent/synthesize.ts';
import {
  inPixels,
  latentPixels,
  tileAt,
  tileGrid,
  tileLatents,
  tilePixels,
} from './latent/tile-grid.ts';
import { TileStore } from './latent/tile-store.ts';
import { metadataOf } from './metadata/metadata.ts';
import { checkModel, checkPrior } from './model-hash.ts';
import type { Picture } from './picture.ts';
import { progressCounter, type TaskOptions } from './progress.ts';
import { runTasks } from './run-tasks.ts';

export interface DecodeOptions extends TaskOptions {
  /** Pictures with more pixels are refused; default 2^28. */
  readonly maxPixels?: number;
  /**
   * Only this part, in pixels, at the cost of the tiles that it needs: exactly what cutting it out of the whole
   * picture gives. The other tiles are not checked. Default: all.
   */
  readonly region?: Rectangle;
  /**
   * 0 (default) for the faithful synthesis, 1 for the perceptual one, which draws texture that the file does not hold,
   * and mixtures between, in steps of 1/256. Above 0 it takes the model's auxiliary `perceptual`.
   */
  readonly realism?: number;
  /** Also predict how far each pixel may be off, with the model's auxiliary `uncertainty`. */
  readonly uncertainty?: boolean;
}

/**
 * Decodes a picture and its metadata: sRGB with 3 channels, or grey with 1. `bytes` must not change until the promise
 * settles.
 *
 * Whatever the bytes are, the result is a picture whose latents match their checksum, or an error:
 * BitstreamError, ModelError (`MODEL_NOT_FOUND`, `MODEL_MISMATCH`) or LimitError.
 */
export async function decodePicture(
  bytes: Uint8Array,
  { model, executor }: CodecContext,
  options: DecodeOptions = {},
): Promise<Picture> {
  const { maxPixels = defaultMaxPixels, region: asked, signal, onProgress } = options;
  const { uncertainty = false } = options;
  if (!(bytes instanceof Uint8Array)) throw invalidArgument('a Uint8Array', 'bytes', bytes);
  const share = perceptualShare(options.realism);
  const { header, headerBytes, ancillary, tiles, alphas } = readContainer(bytes, { maxPixels });
  checkModel(header, model);
  const prior = checkPrior(header, model);
  const { width, height, q16 } = header;
  const channels = header.grey ? 1 : 3;
  const { latentChannels } = model.manifest;
  const grid = tileGrid(width, height);
  const halo = Math.ceil(haloAt8(model, share, uncertainty) / 2);
  const part = asked ? checkedRegion(asked, header) : { x: 0, y: 0, width, height };
  const inLatents = latentsAround(part);
  const regions = planRegions(inLatents.width, inLatents.height, halo, executor.concurrency).map(
    (core) => ({ ...core, x: core.x + inLatents.x, y: core.y + inLatents.y }),
  );
  const store = new TileStore(grid, latentChannels);
  const qualities = new TileStore(grid, 1);
  const filters = new Array<readonly TileFilter[]>(grid.count);
  const decoded = new Array<Promise<void>>(grid.count);
  /** Per tile: how many regions have still to read it. */
  const readers = new Uint32Array(grid.count);
  for (const core of regions) {
    for (const index of store.overlapping(addHalo(core, halo, grid.width, grid.height))) {
      readers[index]++;
    }
  }
  const tilesWithAlpha = new Set(header.alpha ? store.overlapping(inLatents) : []);
  let work = inLatents.width * inLatents.height * 3;
  for (let index = 0; index < grid.count; index++) {
    if (readers[index] > 0) work += tileAt(grid, index).width * tileAt(grid, index).height;
  }
  const count = progressCounter(work, onProgress);
  let picture: Picture | undefined;
  let alpha: Uint8Array | undefined;
  let errors: Uint8Array | undefined;

  async function decompressTile(index: number): Promise<void> {
    const tile = tileAt(grid, index);
    // A copy even of a Buffer, whose slice would be a view of the caller's bytes.
    const payload = new Uint8Array(tiles[index].payload);
    const checksumSeed = tileChecksumSeed(headerBytes, index);
    const args = { payload, width: tile.width, height: tile.height, q16, checksumSeed, prior };
    const decompressed = await executor
      .run('decompressLatents', args, [payload.buffer])
      .catch((error: unknown) => {
        throw placeInFile(error, sectionName(tiles[index].type, index), tiles[index].payloadOffset);
      });
    store.put(index, decompressed.latents);
    qualities.put(index, qualityMap(q16, decompressed.deltas, tile));
    filters[index] = decompressed.filters;
    count('entropy', tile.width * tile.height);
  }

  async function decodeAlpha(index: number): Promise<void> {
    await decoded[index];
    const rectangle = tilePixels(header, tileAt(grid, index));
    const payload = new Uint8Array(alphas[index].payload);
    const checksumSeed = tileChecksumSeed(headerBytes, index);
    const size = { width: rectangle.width, height: rectangle.height };
    const data = await executor
      .run('decompressAlpha', { payload, ...size, checksumSeed }, [payload.buffer])
      .catch((error: unknown) => {
        const { type, payloadOffset } = alphas[index];
        throw placeInFile(error, sectionName(type, index), payloadOffset);
      });
    alpha ??= emptyPicture(part.width, part.height, 1).data;
    pastePixels(planeOf(alpha), relativeTo(rectangle, part), data);
  }

  function planeOf(data: Uint8Array): Picture {
    return { width: part.width, height: part.height, channels: 1, data };
  }

  async function synthesizeRegion(core: Rectangle): Promise<void> {
    const region = addHalo(core, halo, grid.width, grid.height);
    const indices = store.overlapping(region);
    await Promise.all(indices.map((index) => decoded[index]));
    // Allocated only now that some of the picture has proved to be there.
    picture ??= emptyPicture(part.width, part.height, channels);
    const latents = store.read(region);
    const quality = qualities.read(region);
    for (const index of indices) {
      if (--readers[index] === 0) store.take(index);
    }
    const target = relativeTo(inPixels(core), part);
    if (uncertainty) {
      errors ??= emptyPicture(part.width, part.height, 1).data;
      const args = { latents, core: relativeTo(core, region), quality };
      pastePixels(planeOf(errors), target, await executor.run('uncertainty', args, []));
    }
    const pixels = await executor.run(
      'synthesize',
      {
        latents,
        core: relativeTo(core, region),
        filters: filtersIn(core, region, grid, store, (index) => filters[index]),
        quality,
        channels,
        ...(share > 0 && { perceptual: { share, x: region.x, y: region.y } }),
      },
      [latents.data.buffer as ArrayBuffer],
    );
    pastePixels(picture, target, pixels);
    count('synthesis', core.width * core.height * 3);
  }

  function* tilesOfRow(row: number): Generator<() => Promise<void>> {
    for (let column = 0; column < grid.columns; column++) {
      const index = row * grid.columns + column;
      if (readers[index] === 0) continue;
      yield () => {
        decoded[index] = decompressTile(index);
        return decoded[index];
      };
      if (tilesWithAlpha.has(index)) yield () => decodeAlpha(index);
    }
  }

  /** The tiles of a row come before the regions that need the row above, so that these rarely wait. */
  function* tasks(): Generator<() => Promise<void>> {
    let next = 0;
    for (let row = 0; row <= grid.rows; row++) {
      if (row < grid.rows) yield* tilesOfRow(row);
      const bottom = Math.min(row * tileLatents, grid.height);
      for (; next < regions.length; next++) {
        const core = regions[next];
        if (Math.min(core.y + core.height + halo, grid.height) > bottom) break;
        yield () => synthesizeRegion(core);
      }
    }
  }

  await runTasks(tasks(), 2 * executor.concurrency, signal);
  const whole = picture as unknown as Picture;
  const metadata = metadataOf(ancillary);
  return {
    ...whole,
    ...(alpha && { alpha }),
    ...(metadata && { metadata }),
    ...(errors && { uncertainty: { data: errors, unit: unitOf(model) } }),
    ...(share > 0 && { realism: share / fullShare }),
  };
}

/** Realism in 256ths. INVALID_ARGUMENT. */
function perceptualShare(realism = 0): number {
  if (typeof realism !== 'number' || !(realism >= 0 && realism <= 1)) {
    throw invalidArgument('a number from 0 to 1', 'realism', realism);
  }
  return Math.round(realism * fullShare);
}

/** Positions at 1/8 around a part that the networks in use need. MODEL_NOT_FOUND where one is not loaded. */
function haloAt8(model: Model, share: number, uncertainty: boolean): number {
  const haloOf = (kind: AuxiliaryKind) => auxiliaryOf(model, kind).parameters.halo as number;
  const halos = [];
  if (share < fullShare) halos.push(filteredHalo(model.manifest));
  if (share > 0) halos.push(haloOf('perceptual'));
  if (uncertainty) halos.push(haloOf('uncertainty'));
  return Math.max(...halos);
}

function unitOf(model: Model): number {
  return auxiliaryOf(model, 'uncertainty').parameters.unit as number;
}

/** A part that lies in the picture. INVALID_ARGUMENT. */
function checkedRegion(region: Rectangle, { width, height }: Header): Rectangle {
  const { x, y } = region;
  const sides: readonly (readonly [string, number, number, number])[] = [
    ['x', x, 0, width - 1],
    ['y', y, 0, height - 1],
    ['width', region.width, 1, width - x],
    ['height', region.height, 1, height - y],
  ];
  for (const [name, value, low, high] of sides) {
    if (!Number.isInteger(value) || value < low || value > high) {
      throw invalidArgument(`an integer from ${low} to ${high}`, `region.${name}`, value);
    }
  }
  return { x, y, width: region.width, height: region.height };
}

/** The latent positions whose pixels a part touches. */
function latentsAround({ x, y, width, height }: Rectangle): Rectangle {
  const left = Math.floor(x / latentPixels);
  const top = Math.floor(y / latentPixels);
  return {
    x: left,
    y: top,
    width: Math.ceil((x + width) / latentPixels) - left,
    height: Math.ceil((y + height) / latentPixels) - top,
  };
}

function emptyPicture(width: number, height: number, channels: 1 | 3): Picture {
  try {
    return { width, height, channels, data: new Uint8Array(width * height * channels) };
  } catch (error) {
    throw fromAllocationFailure(error, `a picture of ${width} x ${height} pixels`);
  }
}

/** Jobs count offsets from the start of their payload. */
function placeInFile(error: unknown, section: string, payloadOffset: number): unknown {
  if (!(error instanceof BitstreamError)) return error;
  const { code, message, offset = 0 } = error;
  const place = { offset: payloadOffset + offset, section };
  return new BitstreamError(code as 'CORRUPT_LATENTS', message, place, { cause: error });
}
