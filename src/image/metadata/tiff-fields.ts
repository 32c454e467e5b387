// The fields of TIFF directories, taken out of one file and put into another.
import {
  exifTags,
  maxMetadataBytes,
  type TiffBlock,
  type TiffDirectory,
} from '../../../codec/index.ts';

export interface TiffField {
  readonly tag: number;
  readonly type: number;
  readonly count: number;
  /** The value in the byte order of the file that it goes to. */
  readonly data: Uint8Array;
  /** The directory that the value points to. */
  readonly below?: readonly TiffField[];
}

const { exif, gps, interoperability } = exifTags;
const pointers: ReadonlySet<number> = new Set([exif, gps, interoperability]);
/** Bytes of the numbers that a value of each type consists of. */
const numberBytes = [1, 1, 1, 2, 4, 4, 1, 1, 2, 4, 4, 4, 8];
/** A long, for the offset of a directory. */
const pointerType = { type: 4, count: 1 } as const;

/**
 * Fields of the main directory with these tags, and all of those below it. RangeError for what does not lie in the
 * file, and for values of more than 2^24 bytes together, as only overlapping ones have.
 */
export function fieldsOf(
  block: TiffBlock,
  littleEndian: boolean,
  isWanted: (tag: number) => boolean,
): TiffField[] {
  const main = block.mainDirectory();
  let left = maxMetadataBytes;
  const read = (directory: TiffDirectory, followed: readonly number[]): TiffField[] =>
    [...directory.entries.values()].flatMap(({ tag, type, count, start, sizeBytes }) => {
      if (directory === main && !isWanted(tag)) return [];
      if (followed.includes(tag)) {
        const target = block.below(directory, tag) as TiffDirectory;
        const below = read(target, tag === exif ? [interoperability] : []);
        return [{ tag, ...pointerType, data: new Uint8Array(4), below }];
      }
      if (sizeBytes === 0 || pointers.has(tag)) return [];
      left -= sizeBytes;
      if (left < 0) throw new RangeError('too many values');
      const data = block.bytes.slice(start, start + sizeBytes);
      if (littleEndian !== block.littleEndian) reverseNumbers(data, numberBytes[type]);
      return [{ tag, type, count, data }];
    });
  return read(main, [exif, gps]);
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
