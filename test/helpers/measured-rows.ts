// Made-up results of codecs, for tests of what is computed from rows.
import type { MeasuredRow, Row, RowsFile } from '../../reports/rows.ts';

const width = 100;
const height = 80;

/** A row whose bpp and size agree. */
export function measuredRow(
  picture: string,
  quality: number,
  over: Partial<MeasuredRow> = {},
): Row {
  const sizeBytes = over.sizeBytes ?? 100 * (quality + 1);
  return {
    picture,
    quality,
    sizeBytes,
    bpp: (8 * sizeBytes) / (width * height),
    psnrRgb: 25 + quality / 4,
    psnrY: 26 + quality / 4,
    msSsim: 0.9 + quality / 1000,
    msSsimDb: -10 * Math.log10(0.1 - quality / 1000),
    ssimulacra2: quality,
    encodeMs: 4,
    decodeMs: 2,
    ...over,
  };
}

/** A rows file of two pictures of 100x80 pixels, `a.png` and `b.png`. */
export function rowsFile(id: string, rows: readonly Row[]): RowsFile {
  return {
    format: 'nic-report-rows',
    version: 1,
    codec: {
      spec: id,
      id,
      label: `The ${id}`,
      settings: {},
      versions: { [id]: '1.0' },
      qualityName: 'quality',
    },
    machine: 'a machine',
    date: '2026-01-02',
    dataset: {
      name: 'drawn',
      sha256: 'd'.repeat(64),
      pictures: ['a.png', 'b.png'].map((name) => ({
        name,
        width,
        height,
        sha256: name.padEnd(64, '0'),
      })),
    },
    rows,
  };
}

/** Rows of both pictures at some qualities. */
export function rowsAt(
  qualities: readonly number[],
  over: (picture: string, quality: number) => Partial<MeasuredRow> = () => ({}),
): Row[] {
  return ['a.png', 'b.png'].flatMap((picture) =>
    qualities.map((quality) => measuredRow(picture, quality, over(picture, quality))),
  );
}
