// Takes the pictures that callers have (ImageData of a canvas, buffers of other libraries) to the codec's.
import { InvalidArgumentError, invalidArgument, type Picture } from '../../codec/index.ts';

/** A picture to encode; the ImageData of a canvas is one. */
export interface ImageLike {
  readonly width: number;
  readonly height: number;
  /** 8-bit sRGB or grey samples, row by row, channels interleaved. */
  readonly data: Uint8Array | Uint8ClampedArray;
  /** 1 grey, 3 RGB, 4 RGBA with every alpha 255; where it is missing, from the length of the data. */
  readonly channels?: 1 | 3 | 4;
}

/**
 * Checks a picture and drops an opaque alpha channel. The samples are not copied where they can stay.
 * Throws `INVALID_ARGUMENT` for a shape that does not fit and `UNSUPPORTED_IMAGE` for transparency.
 */
export function normalizeImage(image: ImageLike): Picture {
  if (typeof image !== 'object' || image === null)
    throw invalidArgument('an image', 'image', image);
  const { width, height, data } = image;
  checkSide(width, 'image.width');
  checkSide(height, 'image.height');
  if (!(data instanceof Uint8Array || data instanceof Uint8ClampedArray)) {
    throw invalidArgument('a Uint8Array or Uint8ClampedArray', 'image.data', data);
  }
  const channels = image.channels ?? data.length / (width * height);
  if (channels !== 1 && channels !== 3 && channels !== 4) {
    const samples = `${width * height} samples times 1, 3 or 4 channels`;
    throw image.channels === undefined
      ? invalidArgument(samples, 'image.data', data.length)
      : invalidArgument('1, 3 or 4', 'image.channels', image.channels);
  }
  if (data.length !== width * height * channels) {
    const samples = `${width * height * channels} samples (${width}x${height}x${channels})`;
    throw invalidArgument(samples, 'image.data', data.length);
  }
  // A plain view: the `slice` of a Buffer would not copy.
  const samples = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (channels !== 4) return { width, height, channels, data: samples };
  return { width, height, channels: 3, data: withoutAlpha(samples) };
}

function checkSide(value: unknown, name: string): void {
  if (!Number.isInteger(value) || (value as number) < 1) {
    throw invalidArgument('a positive integer', name, value);
  }
}

function withoutAlpha(rgba: Uint8Array): Uint8Array {
  const rgb = new Uint8Array((rgba.length / 4) * 3);
  for (let i = 0, j = 0; i < rgba.length; i += 4, j += 3) {
    if (rgba[i + 3] !== 255) {
      throw new InvalidArgumentError(
        'UNSUPPORTED_IMAGE',
        'The picture has an alpha channel with transparency, which cannot be coded yet; flatten it first',
      );
    }
    rgb[j] = rgba[i];
    rgb[j + 1] = rgba[i + 1];
    rgb[j + 2] = rgba[i + 2];
  }
  return rgb;
}
