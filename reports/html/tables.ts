// The tables of the page as HTML text: written into the file for readers without JavaScript, and again by the page
// when another anchor or metric is chosen.
import type { Curve, Report } from '../aggregate.ts';
import { type Comparison, compareAll, qualityAtRate120 } from '../compare.ts';
import { bands, type Metric, metrics } from '../metrics.ts';
import { escapeHtml, fixed, percent, signed } from './format.ts';

interface Column {
  readonly head: string;
  readonly note?: string;
}

function table(caption: string, columns: readonly Column[], rows: readonly string[]): string {
  const heads = columns.map(
    ({ head, note }) =>
      `<th scope="col">${head}${note === undefined ? '' : `<small>${note}</small>`}</th>`,
  );
  return `<div class="scroll"><table><caption>${caption}</caption><thead><tr>${heads.join('')}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

function cell(text: string, kind = 'number'): string {
  return `<td class="${kind}">${text}</td>`;
}

function curveHead(curve: Curve): string {
  const source = curve.source === undefined ? '' : ` title="${escapeHtml(curve.source)}"`;
  return `<th scope="row"${source}><span class="swatch ${curve.kind}" style="--color:${curve.color}"></span>${escapeHtml(curve.label)}</th>`;
}

function rowClass(report: Report, curve: Curve): string {
  return `${curve.kind}${curve.key === report.subject ? ' subject' : ''}`;
}

/** BD-rates of all curves against `anchor`, the best first, with the range each was taken over. */
export function bdRateTable(report: Report, anchor: string, metric: Metric): string {
  const anchorLabel = report.curves.find((curve) => curve.key === anchor)?.label ?? anchor;
  const comparisons = compareAll(report, anchor, metric.key).sort(byOverall);
  const columns: Column[] = [
    { head: 'Codec' },
    { head: 'BD-rate' },
    { head: '', note: '' },
    {
      head: 'over',
      note: metric.unit === '' ? metric.name : `${metric.name}, ${metric.unit}`,
    },
    ...bands.map(({ name, from, to }) => ({ head: name, note: `${from}–${to} bpp` })),
    { head: 'Median', note: 'of the pictures' },
    { head: 'Best … worst', note: 'picture' },
  ];
  const rows = comparisons.map((comparison) => {
    const { curve, overall, spread } = comparison;
    const range =
      overall === undefined
        ? '–'
        : `${fixed(overall.from, metric.digits === 2 ? 1 : 0)} – ${fixed(overall.to, metric.digits === 2 ? 1 : 0)}`;
    const worst =
      spread === undefined ? '–' : `${signed(spread.minimum, 0)} … ${signed(spread.maximum, 0)} %`;
    return `<tr class="${rowClass(report, curve)}">${curveHead(curve)}${[
      cell(percent(overall?.percent), 'number strong'),
      cell(bar(overall?.percent), 'bar'),
      cell(range),
      ...comparison.bands.map((band) => cell(percent(band?.percent))),
      cell(percent(spread?.median)),
      cell(worst),
    ].join('')}</tr>`;
  });
  return table(
    `Bits at equal ${metric.name} against ${escapeHtml(anchorLabel)}: less is better`,
    columns,
    rows,
  );
}

function byOverall(a: Comparison, b: Comparison): number {
  return (
    (a.overall?.percent ?? Number.POSITIVE_INFINITY) -
    (b.overall?.percent ?? Number.POSITIVE_INFINITY)
  );
}

/** A bar from the middle, 100 % to either side. */
function bar(value: number | undefined): string {
  if (value === undefined) return '';
  const width = (Math.min(100, Math.abs(value)) / 2).toFixed(1);
  const start = value < 0 ? (50 - Number(width)).toFixed(1) : '50';
  const kind = value < 0 ? 'less' : 'more';
  return `<span class="bar-track"><span class="bar-value ${kind}" style="left:${start}%;width:${width}%"></span></span>`;
}

/** Every codec at 0.2 bpp, by each metric, with its distance from the anchor. */
export function rate120Table(report: Report, anchor: string): string {
  const base = report.curves.find((curve) => curve.key === anchor);
  const columns = [
    { head: 'Codec' },
    ...metrics.map(({ name, unit }) => ({ head: name, note: unit })),
  ];
  const rows = report.curves
    .map((curve) => ({ curve, values: metrics.map(({ key }) => qualityAtRate120(curve, key)) }))
    .filter(({ values }) => values.some((value) => value !== undefined))
    .sort((a, b) => (b.values[0] ?? 0) - (a.values[0] ?? 0))
    .map(({ curve, values }) => {
      const cells = metrics.map(({ key, digits }, i) => {
        const value = values[i];
        const anchorValue = base && qualityAtRate120(base, key);
        const difference =
          value === undefined || anchorValue === undefined || curve === base
            ? ''
            : ` <small>${signed(value - anchorValue, digits)}</small>`;
        return cell(`${fixed(value, digits)}${difference}`);
      });
      return `<tr class="${rowClass(report, curve)}">${curveHead(curve)}${cells.join('')}</tr>`;
    });
  const missing = report.curves
    .filter(
      (curve) => curve.kind === 'measured' && qualityAtRate120(curve, 'psnrRgb') === undefined,
    )
    .map((curve) => curve.label);
  const note =
    missing.length === 0
      ? ''
      : `<p class="note">Not at 0.2 bpp with any measured setting: ${escapeHtml(missing.join(', '))}.</p>`;
  return `${table(
    `Mean quality at 0.2 bpp, 120:1 (small: against ${escapeHtml(base?.label ?? anchor)})`,
    columns,
    rows,
  )}${note}`;
}

/** Times, complexity, versions and failures of the measured codecs. */
export function codecsTable(report: Report): string {
  const columns: Column[] = [
    { head: 'Codec' },
    { head: 'Encode', note: 'MP/s' },
    { head: 'Decode', note: 'MP/s' },
    { head: 'Encoder', note: 'kMAC/pixel' },
    { head: 'Decoder', note: 'kMAC/pixel' },
    { head: 'Points' },
    { head: 'Bugs', note: 'failed rows' },
    { head: 'Versions and settings' },
    { head: 'Measured' },
  ];
  const rows = report.curves
    .filter((curve) => curve.kind === 'measured')
    .map((curve) => {
      const facts = { ...curve.versions, ...curve.settings };
      const text = Object.entries(facts).map(([name, value]) => `${name} ${value}`);
      const failures = curve.failures.length;
      return `<tr class="${rowClass(report, curve)}">${curveHead(curve)}${[
        cell(fixed(curve.speed?.encodeMegapixelsPerSecond, 2)),
        cell(fixed(curve.speed?.decodeMegapixelsPerSecond, 2)),
        cell(fixed(curve.encoderKmacPerPixel, 1)),
        cell(fixed(curve.decoderKmacPerPixel, 1)),
        cell(String(curve.mean.length)),
        cell(String(failures), failures > 0 ? 'number bad' : 'number'),
        cell(escapeHtml(text.join(', ')), 'text'),
        cell(escapeHtml(curve.date ?? ''), 'text'),
      ].join('')}</tr>`;
    });
  return table('Codecs: speed in CPU time', columns, rows);
}

/** The failed rows one by one, or nothing. */
export function failuresList(report: Report): string {
  const items = report.curves.flatMap((curve) =>
    curve.failures.map(
      ({ picture, quality, error }) =>
        `<li>${escapeHtml(curve.label)}, ${escapeHtml(picture)}, ${curve.qualityName ?? 'quality'} ${quality}: ${escapeHtml(error)}</li>`,
    ),
  );
  return items.length === 0 ? '' : `<h3>Bugs</h3><ul class="bugs">${items.join('')}</ul>`;
}

/** The mean points of one curve. */
export function pointsTable(curve: Curve): string {
  const columns: Column[] = [
    { head: curve.qualityName ?? 'Point' },
    { head: 'bpp' },
    { head: 'Ratio' },
    ...metrics.map(({ name, unit }) => ({ head: name, note: unit })),
  ];
  const rows = curve.mean.map((point, i) => {
    const values = metrics.map(({ key, digits }) => cell(fixed(point[key], digits)));
    return `<tr><th scope="row">${point.quality ?? i + 1}</th>${cell(fixed(point.bpp, 4))}${cell(`${fixed(24 / point.bpp, 1)}:1`)}${values.join('')}</tr>`;
  });
  const source = curve.source === undefined ? '' : `: ${curve.source}`;
  return table(escapeHtml(`${curve.label}${source}`), columns, rows);
}
