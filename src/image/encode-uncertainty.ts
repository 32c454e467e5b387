// A map of predicted errors as a grey PNG that says in its text what its samples mean.
import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import { invalidArgument, type Picture } from '../../codec/index.ts';

/** Bytes before the first place for another chunk: the signature and IHDR. */
const headerBytes = 33;

/** The PNG of the `uncertainty` of a picture that was decoded with it. */
export async function encodeUncertainty({
  width,
  height,
  uncertainty,
}: Picture): Promise<Uint8Array> {
  if (!uncertainty) throw invalidArgument('a map', 'uncertainty', uncertainty);
  const { data, unit } = uncertainty;
  const png = await sharp(data, { raw: { width, height, channels: 1 }, limitInputPixels: false })
    .toColourspace('b-w')
    .png()
    .toBuffer();
  const text = textChunk(
    'Description',
    `Predicted standard error of each pixel: sample / ${unit} 8-bit levels, root mean square over RGB; 255 is that or more`,
  );
  return Buffer.concat([png.subarray(0, headerBytes), text, png.subarray(headerBytes)]);
}

/** A tEXt chunk of Latin-1 text. */
function textChunk(keyword: string, text: string): Buffer {
  const body = Buffer.from(`tEXt${keyword}\0${text}`, 'latin1');
  const chunk = Buffer.alloc(body.length + 8);
  chunk.writeUInt32BE(body.length - 4, 0);
  body.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(body), body.length + 4);
  return chunk;
}
