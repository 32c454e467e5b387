// Puts EXIF and XMP into a picture file that sharp has written without. sharp takes EXIF only as single values; here
// the block stays as it is, byte for byte.
import { crc32 } from 'node:zlib';
import { type Metadata, uprightExif, uprightXmp } from '../../../codec/index.ts';
import type { ImageFormat } from '../image-formats.ts';
import { AvifLayoutError, embedInAvif } from './embed-in-avif.ts';
import { embedInTiff } from './embed-in-tiff.ts';

/** Called for a block that the format cannot hold, with one sentence. */
type Warn = (message: string) => void;

/** The file with the metadata in it. What is damaged is dropped with a warning: no decoder checks it. */
export function embedMetadata(
  file: Uint8Array,
  format: ImageFormat,
  metadata: Metadata,
  warn: Warn,
): Uint8Array {
  const exif = metadata.exif && uprightExif(metadata.exif);
  const xmp = metadata.xmp && uprightXmp(metadata.xmp);
  if (metadata.exif && !exif) warn('EXIF is damaged and was dropped');
  if (metadata.xmp && !xmp) warn('XMP is damaged and was dropped');
  if (!exif && !xmp) return file;
  try {
    return embedIn(file, format, { exif, xmp }, warn);
  } catch (error) {
    if (!(error instanceof AvifLayoutError)) throw error;
    warn(`EXIF and XMP were dropped: ${error.message}`);
    return file;
  }
}

function embedIn(
  file: Uint8Array,
  format: ImageFormat,
  metadata: Metadata,
  warn: Warn,
): Uint8Array {
  switch (format) {
    case 'png':
      return embedInPng(file, metadata);
    case 'jpeg':
      return embedInJpeg(file, metadata, warn);
    case 'webp':
      return embedInWebp(file, metadata);
    case 'avif':
      return embedInAvif(file, metadata);
    case 'tiff':
      return embedInTiff(file, metadata, warn);
  }
}

/** Signature and IHDR, which comes first. */
const pngHeaderBytes = 33;

function embedInPng(file: Uint8Array, { exif, xmp }: Metadata): Uint8Array {
  // Keyword, no compression, no language, no translated keyword.
  const xmpStart = Buffer.from('XML:com.adobe.xmp\0\0\0\0\0', 'latin1');
  return Buffer.concat([
    file.subarray(0, pngHeaderBytes),
    ...(exif ? [pngChunk('eXIf', exif)] : []),
    ...(xmp ? [pngChunk('iTXt', Buffer.concat([xmpStart, xmp]))] : []),
    file.subarray(pngHeaderBytes),
  ]);
}

function pngChunk(type: string, data: Uint8Array): Buffer {
  const chunk = Buffer.alloc(data.length + 12);
  chunk.writeUInt32BE(data.length, 0);
  chunk.write(type, 4, 'latin1');
  chunk.set(data, 8);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, -4)), data.length + 8);
  return chunk;
}

/** Most bytes after the length of a segment. */
const jpegSegmentBytes = 65533;
const jpegXmpMark = 'http://ns.adobe.com/xap/1.0/\0';

/** Most bytes of XMP that a file of a format holds. */
export function mostXmpBytes(format: ImageFormat): number {
  return format === 'jpeg' ? jpegSegmentBytes - jpegXmpMark.length : Infinity;
}

function embedInJpeg(file: Uint8Array, { exif, xmp }: Metadata, warn: Warn): Uint8Array {
  // After the start of the image and the JFIF header.
  const hasJfif = file[2] === 0xff && file[3] === 0xe0;
  const place = hasJfif ? 4 + ((file[4] << 8) | file[5]) : 2;
  const segments: Buffer[] = [];
  const add = (name: string, mark: string, block: Uint8Array | undefined) => {
    if (!block) return;
    const most = jpegSegmentBytes - mark.length;
    if (block.length > most) {
      warn(`${name} of ${block.length} bytes was dropped: JPEG holds at most ${most}`);
      return;
    }
    const start = Buffer.from(`\xff\xe1\0\0${mark}`, 'latin1');
    start.writeUInt16BE(2 + mark.length + block.length, 2);
    segments.push(start, Buffer.from(block));
  };
  add('EXIF', 'Exif\0\0', exif);
  add('XMP', jpegXmpMark, xmp);
  return Buffer.concat([file.subarray(0, place), ...segments, file.subarray(place)]);
}

const riffHeaderBytes = 12;
const webpFlags = { alpha: 0x10, exif: 0x08, xmp: 0x04 } as const;

function embedInWebp(file: Uint8Array, { exif, xmp }: Metadata): Uint8Array {
  const source = Buffer.from(file);
  const isExtended = source.toString('latin1', 12, 16) === 'VP8X';
  const header = isExtended ? Buffer.from(source.subarray(20, 30)) : extendedHeader(source);
  header[0] |= (exif ? webpFlags.exif : 0) | (xmp ? webpFlags.xmp : 0);
  const result = Buffer.concat([
    source.subarray(0, riffHeaderBytes),
    riffChunk('VP8X', header),
    source.subarray(isExtended ? 30 : riffHeaderBytes),
    ...(exif ? [riffChunk('EXIF', exif)] : []),
    ...(xmp ? [riffChunk('XMP ', xmp)] : []),
  ]);
  result.writeUInt32LE(result.length - 8, 4);
  return result;
}

/** The VP8X payload for a lossless file of one VP8L chunk: 14 bits of width and height less 1, a bit for alpha. */
function extendedHeader(source: Buffer): Buffer {
  const bits = source.readUInt32LE(21);
  const header = Buffer.alloc(10);
  header[0] = (bits >>> 28) & 1 ? webpFlags.alpha : 0;
  header.writeUIntLE(bits & 0x3fff, 4, 3);
  header.writeUIntLE((bits >>> 14) & 0x3fff, 7, 3);
  return header;
}

/** Chunks start at even offsets. */
function riffChunk(type: string, data: Uint8Array): Buffer {
  const chunk = Buffer.alloc(8 + data.length + (data.length & 1));
  chunk.write(type, 0, 'latin1');
  chunk.writeUInt32LE(data.length, 4);
  chunk.set(data, 8);
  return chunk;
}
