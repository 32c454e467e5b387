// Bjøntegaard delta rate: the mean difference of the rates of two codecs at equal quality, over the qualities that
// both curves cover. The logarithm of the rate is interpolated by PCHIP over the quality (dB or score).
import { pchip } from './pchip.ts';

/** One point of a rate-distortion curve: bits a pixel of the whole file, and a quality (higher is better). */
export interface CurvePoint {
  readonly bpp: number;
  readonly value: number;
}

export interface BdRate {
  /** Relative rate in percent: -20 means 20 % fewer bits than the anchor at equal quality. */
  readonly percent: number;
  /** The qualities over which the mean was taken. */
  readonly from: number;
  readonly to: number;
}

/** Points by rising rate without those that a cheaper or equally cheap point reaches in quality. */
export function risingPoints(curve: readonly CurvePoint[]): CurvePoint[] {
  const rising: CurvePoint[] = [];
  const byRate = curve
    .filter(({ bpp, value }) => bpp > 0 && Number.isFinite(value))
    .sort((a, b) => a.bpp - b.bpp || b.value - a.value);
  for (const point of byRate) {
    const last = rising.at(-1);
    if (last === undefined || (point.value > last.value && point.bpp > last.bpp))
      rising.push(point);
  }
  return rising;
}

/**
 * BD-rate of `curve` against `anchor`, or undefined where they share no range of quality or have under two points.
 * `range` limits the qualities further, for a figure of one band.
 */
export function bdRate(
  anchor: readonly CurvePoint[],
  curve: readonly CurvePoint[],
  range: { readonly from?: number; readonly to?: number } = {},
): BdRate | undefined {
  const rates = [anchor, curve].map(risingPoints);
  if (rates.some((points) => points.length < 2)) return undefined;
  const [first, second] = rates.map((points) =>
    pchip(
      points.map((point) => point.value),
      points.map((point) => Math.log(point.bpp)),
    ),
  );
  const from = Math.max(first.from, second.from, range.from ?? Number.NEGATIVE_INFINITY);
  const to = Math.min(first.to, second.to, range.to ?? Number.POSITIVE_INFINITY);
  if (!(to > from)) return undefined;
  const difference = (second.integrate(from, to) - first.integrate(from, to)) / (to - from);
  return { percent: 100 * Math.expm1(difference), from, to };
}

/** Quality of a curve at a rate, by PCHIP over the logarithm of the rate; undefined outside of its rates. */
export function valueAtRate(curve: readonly CurvePoint[], bpp: number): number | undefined {
  const points = risingPoints(curve);
  if (points.length < 2 || bpp < points[0].bpp || bpp > points[points.length - 1].bpp) {
    return undefined;
  }
  return pchip(
    points.map((point) => Math.log(point.bpp)),
    points.map((point) => point.value),
  ).at(Math.log(bpp));
}
