/** Speed of the codecs of sharp on the same pictures. */
import sharp, { type Sharp } from 'sharp';
import type { Picture } from '../../codec/index.ts';
import { type Clock, shortestMs } from './measure.ts';

export interface SharpTimes {
  readonly codec: string;
  readonly encodeMs: number;
  readonly decodeMs: number;
  readonly bytes: number;
}

/** At sharp's default qualities: 80 for JPEG and WebP, 50 for AVIF. */
const codecs: readonly (readonly [string, (image: Sharp) => Sharp])[] = [
  ['jpeg', (image) => image.jpeg()],
  ['mozjpeg', (image) => image.jpeg({ mozjpeg: true })],
  ['webp effort 4', (image) => image.webp({ effort: 4 })],
  ['webp effort 6', (image) => image.webp({ effort: 6 })],
  ['avif effort 4', (image) => image.avif({ effort: 4 })],
];

/** Times of all pictures together, one after the other, with sharp.concurrency set to `threads`. */
export async function sharpTimes(
  pictures: readonly Picture[],
  options: { readonly threads: number; readonly runs: number; readonly clock: Clock },
): Promise<SharpTimes[]> {
  const { threads, runs, clock } = options;
  const previous = sharp.concurrency();
  sharp.concurrency(threads);
  sharp.cache(false);
  try {
    const results: SharpTimes[] = [];
    for (const [codec, encoder] of codecs) {
      const encode = ({ width, height, channels, data }: Picture) =>
        encoder(sharp(data, { raw: { width, height, channels } })).toBuffer();
      const encoded: Buffer[] = [];
      for (const picture of pictures) encoded.push(await encode(picture));
      const encodeAll = async () => {
        for (const picture of pictures) await encode(picture);
      };
      const decodeAll = async () => {
        for (const bytes of encoded) await sharp(bytes).raw().toBuffer();
      };
      results.push({
        codec,
        encodeMs: await shortestMs(encodeAll, { runs, clock }),
        decodeMs: await shortestMs(decodeAll, { runs, clock }),
        bytes: encoded.reduce((sum, bytes) => sum + bytes.length, 0),
      });
    }
    return results;
  } finally {
    sharp.concurrency(previous);
  }
}
