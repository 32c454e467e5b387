// Writes 8-bit samples as a picture file, without loss where the format can.

import sharp, { type Sharp } from 'sharp';
import { InvalidArgumentError, type Picture } from '../../codec/index.ts';
import {
  booleanCheck,
  checkOptions,
  choiceCheck,
  functionCheck,
  pathCheck,
} from '../api/check-options.ts';
import { joinAlpha, normalizeImage } from '../api/normalize-image.ts';
import { type ImageFormat, imageFormatOf, imageFormats } from './image-formats.ts';
import { embedMetadata, mostXmpBytes } from './metadata/embed-metadata.ts';
import { noteRealism } from './metadata/note-realism.ts';
import { type WriteFileOptions, writeFileAtomic } from './write-file-atomic.ts';

/** JPEG is the one format that cannot hold the samples as they are. */
const jpegQuality = 95;

export interface EncodeImageOptions {
  /** Leaves the metadata out. */
  readonly strip?: boolean;
  /** Called for metadata that the format cannot hold, with one sentence. */
  readonly onWarning?: (message: string) => void;
}

/**
 * The bytes of a picture file with its metadata, and a note in the XMP of a picture with realism. PNG, WebP, TIFF and AVIF are lossless, JPEG has quality 95 and 4:4:4
 * and no alpha: `UNSUPPORTED_IMAGE`. `INVALID_ARGUMENT` for a picture whose shape does not fit.
 */
export async function encodeImage(
  picture: Picture,
  format: ImageFormat,
  { strip = false, onWarning = () => {} }: EncodeImageOptions = {},
): Promise<Uint8Array> {
  const image = normalizeImage(picture);
  const { width, height, alpha } = image;
  if (alpha && format === 'jpeg') {
    throw new InvalidArgumentError(
      'UNSUPPORTED_IMAGE',
      'The picture has transparency, which JPEG cannot hold; PNG, WebP, TIFF and AVIF can',
    );
  }
  const data = alpha ? joinAlpha(image, alpha) : image.data;
  const channels = (image.channels + (alpha ? 1 : 0)) as 1 | 2 | 3 | 4;
  const input = sharp(data, { raw: { width, height, channels }, limitInputPixels: false });
  const colored = image.channels === 1 ? input.toColourspace('b-w') : input;
  const file = await withFormat(colored, format).toBuffer();
  const { realism } = picture;
  const metadata =
    realism && !strip
      ? noteRealism(picture.metadata, realism, mostXmpBytes(format), onWarning)
      : picture.metadata;
  return metadata && !strip ? embedMetadata(file, format, metadata, onWarning) : file;
}

function withFormat(image: Sharp, format: ImageFormat): Sharp {
  switch (format) {
    case 'png':
      return image.png();
    case 'jpeg':
      return image.jpeg({ quality: jpegQuality, chromaSubsampling: '4:4:4' });
    case 'webp':
      return image.webp({ lossless: true, exact: true });
    case 'tiff':
      return image.tiff({ compression: 'deflate', predictor: 'horizontal' });
    case 'avif':
      return image.avif({ lossless: true });
  }
}

export interface WriteImageOptions extends WriteFileOptions, EncodeImageOptions {
  /** Overrides the extension. */
  readonly format?: ImageFormat;
}

export const writeImageChecks = {
  format: choiceCheck(imageFormats),
  overwrite: booleanCheck,
  strip: booleanCheck,
  onWarning: functionCheck,
};

/** Writes a picture file in the format of its extension, whole or not at all. */
export async function writeImage(
  path: string,
  picture: Picture,
  options: WriteImageOptions = {},
): Promise<void> {
  pathCheck(path, 'path');
  checkOptions(options, writeImageChecks);
  const format = options.format ?? imageFormatOf(path);
  await writeFileAtomic(path, await encodeImage(picture, format, options), options);
}
