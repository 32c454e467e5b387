// Comparisons of the curves of a report, for its tables: BD-rate over everything and in bands, its spread over the
// pictures, and the quality at 120:1. Runs in the page as well as here.
import type { Curve, Point, Report } from './aggregate.ts';
import { type BdRate, bdRate, type CurvePoint, risingPoints, valueAtRate } from './bd-rate.ts';
import { type Band, bands, type MetricKey, rate120Bpp } from './metrics.ts';

/** BD-rates of single pictures, in percent. */
export interface Spread {
  readonly pictures: readonly { readonly name: string; readonly percent: number }[];
  readonly minimum: number;
  readonly lowerQuartile: number;
  readonly median: number;
  readonly upperQuartile: number;
  readonly maximum: number;
}

export interface Comparison {
  readonly curve: Curve;
  readonly overall?: BdRate;
  /** One for each of `bands`; undefined where the curves share none of it. */
  readonly bands: readonly (BdRate | undefined)[];
  readonly spread?: Spread;
}

/** The points of a curve that have `metric`. */
export function pointsOf(points: readonly Point[], metric: MetricKey): CurvePoint[] {
  return points.flatMap((point) => {
    const value = point[metric];
    return value === undefined ? [] : [{ bpp: point.bpp, value }];
  });
}

/** Every curve that has `metric` against the curve with the key `anchor`. */
export function compareAll(report: Report, anchor: string, metric: MetricKey): Comparison[] {
  const base = report.curves.find((curve) => curve.key === anchor);
  if (base === undefined) return [];
  return report.curves
    .filter((curve) => pointsOf(curve.mean, metric).length >= 2)
    .map((curve) => compare(base, curve, metric));
}

function compare(anchor: Curve, curve: Curve, metric: MetricKey): Comparison {
  const base = pointsOf(anchor.mean, metric);
  const points = pointsOf(curve.mean, metric);
  return {
    curve,
    overall: bdRate(base, points),
    bands: bands.map((band) => bandRate(base, points, band)),
    spread: spreadOf(anchor, curve, metric),
  };
}

/** BD-rate over the qualities that the anchor has between the band's rates, as far as it has them. */
function bandRate(
  anchor: readonly CurvePoint[],
  curve: readonly CurvePoint[],
  band: Band,
): BdRate | undefined {
  const points = risingPoints(anchor);
  if (points.length < 2) return undefined;
  const lowest = points[0];
  const highest = points[points.length - 1];
  if (band.to <= lowest.bpp || band.from >= highest.bpp) return undefined;
  const from = valueAtRate(points, band.from) ?? lowest.value;
  const to = valueAtRate(points, band.to) ?? highest.value;
  return bdRate(anchor, curve, { from, to });
}

function spreadOf(anchor: Curve, curve: Curve, metric: MetricKey): Spread | undefined {
  const pictures = Object.entries(curve.pictures).flatMap(([name, points]) => {
    const base = anchor.pictures[name];
    if (base === undefined) return [];
    const rate = bdRate(pointsOf(base, metric), pointsOf(points, metric));
    return rate === undefined ? [] : [{ name, percent: rate.percent }];
  });
  if (pictures.length === 0) return undefined;
  pictures.sort((a, b) => a.percent - b.percent);
  const at = (fraction: number) => {
    const position = fraction * (pictures.length - 1);
    const low = pictures[Math.floor(position)].percent;
    const high = pictures[Math.ceil(position)].percent;
    return low + (high - low) * (position % 1);
  };
  return {
    pictures,
    minimum: at(0),
    lowerQuartile: at(0.25),
    median: at(0.5),
    upperQuartile: at(0.75),
    maximum: at(1),
  };
}

/** Quality of a curve's mean at 0.2 bpp, 120:1 against 24 bits a pixel; undefined outside of its rates. */
export function qualityAtRate120(curve: Curve, metric: MetricKey): number | undefined {
  return valueAtRate(pointsOf(curve.mean, metric), rate120Bpp);
}
