// What the same bytes buy as a JPEG: mozjpeg 4:2:0 by sharp.
import sharp from 'sharp';
import type { Picture } from '../../codec/index.ts';
import { readImage } from '../../src/node.ts';

export interface Jpeg {
  readonly quality: number;
  readonly bytes: Uint8Array;
  readonly picture: Picture;
  /** Whether it is within the size that was asked for. */
  readonly fits: boolean;
}

/** The largest JPEG of at most `maxBytes`; the smallest there is where none fits. */
export async function mozjpegWithin(picture: Picture, maxBytes: number): Promise<Jpeg> {
  const { width, height, channels, data } = picture;
  const image = sharp(data, { raw: { width, height, channels } });
  const source = channels === 1 ? image.toColourspace('b-w') : image;
  const at = (quality: number) => source.clone().jpeg({ quality, mozjpeg: true }).toBuffer();
  let low = 1;
  let high = 100;
  let bytes = await at(low);
  const fits = bytes.length <= maxBytes;
  while (fits && low < high) {
    const quality = (low + high + 1) >> 1;
    const candidate = await at(quality);
    if (candidate.length <= maxBytes) {
      low = quality;
      bytes = candidate;
    } else {
      high = quality - 1;
    }
  }
  return { quality: low, bytes, picture: await readImage(bytes), fits };
}
