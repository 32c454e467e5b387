import type { Picture } from '../../codec/index.ts';

/** The RGBA samples of a decoded picture, for `putImageData` of a canvas. */
export function toImageData(picture: Picture): ImageData {
  const { width, height, channels, data, alpha } = picture;
  const rgba = new Uint8ClampedArray(width * height * 4);
  const green = channels === 1 ? 0 : 1;
  for (let i = 0, j = 0; j < rgba.length; i += channels, j += 4) {
    rgba[j] = data[i];
    rgba[j + 1] = data[i + green];
    rgba[j + 2] = data[i + 2 * green];
    rgba[j + 3] = alpha ? alpha[j >> 2] : 255;
  }
  return new ImageData(rgba, width, height);
}
