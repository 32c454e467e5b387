// EXIF and XMP as fields of the main directory of a TIFF file: a new one at the end takes the place of the old one.
import { ifWhole, type Metadata, TiffBlock } from '../../../codec/index.ts';
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

/** The file with the metadata in it; `warn` is called for EXIF that cannot be taken apart. */
export function embedInTiff(
  file: Uint8Array,
  { exif, xmp }: Metadata,
  warn: (message: string) => void,
): Uint8Array {
  const source = new TiffBlock(new Uint8Array(file));
  const { littleEndian } = source;
  const own = fieldsOf(source, littleEndian, () => true);
  const ownTags = new Set(own.map(({ tag }) => tag));
  const isWanted = (tag: number) =>
    !structural.has(tag) && (replaced.has(tag) || !ownTags.has(tag));
  const block = exif && new TiffBlock(new Uint8Array(exif));
  const added = block ? ifWhole(() => fieldsOf(block, littleEndian, isWanted)) : [];
  if (!added) warn('EXIF is damaged and was dropped');
  const fields = new Map<number, TiffField>();
  for (const field of [...own, ...(added ?? [])]) fields.set(field.tag, field);
  if (xmp) fields.set(xmpTag, { tag: xmpTag, type: typeByte, count: xmp.length, data: xmp });

  const place = file.length + (file.length & 1);
  source.writeLong(4, place);
  return Buffer.concat([
    source.bytes,
    Buffer.alloc(place - file.length),
    directoryBytes([...fields.values()], place, littleEndian),
  ]);
}
