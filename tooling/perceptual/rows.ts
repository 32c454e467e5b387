// What is measured of the two decoders, AVIF and mozjpeg, and the table of it.
import { readFile } from 'node:fs/promises';
import type { RgbPicture } from '../../reports/codecs/codec.ts';
import type { Original } from '../../reports/measure.ts';
import { msSsim, msSsimDecibels } from '../../src/metrics/ms-ssim.ts';
import { compareSpectra } from '../../src/metrics/power-spectrum.ts';
import { psnr } from '../../src/metrics/psnr.ts';

/** One picture by one decoder at one rate. */
export interface PerceptualRow {
  readonly decoder: string;
  /** The rate in bpp that the file must not exceed. */
  readonly rate: number;
  readonly picture: string;
  readonly bpp: number;
  /** dB, over RGB. */
  readonly psnr: number;
  /** dB. */
  readonly msSsim: number;
  readonly ssimulacra2: number;
  /** dB, see src/metrics/power-spectrum.ts. */
  readonly spectrumDistance: number;
  readonly fineEnergy: number;
}

export interface PerceptualRows {
  readonly dataset: string;
  readonly command: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly rows: readonly PerceptualRow[];
}

export function measureDecoded(
  { picture, reference, name }: Original,
  decoded: RgbPicture,
  { decoder, rate, bpp }: Pick<PerceptualRow, 'decoder' | 'rate' | 'bpp'>,
): PerceptualRow {
  const { distance, fineEnergy } = compareSpectra(picture, decoded);
  const digits = (value: number) => Number(value.toFixed(4));
  return {
    decoder,
    rate,
    picture: name,
    bpp: digits(bpp),
    psnr: digits(psnr(picture, decoded)),
    msSsim: digits(msSsimDecibels(msSsim(picture, decoded))),
    ssimulacra2: digits(reference.compare(decoded)),
    spectrumDistance: digits(distance),
    fineEnergy: digits(fineEnergy),
  };
}

/** The stored rows; undefined where there are none. */
export async function readRows(path: string): Promise<PerceptualRows | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? undefined : (JSON.parse(text) as PerceptualRows);
}

const columns = [
  ['bpp', 3],
  ['psnr', 2],
  ['msSsim', 2],
  ['ssimulacra2', 1],
  ['spectrumDistance', 2],
  ['fineEnergy', 2],
] as const;

/** Means over the pictures, a table a rate. */
export function markdownTables(rows: readonly PerceptualRow[]): string {
  const rates = [...new Set(rows.map(({ rate }) => rate))].sort((a, b) => b - a);
  const tables = rates.map((rate) => {
    const ofRate = rows.filter((row) => row.rate === rate);
    const decoders = [...new Set(ofRate.map(({ decoder }) => decoder))];
    const lines = decoders.map((decoder) => {
      const own = ofRate.filter((row) => row.decoder === decoder);
      const cells = columns.map(([key, digits]) =>
        (own.reduce((sum, row) => sum + row[key], 0) / own.length).toFixed(digits),
      );
      return `| ${[decoder, ...cells].join(' | ')} |`;
    });
    const pictures = new Set(ofRate.map(({ picture }) => picture)).size;
    return [
      `At most ${rate} bpp, means over ${pictures} pictures:`,
      '',
      '| decoder | bpp | PSNR, dB | MS-SSIM, dB | SSIMULACRA2 | spectrum distance, dB | fine energy, dB |',
      '|---|---|---|---|---|---|---|',
      ...lines,
    ].join('\n');
  });
  return `${tables.join('\n\n')}\n`;
}
