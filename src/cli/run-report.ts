// What `nic report` does: measures what is missing, then draws the report from the rows.
import { basename, join, resolve } from 'node:path';
import { Presets, SingleBar } from 'cli-progress';
import { aggregate, type Report } from '../../reports/aggregate.ts';
import { parseSpec, rowsFileName, splitSpecs } from '../../reports/codecs/registry.ts';
import { defaultPictures, type ReportFormat, reportFormats } from '../../reports/defaults.ts';
import { failureCount, writeReport } from '../../reports/formats.ts';
import { collectPictures, type ShownPicture } from '../../reports/pictures.ts';
import { readPublished } from '../../reports/published.ts';
import { type RowsFile, readRowsFiles } from '../../reports/rows.ts';
import { type RunProgress, type RunResult, runCodecs } from '../../reports/run.ts';
import type { ReportArgs } from './commands/report.ts';
import { exitCodes } from './exit.ts';
import { interruptSignal } from './interrupt.ts';
import { printJson, printNote } from './print.ts';
import { UsageError } from './usage-error.ts';

export async function runReport(args: ReportArgs): Promise<void> {
  const formats = parseFormats(args.format);
  const rates = parseNumbers('rates', args.rates);
  const specs = splitSpecs(args.codecs);
  if (specs.length === 0) throw new UsageError('Expected a codec or more for --codecs');
  for (const spec of specs) parseSpec(spec);
  const { dir, quiet, json } = args;
  const note = quiet || json ? () => {} : printNote;
  const rowsFolder = rowsFolderOf(args);
  const signal = interruptSignal();

  const run =
    dir === undefined ? undefined : await measureAll(args, dir, specs, rowsFolder, signal, note);
  const stored = await readRowsFiles(rowsFolder);
  const files = dir === undefined ? stored : stored.filter(isOf(specs));
  if (files.length === 0) throw new UsageError('None of the codecs can run here');
  const anchor = args.anchor === undefined ? undefined : parseSpec(args.anchor).canonical;
  if (anchor !== undefined && !files.some(({ codec }) => codec.spec === anchor)) {
    throw new UsageError(`There are no rows of the anchor ${anchor}`);
  }
  const published = args.published ? await readPublished(files[0].dataset.name) : [];
  const report = aggregate(files, { published, anchor });
  const pictures =
    dir !== undefined && formats.includes('html')
      ? await showPictures(args, dir, report, rates, signal)
      : [];
  const paths = await writeReport({ report, files, pictures }, args.out, formats);
  // Failed points are tried again; the rows may hold others, of qualities that this run was not asked for.
  const failed = run?.failed ?? failureCount(files);
  if (run && failed > 0 && run.measured + run.reused === 0) process.exitCode = exitCodes.file;
  if (failed > 0) note(`${failed} points failed; the report lists them`);
  for (const path of paths) note(path);
  if (json) {
    const { measured = 0, reused = 0, unavailable = [] } = run ?? {};
    await printJson({ rowsFolder, measured, reused, failed, unavailable, files: paths });
  }
}

function rowsFolderOf({ dir, rows, out, name }: ReportArgs): string {
  if (rows !== undefined) return rows;
  if (dir !== undefined) return join(out, 'results', name ?? basename(resolve(dir)));
  if (name !== undefined) return join(out, 'results', name);
  throw new UsageError('Expected a folder of pictures, or stored rows with --rows');
}

function isOf(specs: readonly string[]): (file: RowsFile) => boolean {
  const names = new Set(specs.map(rowsFileName));
  return ({ codec }) => names.has(rowsFileName(codec.spec));
}

async function measureAll(
  args: ReportArgs,
  dir: string,
  specs: readonly string[],
  rowsFolder: string,
  signal: AbortSignal,
  note: (line: string) => void,
): Promise<RunResult> {
  const bar = pointsBar(args.quiet);
  const result = await runCodecs({
    folder: dir,
    name: args.name,
    specs,
    rowsFolder,
    jobs: args.jobs,
    qualities: args.qualities === undefined ? undefined : parseNumbers('qualities', args.qualities),
    pointTimeoutMs: args.timeout === undefined ? undefined : args.timeout * 1000,
    signal,
    onProgress: bar.update,
    onNotice: note,
  }).finally(bar.stop);
  note(
    `${result.measured} points measured, ${result.reused} were stored, ${result.failed} failed: ${rowsFolder}`,
  );
  return result;
}

async function showPictures(
  args: ReportArgs,
  folder: string,
  report: Report,
  rates: readonly number[],
  signal: AbortSignal,
): Promise<ShownPicture[]> {
  const count = args.pictures ?? defaultPictures;
  if (count === 0) return [];
  const bar = pointsBar(args.quiet);
  return await collectPictures(report, {
    folder,
    count,
    rates,
    signal,
    onProgress: (done, total, label) => bar.update({ done, total, codec: label, picture: '' }),
  }).finally(bar.stop);
}

/** A bar with the time that is left; nothing off a terminal, or with `silent`. */
function pointsBar(silent: boolean): {
  update(progress: Pick<RunProgress, 'done' | 'total' | 'codec' | 'picture'>): void;
  stop(): void;
} {
  if (silent || !process.stderr.isTTY) return { update() {}, stop() {} };
  const bar = new SingleBar(
    {
      format: '{bar} {value}/{total}, {eta_formatted} left: {codec} {picture}',
      stream: process.stderr,
      clearOnComplete: true,
      hideCursor: true,
      etaBuffer: 100,
    },
    Presets.shades_classic,
  );
  let started = false;
  return {
    update({ done, total, codec, picture }) {
      if (!started) bar.start(total, 0, { codec, picture });
      started = true;
      bar.update(done, { codec, picture });
    },
    stop() {
      bar.stop();
    },
  };
}

function parseFormats(text: string): ReportFormat[] {
  return text.split(',').map((part) => {
    const format = reportFormats.find((known) => known === part.trim());
    if (format === undefined) {
      throw new UsageError(
        `Expected one of ${reportFormats.join(', ')} for --format but received ${JSON.stringify(part)}`,
      );
    }
    return format;
  });
}

function parseNumbers(name: string, text: string): number[] {
  return text.split(',').map((part) => {
    const value = part.trim() === '' ? Number.NaN : Number(part);
    if (!(value >= 0 && Number.isFinite(value))) {
      throw new UsageError(
        `Expected numbers from 0 for --${name} but received ${JSON.stringify(part)}`,
      );
    }
    return value;
  });
}
