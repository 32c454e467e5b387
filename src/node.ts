// The package `nic/node`: picture files in and out.

import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { InvalidArgumentError, invalidArgument, type Picture } from '../codec/index.ts';
import { booleanCheck, checkOptions, type OptionCheck, pathCheck } from './api/check-options.ts';
import {
  type Codec,
  type CodecOptions,
  codecChecks,
  type DecodeOptions,
  decodeChecks,
  type EncodeOptions,
  encodeChecks,
} from './api/codec.ts';
import { encodeUncertainty } from './image/encode-uncertainty.ts';
import { type ImageFormat, imageFormatOf } from './image/image-formats.ts';
import {
  type ReadImageOptions,
  readImageChecks,
  readImage as readImageFile,
} from './image/read-image.ts';
import { isSamePlace } from './image/same-place.ts';
import { checkNoFile, type WriteFileOptions, writeFileAtomic } from './image/write-file-atomic.ts';
import { type EncodeImageOptions, writeImage, writeImageChecks } from './image/write-image.ts';
import { createCodec, inspect } from './index.ts';

export type { ImageFormat } from './image/image-formats.ts';
export type { ReadImageOptions } from './image/read-image.ts';
export { type WriteImageOptions, writeImage } from './image/write-image.ts';

/** A loaded codec to use, or how to make one for this call. */
export type CodecChoice = { readonly codec: Codec } | (CodecOptions & { readonly codec?: never });

export type EncodeFileOptions = CodecChoice & EncodeOptions & ReadImageOptions & WriteFileOptions;

export type DecodeFileOptions = CodecChoice &
  Omit<DecodeOptions, 'uncertainty'> &
  EncodeImageOptions &
  WriteFileOptions & {
    /** Overrides the extension of the output. */
    readonly format?: ImageFormat;
    /** Path of a PNG for the map of how far each pixel may be off; another one than that of the picture. */
    readonly uncertainty?: string;
  };

/** What encodeFile and decodeFile did. */
export interface FileResult {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  /** Bytes of the `.nic` file. */
  readonly sizeBytes: number;
  /** Bits a pixel of the whole `.nic` file. */
  readonly bitsPerPixel: number;
  /** Of what was decoded with it: the share of the perceptual decoder, above 0 to 1. */
  readonly realism?: number;
}

const codecCheck: OptionCheck = (value, name) => {
  const codec = value as Partial<Codec> | null;
  if (typeof codec?.encode !== 'function' || typeof codec.decode !== 'function') {
    throw invalidArgument('a codec of createCodec', name, value);
  }
};
const mapCheck: OptionCheck = (value, name) => {
  if (typeof value !== 'string' || extname(value).toLowerCase() !== '.png') {
    throw invalidArgument('a .png file', name, value);
  }
};
const encodeFileChecks = {
  codec: codecCheck,
  ...codecChecks,
  ...encodeChecks,
  ...readImageChecks,
  overwrite: booleanCheck,
};
const decodeFileChecks = {
  codec: codecCheck,
  ...codecChecks,
  ...decodeChecks,
  ...writeImageChecks,
  uncertainty: mapCheck,
};

/** Reads a PNG, JPEG, WebP, TIFF or AVIF file (or its bytes) as 8-bit sRGB or grey samples, with EXIF and XMP. */
export async function readImage(
  source: string | URL | Uint8Array,
  options?: ReadImageOptions,
): Promise<Picture> {
  return (await readImageFile(source, options)).picture;
}

/**
 * Codes a picture file as a `.nic` file, which appears whole or not at all; an existing one is replaced unless
 * `overwrite` is false.
 */
export async function encodeFile(
  input: string,
  output: string,
  options: EncodeFileOptions = {},
): Promise<FileResult> {
  pathCheck(input, 'input');
  pathCheck(output, 'output');
  checkOptions(options, encodeFileChecks);
  const { codec, threads, backend, model, overwrite, maxPixels, strip, onWarning, ...rest } =
    options as CodecOptions & Exclude<EncodeFileOptions, CodecOptions>;
  if (overwrite === false) await checkNoFile(output);
  const picture = await readImage(input, { maxPixels, strip, onWarning });
  const bytes = await using(codec, { threads, backend, model }, (one) => one.encode(picture, rest));
  await writeFileAtomic(output, bytes, { overwrite });
  return resultOf(picture, bytes);
}

/**
 * Decodes a `.nic` file to a PNG, JPEG, WebP, TIFF or AVIF file after its extension, which appears whole or not at
 * all; an existing one is replaced unless `overwrite` is false. PNG, WebP, TIFF and AVIF hold the exact samples.
 */
export async function decodeFile(
  input: string,
  output: string,
  options: DecodeFileOptions = {},
): Promise<FileResult> {
  pathCheck(input, 'input');
  pathCheck(output, 'output');
  checkOptions(options, decodeFileChecks);
  const { codec, threads, backend, model, overwrite, format, strip, onWarning, ...others } =
    options as CodecOptions & Exclude<DecodeFileOptions, CodecOptions>;
  const { uncertainty: map, ...rest } = others;
  const outputFormat = format ?? imageFormatOf(output);
  if (map !== undefined && (await isSamePlace(map, output))) {
    throw new InvalidArgumentError('INVALID_ARGUMENT', 'The map and the picture need two places');
  }
  if (overwrite === false) await checkNoFile(output);
  if (overwrite === false && map !== undefined) await checkNoFile(map);
  const bytes = await readFile(input);
  const decodeOptions = { ...rest, uncertainty: map !== undefined };
  const picture = await using(codec, { threads, backend, model }, (one) =>
    one.decode(bytes, decodeOptions),
  );
  await writeImage(output, picture, { format: outputFormat, overwrite, strip, onWarning });
  if (map !== undefined) {
    await writeFileAtomic(map, await encodeUncertainty(picture), { overwrite });
  }
  return resultOf(picture, bytes);
}

async function using<T>(
  given: Codec | undefined,
  options: CodecOptions,
  use: (codec: Codec) => Promise<T>,
): Promise<T> {
  const codec = given ?? (await createCodec(options));
  try {
    return await use(codec);
  } finally {
    if (!given) await codec.close();
  }
}

function resultOf(picture: Picture, bytes: Uint8Array): FileResult {
  const { width, height, channels, realism } = picture;
  return {
    width,
    height,
    channels,
    sizeBytes: bytes.length,
    bitsPerPixel: inspect(bytes).bitsPerPixel,
    ...(realism && { realism }),
  };
}
