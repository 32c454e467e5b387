/** Reads the directories of a TIFF structure, of which EXIF is one: offsets count from its first byte. */

/** Bytes of a value of each type, from 1 (BYTE) to 12 (DOUBLE). */
const typeBytes = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8];
const entryBytes = 12;
const short = 3;
const long = 4;

export interface TiffEntry {
  readonly tag: number;
  readonly type: number;
  readonly count: number;
  /** Offset of the 12 bytes of the entry. */
  readonly offset: number;
  /** Offset of the value: in the entry, if it has up to 4 bytes. */
  readonly start: number;
  /** Bytes of the value; 0 for a type that is not known. */
  readonly sizeBytes: number;
}

export interface TiffDirectory {
  readonly entries: ReadonlyMap<number, TiffEntry>;
  /** Offset of the offset of the directory after it. */
  readonly end: number;
}

/** A RangeError of any method says that something does not lie in the structure. */
export class TiffBlock {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly view: DataView;
  readonly littleEndian: boolean;
  /** Start and end of the header and the directories, and of the values, that were read. */
  readonly #directories: (readonly [number, number])[] = [[0, 8]];
  readonly #values: (readonly [number, number])[] = [];

  /** RangeError for what does not start as a TIFF structure. */
  constructor(bytes: Uint8Array<ArrayBuffer>) {
    const mark = String.fromCharCode(...bytes.subarray(0, 4));
    if (mark !== 'II*\0' && mark !== 'MM\0*') throw new RangeError('no TIFF structure');
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.littleEndian = mark === 'II*\0';
  }

  readShort(offset: number): number {
    return this.view.getUint16(offset, this.littleEndian);
  }

  readLong(offset: number): number {
    return this.view.getUint32(offset, this.littleEndian);
  }

  writeLong(offset: number, value: number): void {
    this.view.setUint32(offset, value, this.littleEndian);
  }

  mainDirectory(): TiffDirectory {
    return this.directory(this.readLong(4));
  }

  /** RangeError also for one that shares bytes with another, so that a change of one is none of the other. */
  directory(offset: number): TiffDirectory {
    const end = offset + 2 + this.readShort(offset) * entryBytes;
    const isApart = this.#directories.every(
      ([from, to]) => to <= offset || from >= end + 4 || from === offset,
    );
    if (!isApart) throw new RangeError('directories overlap');
    this.#directories.push([offset, end + 4]);
    const entries = new Map<number, TiffEntry>();
    for (let entry = offset + 2; entry < end; entry += entryBytes) {
      const [tag, type, count] = [
        this.readShort(entry),
        this.readShort(entry + 2),
        this.readLong(entry + 4),
      ];
      const sizeBytes = (typeBytes[type] ?? 0) * count;
      const start = sizeBytes > 4 ? this.readLong(entry + 8) : entry + 8;
      if (start + sizeBytes > this.bytes.length) throw new RangeError('value outside');
      this.#values.push([start, start + sizeBytes]);
      entries.set(tag, { tag, type, count, offset: entry, start, sizeBytes });
    }
    this.readLong(end);
    return { entries, end };
  }

  /** Whether nothing that was read lies between two offsets. */
  isFree(start: number, end: number): boolean {
    const isOutside = ([from, to]: readonly [number, number]) => to <= start || from >= end;
    return this.#directories.every(isOutside) && this.#values.every(isOutside);
  }

  /** The directory that an entry of another points to; undefined where there is no such entry. */
  below({ entries }: TiffDirectory, tag: number): TiffDirectory | undefined {
    const entry = entries.get(tag);
    return entry && this.directory(this.readLong(entry.offset + 8));
  }

  /** The one unsigned integer of an entry; undefined where the tag is missing or holds something else. */
  number({ entries }: TiffDirectory, tag: number): number | undefined {
    const entry = entries.get(tag);
    if (entry?.count !== 1) return undefined;
    if (entry.type === short) return this.readShort(entry.start);
    return entry.type === long ? this.readLong(entry.start) : undefined;
  }

  /** Replaces what `number` gives. */
  setNumber(directory: TiffDirectory, tag: number, value: number): void {
    if (this.number(directory, tag) === undefined) return;
    const { type, start } = directory.entries.get(tag) as TiffEntry;
    if (type === short) this.view.setUint16(start, value, this.littleEndian);
    else this.writeLong(start, value);
  }
}

/** What `read` gives, or undefined where something does not lie in the structure. */
export function ifWhole<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
