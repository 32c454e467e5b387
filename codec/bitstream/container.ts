/** Reads and writes a whole file: header, ancillary sections, one section a tile (FORMAT.md, "Sections"). */
import { BitstreamError, LimitError } from '../errors.ts';
import { tileGrid } from '../latent/tile-grid.ts';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { crc32 } from './crc32.ts';
import { readHeader } from './header.ts';
import type { Header } from './header-fields.ts';

/** Critical sections have types below this, ancillary ones from here on. */
export const firstAncillaryType = 0x80;
export const tileType = 0x01;
export const alphaType = 0x02;
export const exifType = 0x82;
export const xmpType = 0x83;
/** A tile section holds at least a state and the end of the checksum, an alpha section a value and a checksum. */
const minTileBytes = 5;
const ancillaryChecksumBytes = 4;
/** Most bytes of EXIF and of XMP, without the checksum. */
export const maxMetadataBytes = 2 ** 24;

export interface Section {
  readonly type: number;
  /** Offset of the type byte in the file. */
  readonly offset: number;
  /** Offset of the payload in the file. */
  readonly payloadOffset: number;
  /** A view of the file; an ancillary section's is without its checksum. */
  readonly payload: Uint8Array;
}

export interface Container {
  readonly header: Header;
  /** Magic and header as they are in the file: what each tile's checksum starts with. */
  readonly headerBytes: Uint8Array;
  /** By ascending type. */
  readonly ancillary: readonly Section[];
  /** One for each tile, row by row. */
  readonly tiles: readonly Section[];
  /** One for each tile of a picture with alpha; empty without. */
  readonly alphas: readonly Section[];
}

export interface ReadLimits {
  /** Most pixels of a picture. */
  readonly maxPixels: number;
}

export const defaultMaxPixels = 2 ** 28;

/**
 * Parses a file without decoding it. Views, no copies: what is kept in memory beside the file grows with the
 * number of its sections only. BitstreamError, or LimitError `TOO_MANY_PIXELS`.
 */
export function readContainer(
  bytes: Uint8Array,
  { maxPixels }: ReadLimits = { maxPixels: defaultMaxPixels },
): Container {
  const reader = new ByteReader(bytes);
  const header = readHeader(reader);
  const headerBytes = bytes.subarray(0, reader.offset);
  if (header.width * header.height > maxPixels) {
    throw new LimitError(
      'TOO_MANY_PIXELS',
      `The picture has ${header.width} x ${header.height} pixels but at most ${maxPixels} are allowed`,
    );
  }
  const { count } = tileGrid(header.width, header.height);
  const ancillary: Section[] = [];
  const tiles: Section[] = [];
  const alphas: Section[] = [];
  while (tiles.length < count) {
    const section = readSection(reader, tiles.length);
    if (section.type === tileType) {
      checkAlphas(section, header.alpha * (tiles.length + 1), alphas.length, tiles.length);
      tiles.push(section);
    } else if (section.type === alphaType) {
      checkAlphas(section, header.alpha * (tiles.length + 1), alphas.length + 1, tiles.length);
      alphas.push(section);
    } else {
      checkOrder(section, ancillary.at(-1), tiles.length + alphas.length);
      ancillary.push(section);
    }
  }
  if (reader.remaining > 0) {
    throw new BitstreamError(
      'TRAILING_DATA',
      `There are ${reader.remaining} bytes after the last section`,
      { offset: reader.offset },
    );
  }
  return { header, headerBytes, ancillary, tiles, alphas };
}

export function sectionName(type: number, tileIndex: number): string {
  if (type === alphaType) return `alpha ${tileIndex}`;
  if (type === exifType) return 'EXIF';
  if (type === xmpType) return 'XMP';
  return type === tileType
    ? `tile ${tileIndex}`
    : `section 0x${type.toString(16).padStart(2, '0')}`;
}

function readSection(reader: ByteReader, tileIndex: number): Section {
  const { offset } = reader;
  const type = reader.readBits(8, 'section type');
  const name = sectionName(type, tileIndex);
  const place = { offset, section: name };
  if (type < firstAncillaryType && type !== tileType && type !== alphaType) {
    throw new BitstreamError('UNKNOWN_SECTION', `The critical ${name} is not known`, place);
  }
  const length = reader.readVarint('section length');
  const payloadOffset = reader.offset;
  const critical = type < firstAncillaryType;
  const minLength = critical ? minTileBytes : ancillaryChecksumBytes;
  if (length < minLength) {
    throw new BitstreamError(
      'INVALID_SECTION',
      `Expected at least ${minLength} bytes in ${name} but it has ${length}`,
      place,
    );
  }
  const metadata = type === exifType || type === xmpType;
  const metadataBytes = length - ancillaryChecksumBytes;
  if (metadata && (metadataBytes < 1 || metadataBytes > maxMetadataBytes)) {
    throw new BitstreamError(
      'INVALID_SECTION',
      `Expected 1 to ${maxMetadataBytes} bytes of ${name} but there are ${metadataBytes}`,
      place,
    );
  }
  const stored = reader.readBytes(length, name);
  if (critical) return { type, offset, payloadOffset, payload: stored };
  const payload = stored.subarray(0, length - ancillaryChecksumBytes);
  const checksum = new ByteReader(stored.subarray(payload.length)).readBits(32, name);
  if (ancillaryChecksum(type, payload) !== checksum) {
    throw new BitstreamError('CHECKSUM_MISMATCH', `The checksum of ${name} is wrong`, place);
  }
  return { type, offset, payloadOffset, payload };
}

/** Before each tile stands its alpha, or none where the header says so. */
function checkAlphas(section: Section, expected: number, count: number, tileIndex: number): void {
  if (expected === count) return;
  throw new BitstreamError(
    'INVALID_SECTION',
    'Expected one alpha section before each tile of a picture with alpha and none in another',
    { offset: section.offset, section: sectionName(section.type, tileIndex) },
  );
}

function checkOrder(section: Section, previous: Section | undefined, tileCount: number): void {
  if (tileCount > 0 || (previous && previous.type >= section.type)) {
    throw new BitstreamError(
      'INVALID_SECTION',
      'Ancillary sections must be before the tiles, by ascending type, each type once',
      { offset: section.offset, section: sectionName(section.type, 0) },
    );
  }
}

function ancillaryChecksum(type: number, payload: Uint8Array): number {
  return crc32(payload, crc32(Uint8Array.of(type)));
}

/** What the checksum of a tile covers before its latents: magic, header and the tile's number. */
export function tileChecksumSeed(headerBytes: Uint8Array, tileIndex: number): number {
  const number = new ByteWriter();
  number.writeBits(tileIndex, 32);
  return crc32(number.toBytes(), crc32(headerBytes));
}

/**
 * The file of a header, ancillary sections (by ascending type) and tiles, with `alphas` one a tile or none.
 * `headerBytes` is what `writeHeader` gave: checksums of the tiles cover it.
 */
export function writeContainer(
  headerBytes: Uint8Array,
  ancillary: readonly { readonly type: number; readonly payload: Uint8Array }[],
  tiles: readonly Uint8Array[],
  alphas: readonly Uint8Array[] = [],
): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter();
  writer.writeBytes(headerBytes);
  for (const { type, payload } of ancillary) {
    writer.writeBits(type, 8);
    writer.writeVarint(payload.length + ancillaryChecksumBytes);
    writer.writeBytes(payload);
    writer.writeBits(ancillaryChecksum(type, payload), 32);
  }
  const writeCritical = (type: number, payload: Uint8Array) => {
    writer.writeBits(type, 8);
    writer.writeVarint(payload.length);
    writer.writeBytes(payload);
  };
  for (const [index, payload] of tiles.entries()) {
    if (alphas.length > 0) writeCritical(alphaType, alphas[index]);
    writeCritical(tileType, payload);
  }
  return writer.toBytes();
}
