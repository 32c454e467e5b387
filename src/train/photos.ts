// A folder of photographs, checked before a trainer loads all of it: how many, how large, and which cannot be read.
import { readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import sharp from 'sharp';
import { TrainingError } from './training-error.ts';

/** As in data.py, less .bmp, which sharp does not read. */
const suffixes = new Set(['.png', '.jpg', '.jpeg', '.webp', '.tif', '.tiff']);
const atATime = 8;
const namedAtMost = 10;

export interface PhotoCheck {
  /** Pictures that the trainer will use. */
  readonly count: number;
  /** Pictures with a side that is shorter than a crop; they are left out. */
  readonly tooSmall: number;
  /** Pixels of those that are used; the trainer holds 3 bytes of memory for each. */
  readonly pixels: number;
}

/**
 * Reads the header of every picture under the folders. TrainingError `UNUSABLE_PHOTOS` where a folder cannot be read or has
 * none that can be used, or names the files that are no pictures.
 */
export async function checkPhotos(
  folders: readonly string[],
  crop: number,
  signal?: AbortSignal,
): Promise<PhotoCheck> {
  const paths = (await Promise.all(folders.map(listPhotos))).flat();
  const unreadable: string[] = [];
  let [count, tooSmall, pixels] = [0, 0, 0];
  let next = 0;
  const check = async (): Promise<void> => {
    while (next < paths.length) {
      signal?.throwIfAborted();
      const path = paths[next++];
      try {
        const { width, height } = await sharp(path).metadata();
        if (Math.min(width, height) < crop) {
          tooSmall++;
        } else {
          count++;
          pixels += width * height;
        }
      } catch {
        unreadable.push(path);
      }
    }
  };
  await Promise.all(Array.from({ length: atATime }, check));
  if (unreadable.length > 0) {
    const names = unreadable.sort().slice(0, namedAtMost).join(', ');
    const rest =
      unreadable.length > namedAtMost ? ` and ${unreadable.length - namedAtMost} more` : '';
    throw new TrainingError('UNUSABLE_PHOTOS', `These are no pictures: ${names}${rest}`);
  }
  if (count === 0) {
    const reason = tooSmall > 0 ? `${tooSmall} are smaller than ${crop}x${crop}` : 'there are none';
    throw new TrainingError('UNUSABLE_PHOTOS', `No picture in ${folders.join(', ')}: ${reason}`);
  }
  return { count, tooSmall, pixels };
}

async function listPhotos(folder: string): Promise<string[]> {
  try {
    const names = await readdir(folder, { recursive: true });
    return names
      .filter((name) => suffixes.has(extname(name).toLowerCase()))
      .map((name) => join(folder, name));
  } catch (error) {
    throw new TrainingError('UNUSABLE_PHOTOS', `${folder} is no folder that can be read`, {
      cause: error,
    });
  }
}
