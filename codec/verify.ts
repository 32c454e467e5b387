/** Whether a file is whole: all that can be known without the pixels, at the cost of the entropy decoding. */
import {
  defaultMaxPixels,
  readContainer,
  sectionName,
  tileChecksumSeed,
} from './bitstream/container.ts';
import type { CodecContext } from './encode.ts';
import { BitstreamError, invalidArgument } from './errors.ts';
import { tileAt, tileGrid, tilePixels } from './latent/tile-grid.ts';
import { checkModel, checkPrior } from './model-hash.ts';
import { progressCounter, type TaskOptions } from './progress.ts';
import { runTasks } from './run-tasks.ts';

export interface VerifyOptions extends TaskOptions {
  /** Pictures with more pixels are refused; default 2^28. */
  readonly maxPixels?: number;
}

/**
 * Decodes every tile up to its latents, and its alpha, and compares their checksums: a file that passes decodes to
 * the pixels that its encoder meant. BitstreamError, ModelError, LimitError as decodePicture.
 */
export async function verifyPicture(
  bytes: Uint8Array,
  { model, executor }: CodecContext,
  { maxPixels = defaultMaxPixels, signal, onProgress }: VerifyOptions = {},
): Promise<void> {
  if (!(bytes instanceof Uint8Array)) throw invalidArgument('a Uint8Array', 'bytes', bytes);
  const { header, headerBytes, tiles, alphas } = readContainer(bytes, { maxPixels });
  checkModel(header, model);
  const prior = checkPrior(header, model);
  const { q16 } = header;
  const grid = tileGrid(header.width, header.height);
  const count = progressCounter(tiles.length + alphas.length, onProgress);

  async function verifyTile(index: number): Promise<void> {
    const { width, height } = tileAt(grid, index);
    const payload = new Uint8Array(tiles[index].payload);
    const checksumSeed = tileChecksumSeed(headerBytes, index);
    const args = { payload, width, height, q16, checksumSeed, prior };
    await executor.run('decompressLatents', args, [payload.buffer]);
    count('entropy', 1);
  }

  async function verifyAlpha(index: number): Promise<void> {
    const { width, height } = tilePixels(header, tileAt(grid, index));
    const payload = new Uint8Array(alphas[index].payload);
    const checksumSeed = tileChecksumSeed(headerBytes, index);
    const args = { payload, width, height, checksumSeed };
    await executor.run('decompressAlpha', args, [payload.buffer]);
    count('entropy', 1);
  }

  const sections = [
    ...tiles.map((section, index) => ({ section, index, verify: verifyTile })),
    ...alphas.map((section, index) => ({ section, index, verify: verifyAlpha })),
  ];
  const tasks = sections.map(({ section, index, verify }) => async () => {
    await verify(index).catch((error: unknown) => {
      if (!(error instanceof BitstreamError)) throw error;
      const place = {
        offset: section.payloadOffset + (error.offset ?? 0),
        section: sectionName(section.type, index),
      };
      throw new BitstreamError(error.code as 'CORRUPT_LATENTS', error.message, place, {
        cause: error,
      });
    });
  });
  await runTasks(tasks, 2 * executor.concurrency, signal);
}
