// EXIF and XMP as fields of the main directory of a TIFF file: a new one at the end takes the place of the old one.
import { type Metadata, TiffBlock } from '../../../codec/index.ts';
import { directoryBytes, fieldsOf, type TiffField } from './tiff-fields.ts';

const xmpTag = 0x02bc;
const typeByte = 1;
/** Fields that EXIF replaces: sharp writes a resolution for every picture. */
const replaced: ReadonlySet<number> = new Set([0x011a, 0x011b, 0x0128]);
/** Fields that would say something else of the samples than sharp does: tiles, other pictures, a profile. */
const structural: ReadonlySet<number> = new Set([
  ...[0x0142, 0x0143, 0x0144, 0x0145, 0x014a, 0x0201, 0x0202],
  ...[xmpTag, 0x8773],
]);

/** The file with the metadata in it. */
export function embedInTiff(file: Uint8Array, { exif, xmp }: Metadata): Uint8Array {
  const source = new TiffBlock(new Uint8Array(file));
  const { littleEndian } = source;
  const own = fieldsOf(source, source.mainDirectory(), littleEndian);
  const added: TiffField[] = exif ? exifFields(exif, littleEndian) : [];
  const ownTags = new Set(own.map(({ tag }) => tag));
  const fits = ({ tag }: TiffField) =>
    !structural.has(tag) && (replaced.has(tag) || !ownTags.has(tag));
  const fields = new Map<number, TiffField>();
  for (const field of [...own, ...added.filter(fits)]) fields.set(field.tag, field);
  if (xmp) fields.set(xmpTag, { tag: xmpTag, type: typeByte, count: xmp.length, data: xmp });

  const place = file.length + (file.length & 1);
  source.writeLong(4, place);
  return Buffer.concat([
    source.bytes,
    Buffer.alloc(place - file.length),
    directoryBytes([...fields.values()], place, littleEndian),
  ]);
}

function exifFields(exif: Uint8Array, littleEndian: boolean): TiffField[] {
  const block = new TiffBlock(new Uint8Array(exif));
  return fieldsOf(block, block.mainDirectory(), littleEndian);
}
