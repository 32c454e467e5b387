// The fields of TIFF directories, taken out of one file and put into another.
import { exifTags, type TiffBlock, type TiffDirectory } from '../../../codec/index.ts';

export interface TiffField {
  readonly tag: number;
  readonly type: number;
  readonly count: number;
  /** The value in the byte order of the file that it goes to. */
  readonly data: Uint8Array;
  /** The directory that the value points to. */
  readonly below?: readonly TiffField[];
}

const pointers: ReadonlySet<number> = new Set([
  exifTags.exif,
  exifTags.gps,
  exifTags.interoperability,
]);
/** Bytes of the numbers that a value of each type consists of. */
const numberBytes = [1, 1, 1, 2, 4, 4, 1, 1, 2, 4, 4, 4, 8];
const typeLong = 4;
/** A long, for the offset of a directory. */
const pointerType = { type: typeLong, count: 1 } as const;

/** Fields of a directory and of those below it. RangeError for what does not lie in the file. */
export function fieldsOf(
  block: TiffBlock,
  directory: TiffDirectory,
  littleEndian: boolean,
): TiffField[] {
  const fields: TiffField[] = [];
  for (const { tag, type, count, start, sizeBytes } of directory.entries.values()) {
    const below = pointers.has(tag) ? block.below(directory, tag) : undefined;
    if (below) {
      const data = new Uint8Array(4);
      fields.push({ tag, ...pointerType, data, below: fieldsOf(block, below, littleEndian) });
    } else if (sizeBytes > 0) {
      const data = block.bytes.slice(start, start + sizeBytes);
      if (littleEndian !== block.littleEndian) reverseNumbers(data, numberBytes[type]);
      fields.push({ tag, type, count, data });
    }
  }
  return fields;
}

function reverseNumbers(data: Uint8Array, size: number): void {
  for (let start = 0; start < data.length; start += size) {
    data.subarray(start, start + size).reverse();
  }
}

/** A directory, the last of its list, and its values, to stand at the offset `place` of a file. */
export function directoryBytes(
  fields: readonly TiffField[],
  place: number,
  littleEndian: boolean,
): Buffer {
  const sorted = [...fields].sort((a, b) => a.tag - b.tag);
  const directory = Buffer.alloc(2 + 12 * sorted.length + 4);
  const view = new DataView(directory.buffer, directory.byteOffset, directory.length);
  const values: Uint8Array[] = [];
  let next = place + directory.length;
  const append = (data: Uint8Array): number => {
    const start = next;
    const padded = Buffer.alloc(data.length + (data.length & 1));
    padded.set(data);
    values.push(padded);
    next += padded.length;
    return start;
  };
  view.setUint16(0, sorted.length, littleEndian);
  for (const [index, { tag, type, count, data, below }] of sorted.entries()) {
    const entry = 2 + 12 * index;
    view.setUint16(entry, tag, littleEndian);
    view.setUint16(entry + 2, type, littleEndian);
    view.setUint32(entry + 4, count, littleEndian);
    if (below) {
      view.setUint32(entry + 8, append(directoryBytes(below, next, littleEndian)), littleEndian);
    } else if (data.length > 4) {
      view.setUint32(entry + 8, append(data), littleEndian);
    } else {
      directory.set(data, entry + 8);
    }
  }
  return Buffer.concat([directory, ...values]);
}
