// A folder of pictures as a data set: which files, their SHA-256, and their samples as RGB.
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { invalidArgument } from '../codec/errors.ts';
import { isPictureName } from '../src/image/is-picture-name.ts';
import { readImage } from '../src/image/read-image.ts';
import type { RgbPicture } from './codecs/codec.ts';
import type { DatasetInfo, PictureInfo } from './rows.ts';

/** Names of the picture files in `folder`, sorted. Throws an InvalidArgumentError where there is none. */
export async function pictureNames(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries
    .filter((entry) => !entry.isDirectory() && isPictureName(entry.name))
    .map((entry) => entry.name)
    .sort();
  if (names.length === 0) throw invalidArgument('a folder with pictures', 'DIR', folder);
  return names;
}

/** Reads every picture's header and hash. */
export async function describeDataset(
  folder: string,
  name: string,
  names: readonly string[],
): Promise<DatasetInfo> {
  const pictures: PictureInfo[] = [];
  for (const file of names) {
    const bytes = await readFile(join(folder, file));
    const { picture } = await readImage(bytes);
    const { width, height } = picture;
    pictures.push({ name: file, width, height, sha256: sha256(bytes) });
  }
  const lines = pictures.map((picture) => `${picture.sha256}  ${picture.name}\n`);
  return { name, sha256: sha256(lines.join('')), pictures };
}

export function sha256(data: Uint8Array | string): string {
  return createHash('sha256').update(data).digest('hex');
}

/** Reads a picture as 8-bit RGB; grey becomes three equal channels. */
export async function readRgb(source: string | Uint8Array): Promise<RgbPicture> {
  const { picture } = await readImage(source);
  const { width, height, data } = picture;
  if (picture.channels === 3) return { width, height, channels: 3, data };
  const rgb = new Uint8Array(width * height * 3);
  for (let i = 0, j = 0; i < data.length; i++, j += 3) rgb.fill(data[i], j, j + 3);
  return { width, height, channels: 3, data: rgb };
}
