// One point of a report: encode, decode, and measure what came back against the original.
import { minimumMsSsimSide, msSsim, msSsimDecibels } from '../src/metrics/ms-ssim.ts';
import { psnr } from '../src/metrics/psnr.ts';
import { type Ssimulacra2Reference, ssimulacra2Reference } from '../src/metrics/ssimulacra2.ts';
import type { Codec, RgbPicture } from './codecs/codec.ts';
import { type MeasuredRow, roundRow } from './rows.ts';

/** An original with what the metrics keep of it. */
export interface Original {
  readonly name: string;
  readonly picture: RgbPicture;
  readonly reference: Ssimulacra2Reference;
}

export function prepareOriginal(name: string, picture: RgbPicture): Original {
  return { name, picture, reference: ssimulacra2Reference(picture) };
}

/** PSNR of equal pictures, in dB: one less error than a single step in one sample of a gigapixel could give. */
const maximumPsnr = 140;

/**
 * Runs one picture through the codec. The row counts the whole file, and CPU time: other work on the machine hardly
 * changes it, but work of this process at the same time does. Throws what the codec throws.
 */
export async function measure(
  codec: Codec,
  original: Original,
  quality: number,
): Promise<MeasuredRow> {
  const { picture } = original;
  const start = cpuMs(codec);
  const file = await codec.encode(picture, quality);
  const encoded = cpuMs(codec);
  const decoded = await codec.decode(file);
  const end = cpuMs(codec);
  if (!(decoded.data instanceof Uint8Array)) throw new Error('Expected 8-bit samples');
  if (decoded.width !== picture.width || decoded.height !== picture.height) {
    throw new Error(
      `Decoded to ${decoded.width}x${decoded.height} instead of ${picture.width}x${picture.height}`,
    );
  }
  const similarity =
    Math.min(picture.width, picture.height) < minimumMsSsimSide ? null : msSsim(picture, decoded);
  return roundRow({
    picture: original.name,
    quality,
    sizeBytes: file.length,
    bpp: bitsPerPixel(file.length, picture),
    psnrRgb: Math.min(maximumPsnr, psnr(picture, decoded)),
    psnrY: Math.min(maximumPsnr, psnr(luma(picture), luma(decoded))),
    msSsim: similarity,
    msSsimDb: similarity === null ? null : Math.min(maximumPsnr, msSsimDecibels(similarity)),
    ssimulacra2: original.reference.compare(decoded),
    encodeMs: encoded - start,
    decodeMs: end - encoded,
  });
}

/** CPU time of this process over all its threads, and of the programs that the codec ran, in ms. */
function cpuMs(codec: Codec): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000 + (codec.programCpuMs?.() ?? 0);
}

export function bitsPerPixel(
  sizeBytes: number,
  { width, height }: { readonly width: number; readonly height: number },
): number {
  return (8 * sizeBytes) / (width * height);
}

/** BT.601 luma, full range, rounded to 8 bits. */
export function luma({ width, height, data }: RgbPicture): {
  width: number;
  height: number;
  channels: 1;
  data: Uint8Array;
} {
  const out = new Uint8Array(width * height);
  for (let i = 0, j = 0; i < out.length; i++, j += 3) {
    out[i] = Math.round(0.299 * data[j] + 0.587 * data[j + 1] + 0.114 * data[j + 2]);
  }
  return { width, height, channels: 1, data: out };
}
