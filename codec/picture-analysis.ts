/** The encoder's way from pixels to the payloads of tiles, as tasks that its callers put in order. */
import { tileChecksumSeed } from './bitstream/container.ts';
import type { CodecContext } from './encode.ts';
import { encoderOf } from './engine/encoder.ts';
import type { Tensor } from './engine/engine.ts';
import type { Model } from './engine/model.ts';
import type { Executor } from './executor.ts';
import { smallestParts } from './filter/filter-parts.ts';
import { filteredHalo } from './filter/filter-tiles.ts';
import { hasFilters } from './filter/fit-filters.ts';
import type { QuadraticForm } from './filter/quadratic-form.ts';
import {
  type DecodedTile,
  type QuantizeArgs,
  type Rectangle,
  type SearchState,
  type TileFilter,
  type TileOriginal,
  transferOf,
} from './jobs.ts';
import { cropTensor } from './latent/crop-tensor.ts';
import { cutPixels, cutTile } from './latent/cut-pixels.ts';
import { addHalo, contains, planGroups, planRegions, relativeTo } from './latent/plan-regions.ts';
import { cropQuality, tileQuality } from './latent/quality-map.ts';
import {
  inPixels,
  type TileGrid,
  tileAt,
  tileGrid,
  tileLatents,
  tilePixels,
} from './latent/tile-grid.ts';
import { TileStore } from './latent/tile-store.ts';
import type { Picture } from './picture.ts';
import type { PictureQuality } from './picture-quality.ts';
import type { PriorKind } from './prior/prior-kinds.ts';
import { runTasks } from './run-tasks.ts';

/** Pixels at the border to another tile whose synthesis that tile has a part in. */
const borderPixels = 32;

/** Where to code a tile, and with which file header. */
export interface TileTarget {
  readonly headerBytes: Uint8Array;
  readonly q16: number;
  /** Whether the latents stay for another try. */
  readonly keep: boolean;
}

/** What stops a search or a fit of filters, and who counts the rounds of a search. */
export interface SearchOptions {
  readonly signal?: AbortSignal;
  /** Called after each round, with the positions of the tile. */
  readonly onRound?: (area: number) => void;
}

export class PictureAnalysis {
  readonly grid: TileGrid;
  /** y before its gain. */
  readonly store: TileStore;
  readonly #model: Model;
  readonly #picture: Picture;
  readonly #executor: Executor;
  readonly #quality: PictureQuality;
  readonly #q16: number;
  readonly #halo: number;
  readonly #prior: PriorKind;
  readonly #regions: readonly Rectangle[];
  readonly #searchRounds: number;
  readonly #searchOptions: SearchOptions;
  readonly #searchHalo: number;
  readonly #filterHalo: number;
  /** Per tile: how many searches have still to read it. */
  readonly #readers: Uint32Array;
  /** The last result of a search by tile, and the quality that it was for. */
  readonly #found = new Map<number, SearchState & { readonly q16: number }>();
  #next = 0;
  /** Per tile: the regions under way or done that it needs. */
  readonly #sources: Promise<void>[][];

  /** The features follow the quality of the picture at `q16`. The picture must not change while tasks run. */
  constructor(
    picture: Picture,
    context: CodecContext,
    quality: PictureQuality,
    q16: number,
    search: SearchOptions = {},
  ) {
    const { model, executor, prior = 'base', searchRounds = 0 } = context;
    const { latentChannels, synthesisHalo } = model.manifest;
    this.#model = model;
    this.#prior = prior;
    this.#picture = picture;
    this.#executor = executor;
    this.#quality = quality;
    this.#q16 = q16;
    this.grid = tileGrid(picture.width, picture.height);
    this.#halo = Math.ceil(encoderOf(model).halo / 2);
    const { width, height } = this.grid;
    this.#regions = planRegions(width, height, this.#halo, executor.concurrency);
    this.store = new TileStore(this.grid, latentChannels);
    this.#sources = Array.from({ length: this.grid.count }, () => []);
    this.#searchRounds = searchRounds;
    this.#searchOptions = search;
    this.#searchHalo = Math.ceil(synthesisHalo / 2);
    this.#filterHalo = Math.ceil(filteredHalo(model.manifest) / 2);
    this.#readers = new Uint32Array(this.grid.count);
    for (let index = 0; index < this.grid.count; index++) {
      for (const read of this.store.overlapping(this.#searchRegion(index))) this.#readers[read]++;
    }
  }

  /** Tasks for the regions that are left and begin above the end of tile row `lastRow`. */
  *tasksThrough(lastRow: number, done: (area: number) => void): Generator<() => Promise<void>> {
    while (this.#next < this.#regions.length) {
      const core = this.#regions[this.#next];
      if (core.y >= (lastRow + 1) * tileLatents) return;
      this.#next++;
      yield () => {
        const finished = this.#analyze(core).then(() => done(core.width * core.height));
        for (const index of this.store.overlapping(core)) this.#sources[index].push(finished);
        return finished;
      };
    }
  }

  /** The payload of a tile, as soon as the regions that it needs are done. */
  async compressTile(index: number, target: TileTarget): Promise<Uint8Array> {
    const { headerBytes, q16, keep } = target;
    const { filters: found, ...tile } = await this.#latentsOf(index, q16, keep);
    const args = { ...tile, prior: this.#prior };
    const coded = await this.#executor.run('codeLatents', args, [bufferOf(tile.latents)]);
    const filters = found ?? (await this.#fitFilters(index, q16, coded.latents));
    const checksumSeed = tileChecksumSeed(headerBytes, index);
    const written = { ...coded, deltas: tile.deltas, filters, q16, checksumSeed };
    return await this.#executor.run('writeTile', written, transferOf(coded));
  }

  /** What a tile whose latents stay decodes to, as soon as the regions that it needs are done. */
  async quantizeTile(index: number, q16: number): Promise<DecodedTile> {
    const { filters: found, ...tile } = await this.#latentsOf(index, q16, true);
    const latents = await this.#executor.run('quantizeLatents', tile, [bufferOf(tile.latents)]);
    const filters = found ?? (await this.#fitFilters(index, q16, latents));
    return { latents, deltas: tile.deltas, filters };
  }

  /** The filters of a tile, in parts at the same time where there are fewer tiles than jobs that run at once. */
  async #fitFilters(index: number, q16: number, latents: Tensor): Promise<readonly TileFilter[]> {
    if (!hasFilters(this.#model, q16)) return [];
    const tile = tileAt(this.grid, index);
    const parts = smallestParts({ ...tile, x: 0, y: 0 });
    const quality = tileQuality(q16, this.#quality.deltasOf(index, q16), tile);
    const forms = new Array<QuadraticForm>(parts.length);
    const share = Math.max(1, Math.floor(this.#executor.concurrency / this.grid.count));
    const groups = planGroups(tile, parts, this.#filterHalo, share);
    const gather = async (core: Rectangle) => {
      const region = addHalo(core, this.#filterHalo, tile.width, tile.height);
      const inside = parts.flatMap((part, place) => (contains(core, part) ? [place] : []));
      const found = await this.#executor.run('gatherForms', {
        latents: cropTensor(latents, region),
        quality: cropQuality(quality, region),
        original: this.#originalOf(index, region),
        parts: inside.map((place) => relativeTo(parts[place], region)),
      });
      for (const [at, place] of inside.entries()) forms[place] = found[at];
    };
    const tasks = groups.map((core) => () => gather(core));
    await runTasks(tasks, tasks.length, this.#searchOptions.signal);
    const { width: insideWidth, height: insideHeight } = tilePixels(this.#picture, tile);
    const { width, height } = tile;
    const args = { forms, width, height, insideWidth, insideHeight, q16 };
    return await this.#executor.run('chooseFilters', args);
  }

  /** Of a region of a tile, whose coordinates start at the corner of the tile. */
  #originalOf(index: number, region: Rectangle): TileOriginal {
    const tile = tileAt(this.grid, index);
    const { width, height } = tilePixels(this.#picture, tile);
    const left = tile.x > 0 ? borderPixels : 0;
    const top = tile.y > 0 ? borderPixels : 0;
    const right = tile.x + tile.width < this.grid.width ? borderPixels : 0;
    const bottom = tile.y + tile.height < this.grid.height ? borderPixels : 0;
    const area = { x: left, y: top, width: width - left - right, height: height - top - bottom };
    const place = { ...region, x: tile.x + region.x, y: tile.y + region.y, index };
    return { ...cutTile(this.#picture, place), area: relativeTo(area, inPixels(region)) };
  }

  /** A copy of what to quantise of a tile, and the filters that a search has found for it. */
  async #latentsOf(
    index: number,
    q16: number,
    keep: boolean,
  ): Promise<QuantizeArgs & { readonly filters?: readonly TileFilter[] }> {
    const deltas = this.#quality.deltasOf(index, q16);
    if (this.#searchRounds === 0) {
      await Promise.all(this.#sources[index]);
      const latents = keep ? copyOf(this.store.peek(index)) : this.store.take(index);
      return { latents, refined: false, q16, deltas };
    }
    const known = this.#found.get(index);
    const found = known?.q16 === q16 ? known : await this.#search(index, q16, keep);
    if (keep) this.#found.set(index, { ...found, q16 });
    const latents = keep ? copyOf(found.latents) : found.latents;
    return { latents, filters: found.filters, refined: true, q16, deltas };
  }

  #searchRegion(index: number): Rectangle {
    return addHalo(tileAt(this.grid, index), this.#searchHalo, this.grid.width, this.grid.height);
  }

  async #search(index: number, q16: number, keep: boolean): Promise<SearchState> {
    const tile = tileAt(this.grid, index);
    const region = this.#searchRegion(index);
    const read = this.store.overlapping(region);
    await Promise.all(read.flatMap((source) => this.#sources[source]));
    const latents = this.store.read(region);
    if (!keep) {
      for (const source of read) {
        if (--this.#readers[source] === 0) this.store.take(source);
      }
    }
    const inside = tilePixels(this.#picture, { ...region, index });
    const pixels = cutPixels(this.#picture, inPixels(region));
    const args = {
      latents,
      pixels,
      channels: this.#picture.channels,
      insideWidth: inside.width,
      insideHeight: inside.height,
      core: relativeTo(tile, region),
      original: this.#originalOf(index, { ...tile, x: 0, y: 0 }),
      q16,
      deltas: this.#quality.deltasOf(index, q16),
      quality: this.#quality.in(region, q16),
    };
    const rounds = this.#searchRounds;
    let state: SearchState | undefined;
    for (let round = 0; round < rounds; round++) {
      state = await this.#executor.run('searchLatents', { ...args, round, rounds, state });
      this.#searchOptions.onRound?.(tile.width * tile.height);
      this.#searchOptions.signal?.throwIfAborted();
    }
    return state as SearchState;
  }

  async #analyze(core: Rectangle): Promise<void> {
    const region = addHalo(core, this.#halo, this.grid.width, this.grid.height);
    const rectangle = inPixels(region);
    const { width, height } = rectangle;
    const pixels = cutPixels(this.#picture, rectangle);
    const { channels } = this.#picture;
    const latents = await this.#executor.run(
      'analyze',
      {
        ...{ pixels, width, height, channels },
        core: relativeTo(core, region),
        quality: this.#quality.in(region, this.#q16),
      },
      [pixels.buffer],
    );
    this.store.write(core, latents);
  }
}

function bufferOf({ data }: Tensor): ArrayBuffer {
  return data.buffer as ArrayBuffer;
}

function copyOf(tensor: Tensor): Tensor {
  return { ...tensor, data: tensor.data.slice() };
}
