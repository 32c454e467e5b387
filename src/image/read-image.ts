// Reads a picture file into 8-bit sRGB or grey samples and alpha. What the codec cannot hold is refused by name
// (animation, floating-point samples) or converted with a warning (deep samples, CMYK).

import { readFile } from 'node:fs/promises';
import sharp, { type Metadata, type SharpOptions } from 'sharp';
import {
  defaultMaxPixels,
  InvalidArgumentError,
  invalidArgument,
  LimitError,
  maxSide,
  NicError,
  type Picture,
} from '../../codec/index.ts';
import { booleanCheck, checkOptions, functionCheck, integerCheck } from '../api/check-options.ts';
import { splitAlpha } from '../api/normalize-image.ts';
import { colorNote } from './metadata/color-notes.ts';
import { pngChunks } from './metadata/png-chunks.ts';
import { readMetadata } from './metadata/read-metadata.ts';

export interface ReadImageOptions {
  /** Pictures with more pixels than this give a LimitError; default 2^28. */
  readonly maxPixels?: number;
  /** Leaves EXIF and XMP out. */
  readonly strip?: boolean;
  /** Called once for each lossy conversion and for metadata that cannot be kept, with one sentence. */
  readonly onWarning?: (message: string) => void;
}

/** What is known of the file that a picture came from. */
export interface ReadImageResult {
  readonly picture: Picture;
  /** `png`, `jpeg`, `webp`, `tiff` or `avif`. */
  readonly format: string;
  /** Bytes of the file. */
  readonly sizeBytes: number;
}

export const readImageChecks = {
  maxPixels: integerCheck(1, Number.MAX_SAFE_INTEGER),
  strip: booleanCheck,
  onWarning: functionCheck,
};
const readable = 'PNG, JPEG, WebP, TIFF and AVIF';
const formats = new Set(['png', 'jpeg', 'webp', 'tiff', 'avif']);

/**
 * Reads a PNG, JPEG, WebP, TIFF or AVIF file (a path or its bytes): upright after its EXIF orientation, converted
 * from its colour profile to sRGB, one channel for a grey file, else three; alpha apart, if it is not opaque; with
 * its EXIF and XMP.
 * Errors: `INVALID_ARGUMENT` for another source, the system's for a file that cannot be read, `UNREADABLE_IMAGE` for one
 * that is no picture, `UNSUPPORTED_IMAGE` for animation and floating-point samples, and a LimitError.
 */
export async function readImage(
  source: string | URL | Uint8Array,
  options: ReadImageOptions = {},
): Promise<ReadImageResult> {
  if (!(typeof source === 'string' || source instanceof URL || source instanceof Uint8Array)) {
    throw invalidArgument('a path, a URL or a Uint8Array', 'source', source);
  }
  checkOptions(options, readImageChecks);
  const bytes = source instanceof Uint8Array ? source : await readFile(source);
  const input: SharpOptions = { failOn: 'error', limitInputPixels: false };
  // sharp cannot read these at all, which would leave them without a name.
  if (latin1(bytes, 4, 12) === 'ftypavis') throw animated('AVIF');
  const metadata = await fromSharp(() => sharp(bytes, input).metadata());
  const format = formatOf(metadata);
  checkSupported(metadata, format, bytes);
  checkLimits(metadata, options.maxPixels ?? defaultMaxPixels);

  const warn = options.onWarning ?? (() => {});
  const note = colorNote(metadata, bytes);
  if (note !== undefined) warn(note);
  if (metadata.depth === 'ushort') {
    warn(`${metadata.bitsPerSample ?? 16}-bit samples were reduced to 8 bits`);
  }

  const grey = metadata.space === 'b-w' || metadata.space === 'grey16';
  const { data, info } = await fromSharp(() =>
    sharp(bytes, input)
      .autoOrient()
      .toColourspace(grey && !metadata.hasAlpha ? 'b-w' : 'srgb')
      .raw()
      .toBuffer({ resolveWithObject: true }),
  );
  const channels = info.channels as number;
  if (channels !== 1 && channels !== 2 && channels !== 3 && channels !== 4) {
    throw new InvalidArgumentError(
      'UNSUPPORTED_IMAGE',
      `The picture has ${channels} channels; grey and RGB can be coded`,
    );
  }
  const samples = new Uint8Array(data.buffer, data.byteOffset, data.length);
  const { width, height } = info;
  const picture: Picture =
    channels === 2 || channels === 4
      ? greyOf(splitAlpha(width, height, channels, samples), grey)
      : { width, height, channels, data: samples };
  const kept = options.strip ? undefined : readMetadata(metadata, bytes, warn);
  return {
    picture: kept ? { ...picture, metadata: kept } : picture,
    format,
    sizeBytes: bytes.length,
  };
}

/** sharp gives no grey samples with alpha: three equal channels become one. */
function greyOf(picture: Picture, grey: boolean): Picture {
  if (!grey || picture.channels === 1) return picture;
  const { data } = picture;
  const samples = Uint8Array.from({ length: data.length / 3 }, (_, index) => data[3 * index]);
  return { ...picture, channels: 1, data: samples };
}

function formatOf(metadata: Metadata): string {
  if (metadata.format === 'heif') return metadata.compression === 'av1' ? 'avif' : 'heic';
  return metadata.format;
}

function unsupported(message: string): InvalidArgumentError {
  return new InvalidArgumentError('UNSUPPORTED_IMAGE', message);
}

const animatable: Readonly<Record<string, string>> = {
  gif: 'GIF',
  webp: 'WebP',
  png: 'PNG (APNG)',
};

function animated(name: string): InvalidArgumentError {
  return unsupported(
    `The picture is an animated ${name}, which cannot be coded; extract one frame`,
  );
}

function checkSupported(metadata: Metadata, format: string, bytes: Uint8Array): void {
  const pages = metadata.pages ?? 1;
  if (Object.hasOwn(animatable, format) && (pages > 1 || pngChunks(bytes).has('acTL'))) {
    throw animated(animatable[format]);
  }
  if (!formats.has(format)) {
    throw unsupported(`${format.toUpperCase()} pictures cannot be read; ${readable} can`);
  }
  if (format === 'tiff' && pages > 1) {
    throw unsupported(`The TIFF file has ${pages} pages; extract one page first`);
  }
  if (metadata.depth !== 'uchar' && metadata.depth !== 'ushort') {
    throw unsupported(
      `The picture has samples of type ${metadata.depth}; 8-bit and 16-bit integers can be read`,
    );
  }
}

function latin1(bytes: Uint8Array, start: number, end: number): string {
  return String.fromCharCode(...bytes.subarray(start, end));
}

function checkLimits({ width, height }: Metadata, maxPixels: number): void {
  if (width > maxSide || height > maxSide) {
    throw new LimitError(
      'PICTURE_TOO_LARGE',
      `Expected sides of at most ${maxSide} pixels but the picture has ${width}x${height}`,
    );
  }
  if (width * height > maxPixels) {
    throw new LimitError(
      'TOO_MANY_PIXELS',
      `The picture has ${width}x${height} pixels, more than the limit of ${maxPixels}`,
    );
  }
}

/** Runs a step of sharp; its failures become `UNREADABLE_IMAGE` with one line of text. */
async function fromSharp<T>(step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    const reason = error instanceof Error ? error.message.trim().split('\n')[0] : String(error);
    throw new NicError('UNREADABLE_IMAGE', `The picture cannot be read: ${reason}`, {
      cause: error,
    });
  }
}
