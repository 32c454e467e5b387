/** Reads and writes the magic bytes and the header (FORMAT.md, "Header"). */
import { BitstreamError } from '../errors.ts';
import type { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { type Header, type HeaderField, headerFields, magic } from './header-fields.ts';

const fields: readonly HeaderField[] = headerFields;

/** What common text transfers turn the magic bytes into. */
const damagedMagics: readonly (readonly number[])[] = [
  [0x8e, 0x4e, 0x49, 0x43, 0x0a], // CR LF to LF
  [0x8e, 0x4e, 0x49, 0x43, 0x0d, 0x0d, 0x0a], // LF to CR LF
  [0x8e, 0x4e, 0x49, 0x43, 0x0d, 0x0d], // LF to CR
  [0x0e, 0x4e, 0x49, 0x43], // high bit cleared
  [0xef, 0xbf, 0xbd, 0x4e, 0x49, 0x43], // decoded as UTF-8
  [0xc2, 0x8e, 0x4e, 0x49, 0x43], // Latin-1 to UTF-8
];

function startsWith(bytes: Uint8Array, prefix: ArrayLike<number>): boolean {
  for (let index = 0; index < prefix.length; index++) {
    if (bytes[index] !== prefix[index]) return false;
  }
  return true;
}

function readMagic(reader: ByteReader): void {
  const { bytes } = reader;
  const place = { offset: 0, section: 'magic' };
  if (startsWith(bytes, magic)) {
    reader.readBytes(magic.length, 'magic');
  } else if (damagedMagics.some((prefix) => startsWith(bytes, prefix))) {
    throw new BitstreamError(
      'DAMAGED_BY_TEXT_TRANSFER',
      'The data is a nic picture that was transferred as text, which changed its bytes',
      place,
    );
  } else if (startsWith(magic, bytes)) {
    throw new BitstreamError('TRUNCATED', 'The data ends within the magic bytes', {
      ...place,
      offset: bytes.length,
    });
  } else {
    throw new BitstreamError('NOT_NIC', 'The data is not a nic picture', place);
  }
}

/** Reads and checks every field. BitstreamError. */
export function readHeader(reader: ByteReader): Header {
  readMagic(reader);
  const header: Record<string, number> = {};
  for (const { name, size, min, max, error, isPresent } of fields) {
    if (isPresent && !isPresent(header)) {
      header[name] = 0;
      continue;
    }
    const { offset } = reader;
    const value = size === 'varint' ? reader.readVarint(name) : reader.readBits(size, name);
    if (value < min || value > max) {
      const range = min === max ? `${min}` : `a value from ${min} to ${max}`;
      throw new BitstreamError(error, `Expected ${range} for ${name} but the data has ${value}`, {
        offset,
        section: name,
      });
    }
    header[name] = value;
  }
  return header as Header;
}

/** The bytes of the magic and the header. Values out of range are a mistake of the caller: RangeError. */
export function writeHeader(header: Header): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter();
  writer.writeBytes(magic);
  for (const { name, size, min, max, isPresent } of fields) {
    if (isPresent && !isPresent(header)) continue;
    const value = header[name as keyof Header];
    if (!(Number.isInteger(value) && value >= min && value <= max)) {
      throw new RangeError(`${value} is out of range for ${name}`);
    }
    if (size === 'varint') writer.writeVarint(value);
    else writer.writeBits(value, size);
  }
  return writer.toBytes();
}

/** Each field as name and text, in the order of the file. */
export function describeHeader(header: Header): { name: string; value: string }[] {
  return fields
    .filter(({ isPresent }) => !isPresent || isPresent(header))
    .map(({ name, show = String }) => ({ name, value: show(header[name as keyof Header]) }));
}
