/**
 * Makes an EXIF block fit samples that were turned upright. Values are changed where they are, because camera makers
 * keep offsets of their own, which break when anything moves.
 */
import { ifWhole, TiffBlock, type TiffDirectory } from './tiff-block.ts';

/** The tags of EXIF that point to a directory, or that say something of the samples. */
export const exifTags = {
  interoperabilityIndex: 0x0001,
  orientation: 0x0112,
  thumbnailOffset: 0x0201,
  thumbnailBytes: 0x0202,
  exif: 0x8769,
  gps: 0x8825,
  colorSpace: 0xa001,
  pixelWidth: 0xa002,
  pixelHeight: 0xa003,
  interoperability: 0xa005,
} as const;

const colorSpaceSrgb = 1;

export interface UprightExifOptions {
  /** The samples were converted to sRGB: the color space is said to be that. */
  readonly convertedToSrgb?: boolean;
}

/**
 * A copy of an EXIF block (a TIFF structure, without `Exif\0\0` before it) for a picture that was turned upright:
 * Orientation is 1, pixel width and height are exchanged where the turn did that, and the thumbnail, which would
 * lie on its side, is gone. Undefined for what is no such structure or is cut off.
 */
export function uprightExif(
  exif: Uint8Array,
  { convertedToSrgb = false }: UprightExifOptions = {},
): Uint8Array<ArrayBuffer> | undefined {
  return ifWhole(() => {
    const block = new TiffBlock(new Uint8Array(exif));
    const main = block.mainDirectory();
    const photo = block.below(main, exifTags.exif);
    block.below(main, exifTags.gps);
    if (photo) block.below(photo, exifTags.interoperability);

    const orientation = block.number(main, exifTags.orientation) ?? 1;
    block.setNumber(main, exifTags.orientation, 1);
    if (photo && orientation >= 5 && orientation <= 8) exchangeSides(block.bytes, photo);
    if (photo && convertedToSrgb) block.setNumber(photo, exifTags.colorSpace, colorSpaceSrgb);
    return withoutThumbnail(block, main);
  });
}

/** Exchanges type, count and value of two entries. */
function exchangeSides(bytes: Uint8Array, { entries }: TiffDirectory): void {
  const width = entries.get(exifTags.pixelWidth)?.offset;
  const height = entries.get(exifTags.pixelHeight)?.offset;
  if (width === undefined || height === undefined) return;
  const kept = bytes.slice(width + 2, width + 12);
  bytes.copyWithin(width + 2, height + 2, height + 12);
  bytes.set(kept, height + 2);
}

/** Without the directory after the main one, and without the JPEG file that it names. */
function withoutThumbnail(block: TiffBlock, main: TiffDirectory): Uint8Array<ArrayBuffer> {
  const { bytes } = block;
  const next = block.readLong(main.end);
  if (next === 0) return bytes;
  const thumbnail = block.directory(next);
  block.writeLong(main.end, 0);
  const start = block.number(thumbnail, exifTags.thumbnailOffset);
  const length = block.number(thumbnail, exifTags.thumbnailBytes);
  if (start === undefined || length === undefined) return bytes;
  const end = start + length;
  const isJpeg = bytes[start] === 0xff && bytes[start + 1] === 0xd8;
  if (!isJpeg || end > bytes.length || !block.isFree(start, end)) return bytes;
  if (end === bytes.length) return bytes.slice(0, start);
  bytes.fill(0, start, end);
  return bytes;
}
