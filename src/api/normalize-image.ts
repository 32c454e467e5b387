// Takes the pictures that callers have (ImageData of a canvas, buffers of other libraries) to the codec's.
import { invalidArgument, type Metadata, type Picture } from '../../codec/index.ts';

/** A picture to encode; the ImageData of a canvas is one. */
export interface ImageLike {
  readonly width: number;
  readonly height: number;
  /** 8-bit sRGB or grey samples, row by row, channels interleaved. */
  readonly data: Uint8Array | Uint8ClampedArray;
  /** 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA; where it is missing, from the length of the data. */
  readonly channels?: 1 | 2 | 3 | 4;
  /** `width * height` samples of alpha, with 1 or 3 channels. */
  readonly alpha?: Uint8Array | Uint8ClampedArray;
  /** EXIF and XMP that go with it. */
  readonly metadata?: Metadata;
}

/**
 * Checks a picture and takes its alpha channel out. The samples are not copied where they can stay.
 * Throws `INVALID_ARGUMENT` for a shape that does not fit.
 */
export function normalizeImage(image: ImageLike): Picture {
  if (typeof image !== 'object' || image === null)
    throw invalidArgument('an image', 'image', image);
  const { width, height, data, metadata } = image;
  checkSide(width, 'image.width');
  checkSide(height, 'image.height');
  checkSamples(data, 'image.data');
  const channels = image.channels ?? data.length / (width * height);
  if (channels !== 1 && channels !== 2 && channels !== 3 && channels !== 4) {
    const samples = `${width * height} samples times 1, 2, 3 or 4 channels`;
    throw image.channels === undefined
      ? invalidArgument(samples, 'image.data', data.length)
      : invalidArgument('1, 2, 3 or 4', 'image.channels', image.channels);
  }
  if (data.length !== width * height * channels) {
    const samples = `${width * height * channels} samples (${width}x${height}x${channels})`;
    throw invalidArgument(samples, 'image.data', data.length);
  }
  if (image.alpha !== undefined) {
    if (channels === 2 || channels === 4) {
      throw invalidArgument('1 or 3 channels beside alpha', 'image.channels', channels);
    }
    checkSamples(image.alpha, 'image.alpha');
    if (image.alpha.length !== width * height) {
      throw invalidArgument(`${width * height} samples`, 'image.alpha', image.alpha.length);
    }
  }
  const picture: Picture =
    channels === 2 || channels === 4
      ? splitAlpha(width, height, channels, data)
      : { width, height, channels, data: plainView(data) };
  return {
    ...picture,
    ...(image.alpha && { alpha: plainView(image.alpha) }),
    ...(metadata && { metadata }),
  };
}

/** A plain view: the `slice` of a Buffer would not copy. */
function plainView(data: Uint8Array | Uint8ClampedArray): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function checkSamples(value: unknown, name: string): void {
  if (!(value instanceof Uint8Array || value instanceof Uint8ClampedArray)) {
    throw invalidArgument('a Uint8Array or Uint8ClampedArray', name, value);
  }
}

function checkSide(value: unknown, name: string): void {
  if (!Number.isInteger(value) || (value as number) < 1) {
    throw invalidArgument('a positive integer', name, value);
  }
}

/** Takes the last of 2 or 4 interleaved channels out. */
export function splitAlpha(
  width: number,
  height: number,
  channels: 2 | 4,
  samples: ArrayLike<number>,
): Picture {
  const colors = channels === 2 ? 1 : 3;
  const data = new Uint8Array(width * height * colors);
  const alpha = new Uint8Array(width * height);
  for (let pixel = 0; pixel < alpha.length; pixel++) {
    for (let channel = 0; channel < colors; channel++) {
      data[pixel * colors + channel] = samples[pixel * channels + channel];
    }
    alpha[pixel] = samples[pixel * channels + colors];
  }
  const picture = { width, height, channels: colors as 1 | 3, data };
  return alpha.every((value) => value === 255) ? picture : { ...picture, alpha };
}

/** Color and alpha interleaved: 2 or 4 channels. */
export function joinAlpha(
  { width, height, channels, data }: Picture,
  alpha: Uint8Array,
): Uint8Array {
  const joined = new Uint8Array(width * height * (channels + 1));
  for (let pixel = 0; pixel < alpha.length; pixel++) {
    const target = pixel * (channels + 1);
    for (let channel = 0; channel < channels; channel++) {
      joined[target + channel] = data[pixel * channels + channel];
    }
    joined[target + channels] = alpha[pixel];
  }
  return joined;
}
