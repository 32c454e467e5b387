/** The encoder's way from pixels to the payloads of tiles, as tasks that its callers put in order. */
import { tileChecksumSeed } from './bitstream/container.ts';
import type { CodecContext } from './encode.ts';
import type { Tensor } from './engine/engine.ts';
import type { Executor } from './executor.ts';
import type { Rectangle } from './jobs.ts';
import { cutPixels } from './latent/cut-pixels.ts';
import { addHalo, planRegions, relativeTo } from './latent/plan-regions.ts';
import { latentPixels, type TileGrid, tileGrid, tileLatents } from './latent/tile-grid.ts';
import { TileStore } from './latent/tile-store.ts';
import type { Picture } from './picture.ts';
import type { PriorKind } from './prior/prior-kinds.ts';

/** Where to code a tile, and with which file header. */
export interface TileTarget {
  readonly headerBytes: Uint8Array;
  readonly q16: number;
  /** Whether the latents stay for another try. */
  readonly keep: boolean;
}

export class PictureAnalysis {
  readonly grid: TileGrid;
  /** y before its gain. */
  readonly store: TileStore;
  readonly #picture: Picture;
  readonly #executor: Executor;
  readonly #q16: number;
  readonly #halo: number;
  readonly #prior: PriorKind;
  readonly #regions: readonly Rectangle[];
  #next = 0;
  /** Per tile: the regions under way or done that it needs. */
  readonly #sources: Promise<void>[][];

  /** The features follow the quality `q16`. The picture must not change while tasks run. */
  constructor(picture: Picture, context: CodecContext, q16: number) {
    const { model, executor, prior = 'base' } = context;
    const { latentChannels, analysisHalo } = model.manifest;
    this.#prior = prior;
    this.#picture = picture;
    this.#executor = executor;
    this.#q16 = q16;
    this.grid = tileGrid(picture.width, picture.height);
    this.#halo = Math.ceil(analysisHalo / 2);
    const { width, height } = this.grid;
    this.#regions = planRegions(width, height, this.#halo, executor.concurrency);
    this.store = new TileStore(this.grid, latentChannels);
    this.#sources = Array.from({ length: this.grid.count }, () => []);
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
    await Promise.all(this.#sources[index]);
    const { headerBytes, q16, keep } = target;
    const latents = keep ? copyOf(this.store.peek(index)) : this.store.take(index);
    const checksumSeed = tileChecksumSeed(headerBytes, index);
    const args = { latents, q16, checksumSeed, prior: this.#prior };
    return await this.#executor.run('compressLatents', args, [latents.data.buffer as ArrayBuffer]);
  }

  /** y_hat of a tile whose latents stay, as soon as the regions that it needs are done. */
  async quantizeTile(index: number, q16: number): Promise<Tensor> {
    await Promise.all(this.#sources[index]);
    const latents = copyOf(this.store.peek(index));
    const transfer = [latents.data.buffer as ArrayBuffer];
    return await this.#executor.run('quantizeLatents', { latents, q16 }, transfer);
  }

  async #analyze(core: Rectangle): Promise<void> {
    const region = addHalo(core, this.#halo, this.grid.width, this.grid.height);
    const width = region.width * latentPixels;
    const height = region.height * latentPixels;
    const corner = { x: region.x * latentPixels, y: region.y * latentPixels };
    const pixels = cutPixels(this.#picture, { ...corner, width, height });
    const { channels } = this.#picture;
    const latents = await this.#executor.run(
      'analyze',
      { pixels, width, height, channels, core: relativeTo(core, region), q16: this.#q16 },
      [pixels.buffer],
    );
    this.store.write(core, latents);
  }
}

function copyOf(tensor: Tensor): Tensor {
  return { ...tensor, data: tensor.data.slice() };
}
