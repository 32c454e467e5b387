// The formats of picture files that are written, and the extensions that ask for them.

import { extname } from 'node:path';
import { invalidArgument } from '../../codec/errors.ts';

export const imageFormats = ['png', 'jpeg', 'webp', 'tiff', 'avif'] as const;
export type ImageFormat = (typeof imageFormats)[number];

const formatOfExtension: Readonly<Record<string, ImageFormat>> = {
  '.png': 'png',
  '.jpg': 'jpeg',
  '.jpeg': 'jpeg',
  '.webp': 'webp',
  '.tif': 'tiff',
  '.tiff': 'tiff',
  '.avif': 'avif',
};

/** The format that a file name's extension asks for; an InvalidArgumentError for any other extension. */
export function imageFormatOf(path: string): ImageFormat {
  const extension = extname(path).toLowerCase();
  if (Object.hasOwn(formatOfExtension, extension)) return formatOfExtension[extension];
  const known = Object.keys(formatOfExtension).join(', ');
  throw invalidArgument(`an extension of ${known}`, 'the picture file', extension || path);
}
