// What a prior saves and costs over a set of pictures, as numbers and as tables of Markdown.
import type { PriorKind } from '../../src/index.ts';
import type { PriorRow } from './measure.ts';

/** One prior at one quality, against `base` on the same pictures. */
export interface PriorSummary {
  readonly prior: PriorKind;
  readonly quality: number;
  /** Percent of the bytes of all files together that are saved; negative where they grow. */
  readonly savedOfSum: number;
  /** Mean over the pictures of the percent saved. */
  readonly savedMean: number;
  readonly worst: { readonly picture: string; readonly saved: number };
  readonly encodeMegapixelsPerSecond: number;
  readonly decodeMegapixelsPerSecond: number;
}

/** A summary for every prior and quality in the rows, in their order of `priors` and `qualities`. */
export function summarize(
  rows: readonly PriorRow[],
  priors: readonly PriorKind[],
  qualities: readonly number[],
): PriorSummary[] {
  return priors.flatMap((prior) =>
    qualities.map((quality) => {
      const own = rows.filter((row) => row.prior === prior && row.quality === quality);
      const saved = own.map(({ picture, sizeBytes }) => ({
        picture,
        saved: percentSaved(sizeBytes, baseOf(rows, picture, quality).sizeBytes),
      }));
      const base = sum(own.map(({ picture }) => baseOf(rows, picture, quality).sizeBytes));
      return {
        prior,
        quality,
        savedOfSum: percentSaved(sum(own.map(({ sizeBytes }) => sizeBytes)), base),
        savedMean: sum(saved.map(({ saved }) => saved)) / saved.length,
        worst: saved.reduce((worst, one) => (one.saved < worst.saved ? one : worst)),
        encodeMegapixelsPerSecond: speed(own, 'encodeMs'),
        decodeMegapixelsPerSecond: speed(own, 'decodeMs'),
      };
    }),
  );
}

function baseOf(rows: readonly PriorRow[], picture: string, quality: number): PriorRow {
  const row = rows.find(
    (one) => one.picture === picture && one.quality === quality && one.prior === 'base',
  );
  if (!row) throw new Error(`No row of 'base' for ${picture} at quality ${quality}`);
  return row;
}

function percentSaved(size: number, base: number): number {
  return 100 * (1 - size / base);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, value) => total + value, 0);
}

function speed(rows: readonly PriorRow[], key: 'encodeMs' | 'decodeMs'): number {
  return sum(rows.map(({ pixels }) => pixels)) / 1000 / sum(rows.map((row) => row[key]));
}

/** Two tables: percent of bytes saved, and megapixels a second. */
export function markdownTables(summaries: readonly PriorSummary[]): string {
  const qualities = [...new Set(summaries.map(({ quality }) => quality))];
  const priors = [...new Set(summaries.map(({ prior }) => prior))];
  const line = (first: string, prior: PriorKind, cell: (one: PriorSummary) => string) => {
    const own = summaries.filter((one) => one.prior === prior);
    const cells = qualities.map((quality) => {
      const found = own.find((one) => one.quality === quality);
      return found ? cell(found) : '–';
    });
    return `| ${[first, ...cells].join(' | ')} |`;
  };
  const head = (first: string) => [
    `| ${[first, ...qualities.map((quality) => `quality ${quality}`)].join(' | ')} |`,
    `|---|${'---:|'.repeat(qualities.length)}`,
  ];
  const sizes = priors
    .filter((prior) => prior !== 'base')
    .flatMap((prior) => [
      line(`**${prior}**, all files together`, prior, ({ savedOfSum }) => percent(savedOfSum)),
      line('mean over the pictures', prior, ({ savedMean }) => percent(savedMean)),
      line('worst picture', prior, ({ worst }) => percent(worst.saved)),
    ]);
  const speeds = priors.map((prior) =>
    line(
      prior,
      prior,
      (one) =>
        `${one.encodeMegapixelsPerSecond.toFixed(2)} / ${one.decodeMegapixelsPerSecond.toFixed(2)}`,
    ),
  );
  const tables = [
    [...head('bytes saved over `base`'), ...sizes],
    [...head('MP/s to encode / to decode'), ...speeds],
  ];
  return `${tables.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function percent(value: number): string {
  return `${value < 0 ? '−' : ''}${Math.abs(value).toFixed(1)} %`;
}
