// The report as Markdown: one table a metric, and the short table of the README.
import type { Curve, Report } from './aggregate.ts';
import { type Comparison, compareAll, qualityAtRate120 } from './compare.ts';
import { fixed, percent } from './html/format.ts';
import { type Metric, metrics } from './metrics.ts';

/** All tables, with the line that says what was measured. */
export function reportMarkdown(report: Report): string {
  const anchor = labelOf(report, report.anchor);
  const parts = [
    `# Rate and distortion: ${report.dataset.name}`,
    provenanceLine(report),
    `## BD-rate against ${anchor}`,
    ...metrics.map((metric) => `### ${metric.name}\n\n${bdRateTable(report, metric)}`),
    '## At 120:1 (0.2 bpp)',
    rate120Table(report),
    '## Codecs',
    codecsTable(report),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** The table of the README: measured codecs and a few published ones, by BD-rate. */
export function summaryTable(report: Report, published: readonly string[]): string {
  const anchor = labelOf(report, report.anchor);
  const shown = new Set([...measured(report).map(({ key }) => key), ...published]);
  const byMetric = new Map(
    metrics.map(({ key }) => [key, compareAll(report, report.anchor, key)] as const),
  );
  const rateOf = (curve: Curve, key: Metric['key']) =>
    byMetric.get(key)?.find((comparison) => comparison.curve === curve)?.overall?.percent;
  const rows = report.curves
    .filter(({ key }) => shown.has(key))
    .map((curve) => ({ curve, rate: rateOf(curve, 'psnrRgb') }))
    .sort((a, b) => (a.rate ?? Number.POSITIVE_INFINITY) - (b.rate ?? Number.POSITIVE_INFINITY))
    .map(({ curve, rate }) => [
      nameOf(report, curve),
      percent(rate),
      percent(rateOf(curve, 'msSsimDb')),
      percent(rateOf(curve, 'ssimulacra2')),
      fixed(qualityAtRate120(curve, 'psnrRgb'), 2),
      speed(curve.speed?.encodeMegapixelsPerSecond),
      speed(curve.speed?.decodeMegapixelsPerSecond),
      fixed(curve.decoderKmacPerPixel, curve.decoderKmacPerPixel === undefined ? 0 : 1),
    ]);
  return table(
    [
      'codec',
      `PSNR, bits against ${anchor}`,
      'MS-SSIM',
      'SSIMULACRA2',
      'dB at 120:1',
      'encode MP/s',
      'decode MP/s',
      'decoder kMAC/px',
    ],
    rows,
  );
}

/** One digit, or two where that would leave next to nothing. */
function speed(megapixelsPerSecond: number | undefined): string {
  return fixed(megapixelsPerSecond, (megapixelsPerSecond ?? 1) < 0.1 ? 2 : 1);
}

/** Date, versions, data and commit in one sentence each. */
export function provenanceLine(report: Report): string {
  const { dataset, date, commits } = report;
  const versions = new Map<string, Set<string>>();
  for (const { versions: own = {} } of measured(report)) {
    for (const [name, version] of Object.entries(own)) {
      versions.set(name, (versions.get(name) ?? new Set()).add(version));
    }
  }
  const tools = [...versions].map(([name, all]) => `${name} ${[...all].join(' and ')}`).join(', ');
  const at =
    commits.length === 0 ? '' : ` at commit${commits.length > 1 ? 's' : ''} ${commits.join(', ')}`;
  return (
    `${dataset.name}: ${dataset.pictures.length} pictures (SHA-256 ${dataset.sha256.slice(0, 16)}…), measured ${date}${at} ` +
    `with ${tools}. Rates count the whole file; published curves are as their authors give them.`
  );
}

function bdRateTable(report: Report, metric: Metric): string {
  const rows = compareAll(report, report.anchor, metric.key)
    .sort(byOverall)
    .map(({ curve, overall, bands, spread }) => [
      nameOf(report, curve),
      percent(overall?.percent),
      overall === undefined ? '–' : `${fixed(overall.from, 1)} – ${fixed(overall.to, 1)}`,
      ...bands.map((band) => percent(band?.percent)),
      percent(spread?.median),
    ]);
  const range = `over ${metric.unit === '' ? metric.name : metric.unit}`;
  return table(
    ['codec', 'BD-rate', range, '0.05–0.25 bpp', '0.25–0.75 bpp', '0.75–2 bpp', 'median picture'],
    rows,
  );
}

function byOverall(a: Comparison, b: Comparison): number {
  return (
    (a.overall?.percent ?? Number.POSITIVE_INFINITY) -
    (b.overall?.percent ?? Number.POSITIVE_INFINITY)
  );
}

function rate120Table(report: Report): string {
  const rows = report.curves
    .map((curve) => ({ curve, values: metrics.map(({ key }) => qualityAtRate120(curve, key)) }))
    .filter(({ values }) => values.some((value) => value !== undefined))
    .sort((a, b) => (b.values[0] ?? 0) - (a.values[0] ?? 0))
    .map(({ curve, values }) => [
      nameOf(report, curve),
      ...values.map((value, i) => fixed(value, metrics[i].digits)),
    ]);
  return table(
    ['codec', ...metrics.map(({ name, unit }) => (unit === '' ? name : `${name}, ${unit}`))],
    rows,
  );
}

function codecsTable(report: Report): string {
  const rows = measured(report).map((curve) => [
    nameOf(report, curve),
    fixed(curve.speed?.encodeMegapixelsPerSecond, 2),
    fixed(curve.speed?.decodeMegapixelsPerSecond, 2),
    String(curve.mean.length),
    String(curve.failures.length),
    Object.entries({ ...curve.versions, ...curve.settings })
      .map(([name, value]) => `${name} ${value}`)
      .join(', '),
  ]);
  return table(
    ['codec', 'encode MP/s', 'decode MP/s', 'points', 'bugs', 'versions and settings'],
    rows,
  );
}

function measured(report: Report): Curve[] {
  return report.curves.filter(({ kind }) => kind === 'measured');
}

function labelOf(report: Report, key: string): string {
  return report.curves.find((curve) => curve.key === key)?.label ?? key;
}

function nameOf(report: Report, curve: Curve): string {
  if (curve.key === report.subject) return `**${curve.label}**`;
  return curve.kind === 'published' ? `${curve.label} (published)` : curve.label;
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = heads.map((_, i) => (i === 0 ? '---' : '---:'));
  return [line(heads), line(rule), ...rows.map(line)].join('\n');
}
