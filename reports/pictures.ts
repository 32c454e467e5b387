// The pictures of the viewer: originals, and every codec at the same size. A file that browsers show by themselves
// goes into the page as it is; nic's and JPEG XL's pictures go in as lossless WebP.
import { join } from 'node:path';
import type { Report } from './aggregate.ts';
import type { Codec, RgbPicture } from './codecs/codec.ts';
import { openCodec } from './codecs/registry.ts';
import { sharpFrom } from './codecs/sharp-codec.ts';
import { compareAll } from './compare.ts';
import { readRgb } from './dataset-folder.ts';
import { bitsPerPixel, measure, type Original, prepareOriginal } from './measure.ts';
import type { MeasuredRow } from './rows.ts';

/** One codec's picture at one size. */
export interface ShownVersion {
  /** The codec's spec, or `original`. */
  readonly key: string;
  readonly label: string;
  /** The rate that was asked for, in bpp; absent for the original. */
  readonly rate?: number;
  readonly row?: MeasuredRow;
  /** `data:` URL. */
  readonly source: string;
}

export interface ShownPicture {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly versions: readonly ShownVersion[];
}

export interface PictureOptions {
  readonly folder: string;
  /** How many pictures. */
  readonly count: number;
  /** Rates in bpp: each codec is searched for its best quality within it. */
  readonly rates: readonly number[];
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number, label: string) => void;
}

/** Encodes the pictures of the viewer with the measured codecs of the report. */
export async function collectPictures(
  report: Report,
  options: PictureOptions,
): Promise<ShownPicture[]> {
  const names = chooseNames(report, options.count);
  const specs = report.curves.filter(({ kind }) => kind === 'measured').map(({ key }) => key);
  const codecs = await Promise.all(specs.map(openCodec));
  const total = names.length * codecs.length * options.rates.length;
  let done = 0;
  try {
    const pictures: ShownPicture[] = [];
    for (const name of names) {
      const picture = await readRgb(join(options.folder, name));
      const original = prepareOriginal(name, picture);
      const versions: ShownVersion[] = [
        { key: 'original', label: 'Original', source: await losslessUrl(picture) },
      ];
      for (const codec of codecs) {
        for (const rate of options.rates) {
          options.signal?.throwIfAborted();
          options.onProgress?.(done++, total, `${codec.label}, ${name}`);
          versions.push(await versionAt(codec, original, rate));
        }
      }
      pictures.push({ name, width: picture.width, height: picture.height, versions });
    }
    return pictures;
  } finally {
    await Promise.all(codecs.map((codec) => codec.close?.()));
  }
}

/** Names spread evenly from the picture where the subject gains most on the anchor to where it gains least. */
function chooseNames(report: Report, count: number): string[] {
  const comparison = compareAll(report, report.anchor, 'psnrRgb').find(
    ({ curve }) => curve.key === report.subject,
  );
  const all = comparison?.spread?.pictures.map(({ name }) => name) ?? report.dataset.pictures;
  const last = Math.min(count, all.length) - 1;
  const names = Array.from({ length: last + 1 }, (_, i) =>
    last === 0
      ? all[Math.floor((all.length - 1) / 2)]
      : all[Math.round((i * (all.length - 1)) / last)],
  );
  return [...new Set(names)];
}

async function versionAt(codec: Codec, original: Original, rate: number): Promise<ShownVersion> {
  const { picture } = original;
  const quality = await bestQuality(codec, picture, rate);
  const row = await measure(codec, original, quality);
  const file = await codec.encode(picture, quality);
  const source =
    codec.mediaType === undefined
      ? await losslessUrl(await codec.decode(file))
      : dataUrl(codec.mediaType, file);
  return { key: codec.spec, label: codec.label, rate, row, source };
}

/**
 * The best quality whose file is not larger than `rate` bpp, by bisection over the steps of the codec's search
 * range; the smallest file where even that is larger.
 */
export async function bestQuality(
  codec: Codec,
  picture: RgbPicture,
  rate: number,
): Promise<number> {
  const { from, to, step } = codec.search;
  const direction = Math.sign(to - from);
  const qualityAt = (index: number) => Number((from + direction * index * step).toFixed(6));
  let fits = 0;
  let exceeds = Math.round(Math.abs(to - from) / step) + 1;
  while (exceeds - fits > 1) {
    const middle = (fits + exceeds) >> 1;
    const file = await codec.encode(picture, qualityAt(middle));
    if (bitsPerPixel(file.length, picture) <= rate) fits = middle;
    else exceeds = middle;
  }
  return qualityAt(fits);
}

async function losslessUrl(picture: RgbPicture): Promise<string> {
  return dataUrl('image/webp', await sharpFrom(picture).webp({ lossless: true }).toBuffer());
}

function dataUrl(mediaType: string, file: Uint8Array): string {
  return `data:${mediaType};base64,${Buffer.from(file).toString('base64')}`;
}
