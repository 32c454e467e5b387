// Reads ZIP archives (PKWARE APPNOTE 6.3, without encryption): the directory at the end, then single entries as
// streams. ZIP64 archives are read where they have up to 2^53 bytes.
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { createInflateRaw } from 'node:zlib';

export interface ZipEntry {
  /** Path inside the archive, with "/". */
  readonly path: string;
  readonly sizeBytes: number;
  readonly compressedBytes: number;
  readonly method: number;
  readonly crc32: number;
  /** Of the local header. */
  readonly offset: number;
}

const endSignature = 0x06054b50;
const end64Signature = 0x06064b50;
const end64LocatorSignature = 0x07064b50;
const directorySignature = 0x02014b50;
const localSignature = 0x04034b50;
const endLength = 22;
const maxCommentLength = 65535;

/** The entries of an archive, folders left out. Throws an Error for a file that is no archive. */
export async function readZipDirectory(path: string): Promise<ZipEntry[]> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const { count, offset, length } = await findDirectory(file, size, path);
    return parseDirectory(await readAt(file, offset, length), count, path);
  } finally {
    await file.close();
  }
}

/** The data of an entry as a stream; its length and CRC-32 are for the caller to check. */
export async function openZipEntry(path: string, entry: ZipEntry): Promise<Readable> {
  const file = await open(path);
  let start: number;
  try {
    const header = await readAt(file, entry.offset, 30);
    if (header.readUInt32LE(0) !== localSignature)
      throw new Error(`${path}: ${entry.path} is damaged`);
    start = entry.offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  } finally {
    await file.close();
  }
  if (entry.compressedBytes === 0) return Readable.from([]);
  const stream = createReadStream(path, { start, end: start + entry.compressedBytes - 1 });
  if (entry.method === 0) return stream;
  if (entry.method !== 8) {
    stream.destroy();
    throw new Error(`${path}: ${entry.path} is compressed by the unknown method ${entry.method}`);
  }
  const inflate = createInflateRaw();
  stream.on('error', (error) => inflate.destroy(error));
  return stream.pipe(inflate);
}

async function readAt(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, offset);
  if (bytesRead !== length) throw new Error('The archive is shorter than it says');
  return buffer;
}

async function findDirectory(
  file: FileHandle,
  size: number,
  path: string,
): Promise<{ count: number; offset: number; length: number }> {
  const tailLength = Math.min(size, endLength + maxCommentLength);
  const tail = await readAt(file, size - tailLength, tailLength);
  let at = tail.length - endLength;
  while (at >= 0 && tail.readUInt32LE(at) !== endSignature) at--;
  if (at < 0) throw new Error(`${path} is no ZIP archive`);
  const count = tail.readUInt16LE(at + 10);
  const length = tail.readUInt32LE(at + 12);
  const offset = tail.readUInt32LE(at + 16);
  const locator = at - 20;
  if (locator < 0 || tail.readUInt32LE(locator) !== end64LocatorSignature) {
    return { count, offset, length };
  }
  const end64 = await readAt(file, Number(tail.readBigUInt64LE(locator + 8)), 56);
  if (end64.readUInt32LE(0) !== end64Signature) throw new Error(`${path} is damaged`);
  return {
    count: Number(end64.readBigUInt64LE(32)),
    length: Number(end64.readBigUInt64LE(40)),
    offset: Number(end64.readBigUInt64LE(48)),
  };
}

function parseDirectory(directory: Buffer, count: number, path: string): ZipEntry[] {
  const entries: ZipEntry[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > directory.length || directory.readUInt32LE(at) !== directorySignature) {
      throw new Error(`The directory of ${path} is damaged`);
    }
    const nameLength = directory.readUInt16LE(at + 28);
    const extraLength = directory.readUInt16LE(at + 30);
    const commentLength = directory.readUInt16LE(at + 32);
    const name = directory.toString('utf8', at + 46, at + 46 + nameLength);
    const extra = directory.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength);
    const sizes = {
      sizeBytes: directory.readUInt32LE(at + 24),
      compressedBytes: directory.readUInt32LE(at + 20),
      offset: directory.readUInt32LE(at + 42),
    };
    if (directory.readUInt16LE(at + 8) & 1) throw new Error(`${path}: ${name} is encrypted`);
    if (!name.endsWith('/')) {
      entries.push({
        path: name,
        method: directory.readUInt16LE(at + 10),
        crc32: directory.readUInt32LE(at + 16),
        ...wideSizes(sizes, extra),
      });
    }
    at += 46 + nameLength + extraLength + commentLength;
  }
  return entries;
}

type Sizes = Pick<ZipEntry, 'sizeBytes' | 'compressedBytes' | 'offset'>;

/** The sizes, each replaced by the next 64-bit number of the ZIP64 field where it is all ones. */
function wideSizes(sizes: Sizes, extra: Buffer): Sizes {
  let at = 0;
  while (at + 4 <= extra.length) {
    const id = extra.readUInt16LE(at);
    const length = extra.readUInt16LE(at + 2);
    if (id === 1) {
      let next = at + 4;
      const wide = (value: number) => {
        if (value !== 0xffffffff) return value;
        next += 8;
        return Number(extra.readBigUInt64LE(next - 8));
      };
      const sizeBytes = wide(sizes.sizeBytes);
      const compressedBytes = wide(sizes.compressedBytes);
      return { sizeBytes, compressedBytes, offset: wide(sizes.offset) };
    }
    at += 4 + length;
  }
  return sizes;
}
