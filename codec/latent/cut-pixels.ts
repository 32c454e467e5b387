/** Cuts regions out of a picture and puts them into one. */
import type { Rectangle, TilePixels } from '../jobs.ts';
import type { Picture } from '../picture.ts';
import { type Tile, tilePixels } from './tile-grid.ts';

/**
 * The pixels of a rectangle whose corner is in the picture; outside, the last row and column are repeated.
 */
export function cutPixels(picture: Picture, rectangle: Rectangle): Uint8Array<ArrayBuffer> {
  const { channels, data } = picture;
  const rowBytes = rectangle.width * channels;
  const cut = new Uint8Array(rectangle.height * rowBytes);
  const insideWidth = Math.min(rectangle.width, picture.width - rectangle.x);
  for (let row = 0; row < rectangle.height; row++) {
    const sourceRow = Math.min(rectangle.y + row, picture.height - 1);
    const source = (sourceRow * picture.width + rectangle.x) * channels;
    const inside = data.subarray(source, source + insideWidth * channels);
    const target = row * rowBytes;
    cut.set(inside, target);
    for (let index = inside.length; index < rowBytes; index++) {
      cut[target + index] = cut[target + index - channels];
    }
  }
  return cut;
}

/** The pixels of a tile. */
export function cutTile(picture: Picture, tile: Tile): TilePixels {
  const inside = tilePixels(picture, tile);
  const { width, height } = inside;
  return { pixels: cutPixels(picture, inside), width, height, channels: picture.channels };
}

/** Copies what of a rectangle of pixels lies in the picture into its data; the corner may lie outside. */
export function pastePixels(picture: Picture, rectangle: Rectangle, pixels: Uint8Array): void {
  const { channels, data } = picture;
  const left = Math.max(0, -rectangle.x);
  const top = Math.max(0, -rectangle.y);
  const right = Math.min(rectangle.width, picture.width - rectangle.x);
  const bottom = Math.min(rectangle.height, picture.height - rectangle.y);
  if (right <= left) return;
  for (let row = top; row < bottom; row++) {
    const source = row * rectangle.width * channels;
    const target = ((rectangle.y + row) * picture.width + rectangle.x + left) * channels;
    data.set(pixels.subarray(source + left * channels, source + right * channels), target);
  }
}
