// EXIF and XMP as items of an AVIF file as sharp writes it: the boxes ftyp, meta and mdat, in this order.
import type { Metadata } from '../../../codec/index.ts';

/** The file is not as this version of sharp was seen to write it. */
export class AvifLayoutError extends Error {}

interface Box {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

interface Item {
  readonly id: number;
  /** Of the item, with what follows it in its `infe` box. */
  readonly type: string;
  readonly data: Uint8Array;
}

/** Bytes before the first child of a box with version and flags. */
const fullBoxBytes = 12;
/** Offset of the number of items in `iloc`, and bytes of each of them: one extent with 4-byte numbers. */
const itemCountOffset = 14;
const locationBytes = 18;

/** The file with the metadata in it. An AvifLayoutError for a file of another layout than the above. */
export function embedInAvif(file: Uint8Array, { exif, xmp }: Metadata): Uint8Array {
  const source = Buffer.from(file);
  const top = boxesIn(source, 0, source.length);
  const meta = boxOf(top, 'meta');
  const mdat = boxOf(top.slice(-1), 'mdat');
  const children = boxesIn(source, meta.start + fullBoxBytes, meta.end);
  const picture = source.readUInt16BE(boxOf(children, 'pitm').start + fullBoxBytes);
  const locations = locationsIn(source, boxOf(children, 'iloc'));

  let id = Math.max(...locations.map((location) => location.readUInt16BE(0)));
  const items: Item[] = [];
  // The four bytes say that the TIFF structure starts right after them.
  if (exif) items.push({ id: ++id, type: 'Exif', data: Buffer.concat([Buffer.alloc(4), exif]) });
  if (xmp) items.push({ id: ++id, type: 'mime\0application/rdf+xml', data: xmp });

  const references = items.map((item) => referenceOf(item, picture));
  const parts = new Map<string, Buffer>(
    children.map(({ type, start, end }) => [type, Buffer.from(source.subarray(start, end))]),
  );
  const partOf = (type: string) => {
    const { start, end } = boxOf(children, type);
    return Buffer.from(source.subarray(start, end));
  };
  const oldReferences = parts.get('iref') ?? Buffer.from('\0\0\0\x0ciref\0\0\0\0', 'latin1');
  parts.set('iinf', infosWith(partOf('iinf'), items.map(infoOf)));
  parts.set('iref', boxed(Buffer.concat([oldReferences, ...references])));
  const oldBytes = meta.end - meta.start - fullBoxBytes;
  const growth = lengthOf([...parts.values()]) + locationBytes * items.length - oldBytes;
  for (const location of locations) location.writeUInt32BE(location.readUInt32BE(4) + growth, 4);
  let place = mdat.end + growth;
  for (const item of items) {
    locations.push(locationOf(item, place));
    place += item.data.length;
  }
  const ilocStart = partOf('iloc').subarray(0, itemCountOffset + 2);
  ilocStart.writeUInt16BE(locations.length, itemCountOffset);
  parts.set('iloc', boxed(Buffer.concat([ilocStart, ...locations])));

  const metaStart = source.subarray(meta.start, meta.start + fullBoxBytes);
  return Buffer.concat([
    source.subarray(0, meta.start),
    boxed(Buffer.concat([metaStart, ...parts.values()])),
    source.subarray(meta.end, mdat.start),
    boxed(Buffer.concat([source.subarray(mdat.start), ...items.map(({ data }) => data)])),
  ]);
}

function lengthOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}

function boxesIn(bytes: Buffer, start: number, end: number): Box[] {
  const boxes: Box[] = [];
  for (let offset = start; offset < end; ) {
    const size = bytes.readUInt32BE(offset);
    if (size < 8 || offset + size > end) throw unexpected('a box of another kind of size');
    boxes.push({
      type: bytes.toString('latin1', offset + 4, offset + 8),
      start: offset,
      end: offset + size,
    });
    offset += size;
  }
  return boxes;
}

function boxOf(boxes: readonly Box[], type: string): Box {
  const box = boxes.find((one) => one.type === type);
  if (!box) throw unexpected(`no box ${type} where it should be`);
  return box;
}

/** A copy of the entry of each item in `iloc`: id, data reference, base offset, 1, offset, length. */
function locationsIn(source: Buffer, { start, end }: Box): Buffer[] {
  const isPlain =
    source.readUInt32BE(start + 8) === 0 && source.readUInt16BE(start + 12) === 0x4440;
  const count = source.readUInt16BE(start + itemCountOffset);
  const first = start + itemCountOffset + 2;
  if (!isPlain || first + count * locationBytes !== end) throw unexpected('another iloc box');
  return Array.from({ length: count }, (_, index) =>
    Buffer.from(
      source.subarray(first + index * locationBytes, first + (index + 1) * locationBytes),
    ),
  );
}

function locationOf({ id, data }: Item, place: number): Buffer {
  const location = Buffer.alloc(locationBytes);
  location.writeUInt16BE(id, 0);
  location.writeUInt32BE(place, 4);
  location.writeUInt16BE(1, 8);
  location.writeUInt32BE(data.length, 14);
  return location;
}

/** The `infe` box, version 2: id, no protection, type, no name, or what the type has after it. */
function infoOf({ id, type }: Item): Buffer {
  const info = Buffer.from(`\0\0\0\0infe\x02\0\0\0\0\0\0\0${type}\0`, 'latin1');
  info.writeUInt16BE(id, fullBoxBytes);
  return boxed(info);
}

/** "This item describes that one." */
function referenceOf({ id }: Item, picture: number): Buffer {
  const reference = Buffer.from('\0\0\0\0cdsc\0\0\0\x01\0\0', 'latin1');
  reference.writeUInt16BE(id, 8);
  reference.writeUInt16BE(picture, 12);
  return boxed(reference);
}

/** `iinf`, whose number of entries follows version and flags, with more of them. */
function infosWith(infos: Buffer, added: readonly Buffer[]): Buffer {
  const grown = boxed(Buffer.concat([infos, ...added]));
  grown.writeUInt16BE(grown.readUInt16BE(fullBoxBytes) + added.length, fullBoxBytes);
  return grown;
}

/** Bytes that start with room for the size of the box. */
function boxed(bytes: Buffer): Buffer {
  bytes.writeUInt32BE(bytes.length, 0);
  return bytes;
}

function unexpected(what: string): AvifLayoutError {
  return new AvifLayoutError(`sharp wrote an AVIF file with ${what}`);
}
