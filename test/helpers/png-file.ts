// Writes PNG files of every color type, bit depth and interlacing, which no encoder at hand makes.
import { crc32, deflateSync } from 'node:zlib';

export interface PngContent {
  readonly width: number;
  readonly height: number;
  /** 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGB and alpha. */
  readonly colorType: 0 | 2 | 3 | 4 | 6;
  readonly bitDepth: 1 | 2 | 4 | 8 | 16;
  /** height x width x channels, each below 2^bitDepth. */
  readonly samples: ArrayLike<number>;
  /** Adam7. */
  readonly interlaced?: boolean;
  /** RGB bytes, for color type 3. */
  readonly palette?: Uint8Array;
  /** The tRNS chunk: an alpha for each entry of the palette, or the 16-bit samples of the transparent color. */
  readonly transparency?: Uint8Array;
}

const channelsOf = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 } as const;

/** Of each Adam7 pass: first x, first y, step in x, step in y. */
const adam7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

export function pngFile(content: PngContent): Buffer {
  const { width, height, colorType, bitDepth, interlaced = false } = content;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([bitDepth, colorType, 0, 0, interlaced ? 1 : 0], 8);
  const passes = interlaced ? adam7 : [[0, 0, 1, 1] as const];
  const lines = passes.flatMap((pass) => linesOf(content, pass));
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    ...(content.palette ? [chunk('PLTE', content.palette)] : []),
    ...(content.transparency ? [chunk('tRNS', content.transparency)] : []),
    chunk('IDAT', deflateSync(Buffer.concat(lines))),
    chunk('IEND', new Uint8Array(0)),
  ]);
}

/** The unfiltered lines of a pass, each after its filter byte 0. */
function linesOf(
  { width, height, colorType, bitDepth, samples }: PngContent,
  [left, top, stepX, stepY]: readonly [number, number, number, number],
): Buffer[] {
  const channels = channelsOf[colorType];
  const lines: Buffer[] = [];
  if (left >= width) return lines;
  for (let y = top; y < height; y += stepY) {
    const bits: string[] = [];
    for (let x = left; x < width; x += stepX) {
      for (let channel = 0; channel < channels; channel++) {
        const sample = samples[(y * width + x) * channels + channel];
        bits.push(sample.toString(2).padStart(bitDepth, '0'));
      }
    }
    const bytes = bits.join('').match(/.{1,8}/g) ?? [];
    lines.push(Buffer.from([0, ...bytes.map((byte) => Number.parseInt(byte.padEnd(8, '0'), 2))]));
  }
  return lines;
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  framed.set(body, 4);
  framed.writeUInt32BE(crc32(body) >>> 0, body.length + 4);
  return framed;
}
