// The raw results of a codec on a data set: one JSON file with one row a picture and quality. Everything that a
// report shows is computed from these files, so that a chart is redrawn without encoding again.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Codec, Complexity } from './codecs/codec.ts';

export const rowsFormat = 'nic-report-rows';
export const rowsVersion = 1;

/** A picture that went through the codec. Numbers are rounded: see `roundRow`. */
export interface MeasuredRow {
  readonly picture: string;
  readonly quality: number;
  /** Bytes of the whole file, headers included. */
  readonly sizeBytes: number;
  /** 8 * sizeBytes / pixels. */
  readonly bpp: number;
  /** dB over the R, G and B samples together, on the 8-bit integers of the decoded picture. */
  readonly psnrRgb: number;
  /** dB over luma (BT.601, rounded to 8 bits). */
  readonly psnrY: number;
  /** Mean over R, G and B; null where the picture is too small for five scales. */
  readonly msSsim: number | null;
  /** -10 log10(1 - msSsim). */
  readonly msSsimDb: number | null;
  readonly ssimulacra2: number;
  /** CPU time over all threads, in ms: what one idle thread would take. */
  readonly encodeMs: number;
  readonly decodeMs: number;
}

/** A picture that the codec failed on. */
export interface FailedRow {
  readonly picture: string;
  readonly quality: number;
  readonly error: string;
}

export type Row = MeasuredRow | FailedRow;

export interface PictureInfo {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** Of the file's bytes. */
  readonly sha256: string;
}

export interface DatasetInfo {
  readonly name: string;
  /** SHA-256 of the lines "<sha256 of a picture>  <name>\n", sorted by name. */
  readonly sha256: string;
  readonly pictures: readonly PictureInfo[];
}

export interface CodecInfo {
  readonly spec: string;
  readonly id: string;
  readonly label: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly versions: Readonly<Record<string, string>>;
  readonly qualityName: string;
  readonly complexity?: Complexity;
}

export interface RowsFile {
  readonly format: typeof rowsFormat;
  readonly version: typeof rowsVersion;
  readonly codec: CodecInfo;
  readonly dataset: DatasetInfo;
  /** What the times were taken on, for example "4 x Some CPU, Node 20.19.0, linux x64". */
  readonly machine: string;
  /** Day of the newest row, YYYY-MM-DD. */
  readonly date: string;
  /** Commit of the working tree when the newest row was measured, where there was one. */
  readonly commit?: string;
  readonly rows: readonly Row[];
}

export function isFailed(row: Row): row is FailedRow {
  return 'error' in row;
}

export function codecInfo(codec: Codec): CodecInfo {
  const { spec, id, label, settings, versions, qualityName, complexity } = codec;
  return { spec, id, label, settings, versions, qualityName, complexity };
}

const digits: Readonly<Record<string, number>> = {
  bpp: 6,
  psnrRgb: 4,
  psnrY: 4,
  msSsim: 6,
  msSsimDb: 4,
  ssimulacra2: 3,
  encodeMs: 1,
  decodeMs: 1,
};

/** The row with its numbers rounded to what they mean, so that files stay small and diffs readable. */
export function roundRow(row: MeasuredRow): MeasuredRow {
  return Object.fromEntries(
    Object.entries(row).map(([key, value]) => [
      key,
      typeof value === 'number' && digits[key] !== undefined
        ? Number(value.toFixed(digits[key]))
        : value,
    ]),
  ) as unknown as MeasuredRow;
}

/** JSON with one line a row and a picture, by picture, then quality. */
export function formatRowsFile(file: RowsFile): string {
  const rows = [...file.rows].sort(
    (a, b) => compareText(a.picture, b.picture) || a.quality - b.quality,
  );
  const lines = (items: readonly unknown[], indent: string) =>
    items.map((item) => indent + JSON.stringify(item)).join(',\n');
  const { name, sha256, pictures } = file.dataset;
  return `{
  "format": "${rowsFormat}",
  "version": ${rowsVersion},
  "codec": ${JSON.stringify(file.codec)},
  "machine": ${JSON.stringify(file.machine)},
  "date": ${JSON.stringify(file.date)},${file.commit === undefined ? '' : `\n  "commit": ${JSON.stringify(file.commit)},`}
  "dataset": {
    "name": ${JSON.stringify(name)},
    "sha256": ${JSON.stringify(sha256)},
    "pictures": [
${lines(pictures, '      ')}
    ]
  },
  "rows": [
${lines(rows, '    ')}
  ]
}
`;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Parses and checks a rows file. Throws an Error that names `path` and the first thing that is wrong. */
export function parseRowsFile(text: string, path: string): RowsFile {
  let file: RowsFile;
  try {
    file = JSON.parse(text) as RowsFile;
  } catch (cause) {
    throw new Error(`${path} is not JSON`, { cause });
  }
  const problem = problemOf(file);
  if (problem !== undefined) throw new Error(`${path}: ${problem}`);
  return file;
}

function problemOf(file: RowsFile): string | undefined {
  if (file?.format !== rowsFormat) return `expected the format "${rowsFormat}"`;
  if (file.version !== rowsVersion) return `expected version ${rowsVersion} of the format`;
  if (typeof file.codec?.spec !== 'string') return 'the codec has no spec';
  if (!Array.isArray(file.dataset?.pictures)) return 'the data set has no pictures';
  if (!Array.isArray(file.rows)) return 'there are no rows';
  const pictures = new Map(file.dataset.pictures.map((picture) => [picture.name, picture]));
  const seen = new Set<string>();
  for (const row of file.rows) {
    const key = `${row.picture} at ${row.quality}`;
    const picture = pictures.get(row.picture);
    if (picture === undefined) return `the row ${key} has an unknown picture`;
    if (seen.has(key)) return `there are two rows ${key}`;
    seen.add(key);
    if (isFailed(row)) continue;
    const numbers = [row.sizeBytes, row.psnrRgb, row.psnrY, row.ssimulacra2, row.quality];
    if (!numbers.every((value) => typeof value === 'number')) return `${key} lacks a number`;
    const bpp = (8 * row.sizeBytes) / (picture.width * picture.height);
    if (!(Math.abs(bpp - row.bpp) < 1e-5)) return `${key} has a bpp that its size does not give`;
  }
  return undefined;
}

/** Reads all rows files of a folder, by file name. Throws where one is damaged, or no file is there. */
export async function readRowsFiles(folder: string): Promise<RowsFile[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  const files: RowsFile[] = [];
  for (const name of names) {
    const path = join(folder, name);
    const text = await readFile(path, 'utf8');
    if (text.includes(`"format": "${rowsFormat}"`)) files.push(parseRowsFile(text, path));
  }
  if (files.length === 0) throw new Error(`${folder} has no rows of a report`);
  return files;
}
