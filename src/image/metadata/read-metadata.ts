// The EXIF and XMP of a picture file, fit for samples that are upright and sRGB. What is damaged or too large is
// dropped with a warning: it is never a reason not to read the picture.
import type { Metadata as SharpMetadata } from 'sharp';
import { type Metadata, maxMetadataBytes, uprightExif, uprightXmp } from '../../../codec/index.ts';
import { readTiffExif } from './tiff-exif.ts';

/** What JPEG puts before the TIFF structure, and sharp before that of other formats. */
const exifPrefix = Buffer.from('Exif\0\0', 'latin1');

/** Undefined for a file without any. `bytes` is the file. */
export function readMetadata(
  found: SharpMetadata,
  bytes: Uint8Array,
  warn: (message: string) => void,
): Metadata | undefined {
  const convertedToSrgb = found.hasProfile;
  const tiff = found.format === 'tiff' ? readTiffExif(bytes, warn) : undefined;
  const block = tiff ?? found.exif;
  const exif = checked('EXIF', block && withoutExifPrefix(block), warn, (block) =>
    uprightExif(block, { convertedToSrgb }),
  );
  const xmp = checked('XMP', found.xmp, warn, uprightXmp);
  if (xmp && Buffer.from(xmp).includes('xmpNote:HasExtendedXMP')) {
    warn('The extended part of XMP was dropped');
  }
  if (!exif && !xmp) return undefined;
  return { ...(exif && { exif }), ...(xmp && { xmp }) };
}

/** The TIFF structure alone. */
export function withoutExifPrefix(exif: Uint8Array): Uint8Array {
  const hasPrefix = exifPrefix.compare(exif, 0, exifPrefix.length) === 0;
  return hasPrefix ? exif.subarray(exifPrefix.length) : exif;
}

function checked(
  name: string,
  block: Uint8Array | undefined,
  warn: (message: string) => void,
  upright: (block: Uint8Array) => Uint8Array | undefined,
): Uint8Array | undefined {
  if (!block || block.length === 0) return undefined;
  if (block.length > maxMetadataBytes) {
    warn(`${name} of ${block.length} bytes was dropped: at most ${maxMetadataBytes} can be kept`);
    return undefined;
  }
  const result = upright(block);
  if (!result) warn(`${name} is damaged and was dropped`);
  return result;
}
