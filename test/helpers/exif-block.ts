// EXIF blocks of either byte order, as a camera writes them: values of every kind, a maker note, a thumbnail.
export interface ExifContent {
  readonly littleEndian?: boolean;
  /** Default 1. */
  readonly orientation?: number;
  /** Bytes of the thumbnail; without one where it is missing. */
  readonly thumbnail?: Uint8Array;
  /** Whether other bytes follow the thumbnail. */
  readonly thumbnailInside?: boolean;
  /** R98 for sRGB (default), R03 for Adobe RGB. */
  readonly interoperabilityIndex?: string;
}

type Value = string | number | readonly (readonly [number, number])[] | Uint8Array;
/** Tag, type and value. */
type Entry = readonly [number, number, Value];

const ascii = 2;
const short = 3;
const long = 4;
const rational = 5;
const undefinedType = 7;

export const exifMake = 'Nowhere Optics';
export const exifCopyright = 'Ann Example, 2026';
/** Pixel width and height of the block, before it is turned. */
export const exifSides = { width: 4000, height: 3000 } as const;
export const makerNote = Uint8Array.from({ length: 41 }, (_, index) => index * 5);

/** A TIFF structure with IFD0, Exif, GPS and interoperability directories, and IFD1 if there is a thumbnail. */
export function exifBlock(content: ExifContent = {}): Uint8Array {
  const { littleEndian = true, orientation = 1, thumbnail, thumbnailInside = false } = content;
  const { interoperabilityIndex = 'R98' } = content;
  const bytes = Buffer.alloc(4096);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  bytes.write(littleEndian ? 'II*\0' : 'MM\0*', 'latin1');
  let free = 8;

  function take(length: number): number {
    const start = free;
    free += length + (length & 1);
    return start;
  }

  function bytesOf(type: number, value: Value): Buffer {
    if (typeof value === 'string') return Buffer.from(`${value}\0`, 'latin1');
    if (value instanceof Uint8Array) return Buffer.from(value);
    const numbers = typeof value === 'number' ? [value] : value.flat();
    const size = type === short ? 2 : 4;
    const result = Buffer.alloc(numbers.length * size);
    const order = littleEndian ? 'LE' : 'BE';
    for (const [index, number] of numbers.entries()) {
      if (size === 2) result[`writeUInt16${order}`](number, index * size);
      else result[`writeUInt32${order}`](number, index * size);
    }
    return result;
  }

  /** Writes a directory with its values; gives its offset and that of the offset of the next one. */
  function directory(entries: readonly Entry[]): { start: number; end: number } {
    const start = take(2 + 12 * entries.length + 4);
    view.setUint16(start, entries.length, littleEndian);
    for (const [index, [tag, type, value]] of entries.entries()) {
      const at = start + 2 + 12 * index;
      const data = bytesOf(type, value);
      const unit = { [short]: 2, [long]: 4, [rational]: 8 }[type] ?? 1;
      view.setUint16(at, tag, littleEndian);
      view.setUint16(at + 2, type, littleEndian);
      view.setUint32(at + 4, data.length / unit, littleEndian);
      const place = data.length > 4 ? take(data.length) : at + 8;
      if (data.length > 4) view.setUint32(at + 8, place, littleEndian);
      bytes.set(data, place);
    }
    return { start, end: start + 2 + 12 * entries.length };
  }

  const interoperability = directory([[0x0001, ascii, interoperabilityIndex]]);
  const photo = directory([
    [0x829a, rational, [[1, 250]]],
    [0x8827, short, 400],
    [0x9003, ascii, '2026:05:04 03:02:01'],
    [0x927c, undefinedType, makerNote],
    [0xa001, short, 0xffff],
    [0xa002, short, exifSides.width],
    [0xa003, long, exifSides.height],
    [0xa005, long, interoperability.start],
  ]);
  const degrees: Value = [
    [52, 1],
    [31, 1],
    [12, 5],
  ];
  const gps = directory([
    [0x0001, ascii, 'N'],
    [0x0002, rational, degrees],
  ]);
  const main = directory([
    [0x010f, ascii, exifMake],
    [0x0112, short, orientation],
    [0x8298, ascii, exifCopyright],
    [0x8769, long, photo.start],
    [0x8825, long, gps.start],
  ]);
  view.setUint32(4, main.start, littleEndian);
  if (thumbnail) {
    const entries = (start: number): Entry[] => [
      [0x0112, short, orientation],
      [0x0201, long, start],
      [0x0202, long, thumbnail.length],
    ];
    const { start } = directory(entries(0));
    const place = free;
    free = start;
    directory(entries(place));
    view.setUint32(main.end, start, littleEndian);
    bytes.set(thumbnail, place);
    free = place + thumbnail.length;
    if (thumbnailInside) bytes.fill(9, take(10), free);
  }
  return new Uint8Array(bytes.subarray(0, free));
}
