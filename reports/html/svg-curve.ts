// Rate-distortion curves as one SVG: the picture of the README, and what the page shows without JavaScript.
import type { Curve, Report } from '../aggregate.ts';
import type { CurvePoint } from '../bd-rate.ts';
import { pointsOf } from '../compare.ts';
import { type Metric, rate120Bpp } from '../metrics.ts';
import { escapeHtml } from './format.ts';

export interface SvgOptions {
  readonly metric: Metric;
  /** Keys of the curves, in the order of the legend. */
  readonly curves: readonly string[];
  readonly title: string;
  /** Limits of the rate axis, in bpp; default 0.05 and 2. */
  readonly from?: number;
  readonly to?: number;
  /** `page` takes its colours from the page around it; `light` is complete by itself; default `light`. */
  readonly theme?: 'light' | 'page';
}

const width = 900;
const height = 520;
const margin = { left: 64, right: 254, top: 48, bottom: 54 };
const rateTicks = [0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 4];

/** The SVG text. Curves without two points of the metric between the limits are left out. */
export function svgCurve(report: Report, options: SvgOptions): string {
  const { metric, from = 0.05, to = 2, theme = 'light' } = options;
  const curves = options.curves
    .map((key) => report.curves.find((curve) => curve.key === key))
    .filter((curve): curve is Curve => curve !== undefined)
    .map((curve) => ({ curve, points: clip(pointsOf(curve.mean, metric.key), from, to) }))
    .filter(({ points }) => points.length >= 2);
  const values = curves.flatMap(({ points }) => points.map((point) => point.value));
  // Without a curve there are axes all the same.
  const smallest = values.length === 0 ? 0 : Math.min(...values);
  const largest = Math.max(...values, smallest + 1);
  const step = niceStep(smallest, largest);
  const low = Math.floor(smallest / step) * step;
  const high = Math.ceil(largest / step) * step;
  const plotWidth = width - margin.left - margin.right;
  const plotHeight = height - margin.top - margin.bottom;
  const x = (bpp: number) => margin.left + (plotWidth * Math.log(bpp / from)) / Math.log(to / from);
  const y = (value: number) => margin.top + (plotHeight * (high - value)) / (high - low);
  const round = (value: number) => value.toFixed(1);

  const parts: string[] = [];
  for (let value = low; value <= high + step / 2; value += step) {
    parts.push(
      `<path class="grid" d="M${margin.left} ${round(y(value))}h${plotWidth}"/>`,
      `<text x="${margin.left - 10}" y="${round(y(value) + 4)}" text-anchor="end">${Number(value.toFixed(6))}</text>`,
    );
  }
  for (const tick of rateTicks.filter((rate) => rate >= from && rate <= to)) {
    parts.push(
      `<path class="grid" d="M${round(x(tick))} ${margin.top}v${plotHeight}"/>`,
      `<text x="${round(x(tick))}" y="${height - margin.bottom + 20}" text-anchor="middle">${tick}</text>`,
    );
  }
  if (rate120Bpp > from && rate120Bpp < to) {
    const place = round(x(rate120Bpp));
    parts.push(
      `<path class="rate" d="M${place} ${margin.top}v${plotHeight}"/>`,
      `<text class="rate-label" x="${place}" y="${margin.top - 8}" text-anchor="middle">120:1</text>`,
    );
  }
  // The subject is drawn last, over the others.
  const isSubject = ({ curve }: { readonly curve: Curve }) => Number(curve.key === report.subject);
  const placed = curves.map((item, i) => ({ ...item, i }));
  for (const { curve, points, i } of placed.sort((a, b) => isSubject(a) - isSubject(b))) {
    const { color } = curve;
    const line = points.map((point) => `${round(x(point.bpp))} ${round(y(point.value))}`);
    const subject = curve.key === report.subject;
    const dash = curve.kind === 'published' ? ' stroke-dasharray="6 5"' : '';
    const stroke = `stroke="${color}" stroke-width="${subject ? 3.5 : 2}"${dash}`;
    parts.push(`<path class="curve" d="M${line.join('L')}" ${stroke}/>`);
    if (curve.kind === 'measured') {
      for (const point of points.filter(({ measured }) => measured)) {
        parts.push(
          `<circle cx="${round(x(point.bpp))}" cy="${round(y(point.value))}" r="${subject ? 4 : 3}" fill="${color}"/>`,
        );
      }
    }
    const legendX = width - margin.right + 22;
    const legendY = margin.top + 14 + i * 23;
    parts.push(
      `<path class="curve" d="M${legendX} ${legendY}h26" ${stroke}/>`,
      `<text x="${legendX + 34}" y="${legendY + 4}"${subject ? ' font-weight="700"' : ''}>${escapeHtml(curve.label)}</text>`,
    );
  }
  const axis = metric.unit === '' ? metric.name : `${metric.name} (${metric.unit})`;
  const middleY = margin.top + plotHeight / 2;
  parts.push(
    `<text class="title" x="${margin.left}" y="22">${escapeHtml(options.title)}</text>`,
    `<text x="${margin.left + plotWidth / 2}" y="${height - 12}" text-anchor="middle">bits per pixel of the whole file (logarithmic)</text>`,
    `<text transform="translate(18 ${middleY}) rotate(-90)" text-anchor="middle">${escapeHtml(axis)}</text>`,
  );
  const background =
    theme === 'light' ? `<rect width="${width}" height="${height}" fill="#fff"/>` : '';
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(options.title)}" font-family="system-ui, 'DejaVu Sans', sans-serif" font-size="13"><style>${styles[theme]}</style>${background}${parts.join('')}</svg>\n`;
}

const styles = {
  light:
    'text{fill:#333}.title{font-size:16px;font-weight:700;fill:#111}.grid{stroke:#e6e6e6}.curve{fill:none;stroke-linejoin:round;stroke-linecap:round}.rate{stroke:#888;stroke-dasharray:2 4}.rate-label{fill:#666}',
  page: 'svg text{fill:var(--text)}.title{font-size:16px;font-weight:700}.grid{stroke:var(--line)}.curve{fill:none;stroke-linejoin:round;stroke-linecap:round}.rate{stroke:var(--muted);stroke-dasharray:2 4}',
};

interface PlacedPoint extends CurvePoint {
  readonly measured: boolean;
}

/** The points within the limits, with one interpolated where the line crosses a limit. */
function clip(points: readonly CurvePoint[], from: number, to: number): PlacedPoint[] {
  const clipped: PlacedPoint[] = [];
  points.forEach((point, i) => {
    const before = points[i - 1];
    for (const limit of [from, to]) {
      if (before !== undefined && before.bpp < limit && point.bpp > limit) {
        const t = Math.log(limit / before.bpp) / Math.log(point.bpp / before.bpp);
        const value = before.value + t * (point.value - before.value);
        clipped.push({ bpp: limit, value, measured: false });
      }
    }
    if (point.bpp >= from && point.bpp <= to) clipped.push({ ...point, measured: true });
  });
  return clipped;
}

function niceStep(low: number, high: number): number {
  const rough = (high - low) / 8;
  const power = 10 ** Math.floor(Math.log10(rough));
  return ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
}
