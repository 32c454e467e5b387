// EXIF of TIFF files, whose main directory holds it among the fields of the picture; sharp does not read it.
import { exifTags, ifWhole, TiffBlock } from '../../../codec/index.ts';
import { directoryBytes, fieldsOf } from './tiff-fields.ts';

const xResolution = 0x011a;
const yResolution = 0x011b;
const resolutionUnit = 0x0128;
/** What nearly every TIFF file has: no reason to keep EXIF. */
const usual: readonly number[] = [xResolution, yResolution, resolutionUnit, exifTags.orientation];

/** Of the main directory, the fields that describe the photograph and not how its samples are stored. */
const kept: ReadonlySet<number> = new Set([
  ...usual,
  ...[0x010e, 0x010f, 0x0110, 0x0131, 0x0132, 0x013b, 0x013c, 0x8298], // description to copyright
  ...[0x4746, 0x4749, 0x9c9b, 0x9c9c, 0x9c9d, 0x9c9e, 0x9c9f], // rating, title to subject
  ...[exifTags.exif, exifTags.gps],
]);

/** The EXIF of a TIFF file as a block of its own; undefined where there is none. */
export function readTiffExif(
  file: Uint8Array,
  warn: (message: string) => void,
): Uint8Array | undefined {
  const bytes = new Uint8Array(file.buffer as ArrayBuffer, file.byteOffset, file.byteLength);
  // 43 is the mark of BigTIFF, whose offsets have 8 bytes.
  if (bytes[2] === 43 || bytes[3] === 43) {
    warn('EXIF of BigTIFF files is not read');
    return undefined;
  }
  const exif = ifWhole(() => {
    const block = new TiffBlock(bytes);
    const { littleEndian } = block;
    const fields = fieldsOf(block, littleEndian, (tag) => kept.has(tag));
    if (fields.every(({ tag }) => usual.includes(tag))) return new Uint8Array(0);
    const header = bytes.slice(0, 8);
    new DataView(header.buffer).setUint32(4, header.length, littleEndian);
    return Buffer.concat([header, directoryBytes(fields, header.length, littleEndian)]);
  });
  if (!exif) warn('EXIF is damaged and was dropped');
  return exif?.length ? exif : undefined;
}
