// What a report can be written as, and its files in a folder.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import type { Report } from './aggregate.ts';
import { compareAll, qualityAtRate120 } from './compare.ts';
import type { ReportFormat } from './defaults.ts';
import { reportPage } from './html/page.ts';
import { svgCurve } from './html/svg-curve.ts';
import { reportMarkdown } from './markdown.ts';
import { metrics } from './metrics.ts';
import type { ShownPicture } from './pictures.ts';
import { isFailed, type RowsFile } from './rows.ts';

export interface ReportContent {
  readonly report: Report;
  readonly files: readonly RowsFile[];
  /** For the viewer of the HTML; may be empty. */
  readonly pictures: readonly ShownPicture[];
}

/** Published curves that the figure and the README's table show. */
export const figurePublished = ['published/vtm', 'published/bmshj2018-hyperprior-mse'];

/** Writes `report.<format>` for each format (`curve.svg`, `curve.png` for figures); returns the paths. */
export async function writeReport(
  content: ReportContent,
  folder: string,
  formats: readonly ReportFormat[],
): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const paths: string[] = [];
  for (const format of formats) {
    const name = format === 'svg' || format === 'png' ? 'curve' : 'report';
    const path = join(folder, `${name}.${format}`);
    await writeFile(path, await formatReport(content, format));
    paths.push(path);
  }
  return paths;
}

/** The report in one format. */
export async function formatReport(
  { report, files, pictures }: ReportContent,
  format: ReportFormat,
): Promise<string | Uint8Array> {
  switch (format) {
    case 'html':
      return await reportPage(report, pictures);
    case 'json':
      return reportJson(report);
    case 'csv':
      return rowsCsv(files);
    case 'md':
      return reportMarkdown(report);
    case 'svg':
      return curveFigure(report);
    case 'png':
      return await rasterize(curveFigure(report));
  }
}

/** The PSNR curves of the measured codecs and two published ones. */
export function curveFigure(report: Report): string {
  const measured = report.curves.filter(({ kind }) => kind === 'measured').map(({ key }) => key);
  const { name, pictures } = report.dataset;
  return svgCurve(report, {
    metric: metrics[0],
    curves: [...measured, ...figurePublished],
    title: `${name}, ${pictures.length} pictures: PSNR RGB`,
  });
}

/** An SVG as PNG at twice its size. */
export function rasterize(svg: string): Promise<Uint8Array> {
  return sharp(Buffer.from(svg), { density: 144 }).png({ palette: true }).toBuffer();
}

function reportJson(report: Report): string {
  const { curves, ...rest } = report;
  const comparisons = metrics.map(({ key }) => ({
    metric: key,
    anchor: report.anchor,
    bdRates: compareAll(report, report.anchor, key).map(({ curve, overall, bands, spread }) => ({
      codec: curve.key,
      overall,
      bands,
      spread,
    })),
  }));
  const codecs = curves.map((curve) => ({
    ...curve,
    at120: Object.fromEntries(metrics.map(({ key }) => [key, qualityAtRate120(curve, key)])),
  }));
  return `${JSON.stringify({ ...rest, codecs, comparisons }, null, 1)}\n`;
}

const columns = [
  'picture',
  'quality',
  'sizeBytes',
  'bpp',
  'psnrRgb',
  'psnrY',
  'msSsim',
  'msSsimDb',
  'ssimulacra2',
  'encodeMs',
  'decodeMs',
  'error',
];

/** All rows, one a line, with the data set and the codec. */
function rowsCsv(files: readonly RowsFile[]): string {
  const lines = [['dataset', 'codec', ...columns].join(',')];
  for (const { dataset, codec, rows } of files) {
    for (const row of rows) {
      const values = row as unknown as Record<string, string | number | null | undefined>;
      const cells = columns.map((column) => csvCell(values[column]));
      lines.push([csvCell(dataset.name), csvCell(codec.spec), ...cells].join(','));
    }
  }
  return `${lines.join('\n')}\n`;
}

function csvCell(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return '';
  const text = String(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Rows that failed, over all codecs. */
export function failureCount(files: readonly RowsFile[]): number {
  return files.reduce((sum, { rows }) => sum + rows.filter(isFailed).length, 0);
}
