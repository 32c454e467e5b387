// Monotone piecewise cubic interpolation (PCHIP; Fritsch and Carlson 1980, with the three-point end slopes that
// numerical libraries use): the curve through measured points that never overshoots between them.

/** A function on [knots[0], knots[last]]; outside of it the values are meaningless. */
export interface Interpolant {
  readonly from: number;
  readonly to: number;
  at(x: number): number;
  /** Integral over [from, to] within the knots; exact, since Simpson's rule is exact on cubics. */
  integrate(from: number, to: number): number;
}

/** Interpolates `values` at strictly increasing `knots` (two or more, else a RangeError). */
export function pchip(knots: readonly number[], values: readonly number[]): Interpolant {
  const count = knots.length;
  if (count < 2 || values.length !== count) {
    throw new RangeError(`Expected two or more points to interpolate but received ${count}`);
  }
  for (let i = 1; i < count; i++) {
    if (!(knots[i] > knots[i - 1])) throw new RangeError('Expected strictly increasing knots');
  }
  const slopes = slopesOf(knots, values);
  const at = (x: number): number => {
    let i = 0;
    while (i < count - 2 && x > knots[i + 1]) i++;
    const width = knots[i + 1] - knots[i];
    const t = (x - knots[i]) / width;
    const s = 1 - t;
    return (
      values[i] * (1 + 2 * t) * s * s +
      values[i + 1] * (1 + 2 * s) * t * t +
      width * t * s * (slopes[i] * s - slopes[i + 1] * t)
    );
  };
  const integrate = (from: number, to: number): number => {
    const inner = knots.filter((knot) => knot > from && knot < to);
    const edges = [from, ...inner, to];
    let sum = 0;
    for (let i = 1; i < edges.length; i++) {
      const a = edges[i - 1];
      const b = edges[i];
      sum += ((b - a) / 6) * (at(a) + 4 * at((a + b) / 2) + at(b));
    }
    return sum;
  };
  return { from: knots[0], to: knots[count - 1], at, integrate };
}

function slopesOf(knots: readonly number[], values: readonly number[]): number[] {
  const count = knots.length;
  const widths = knots.slice(1).map((knot, i) => knot - knots[i]);
  const secants = widths.map((width, i) => (values[i + 1] - values[i]) / width);
  if (count === 2) return [secants[0], secants[0]];
  const slopes = new Array<number>(count).fill(0);
  for (let i = 1; i < count - 1; i++) {
    if (secants[i - 1] * secants[i] <= 0) continue;
    const left = 2 * widths[i] + widths[i - 1];
    const right = widths[i] + 2 * widths[i - 1];
    slopes[i] = (left + right) / (left / secants[i - 1] + right / secants[i]);
  }
  slopes[0] = endSlope(widths[0], widths[1], secants[0], secants[1]);
  slopes[count - 1] = endSlope(
    widths[count - 2],
    widths[count - 3],
    secants[count - 2],
    secants[count - 3],
  );
  return slopes;
}

function endSlope(near: number, far: number, nearSecant: number, farSecant: number): number {
  const slope = ((2 * near + far) * nearSecant - near * farSecant) / (near + far);
  if (Math.sign(slope) !== Math.sign(nearSecant)) return 0;
  if (
    Math.sign(nearSecant) !== Math.sign(farSecant) &&
    Math.abs(slope) > 3 * Math.abs(nearSecant)
  ) {
    return 3 * nearSecant;
  }
  return slope;
}
