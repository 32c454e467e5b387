// Curves as lines of many points, and the sine that needs no Math.sin.
import type { Point } from './canvas.ts';

const turn = 6.283185307179586;

/** Of an angle in turns, to about 1e-9; the same on every machine. */
export function sine(turns: number): number {
  let x = turns - Math.round(turns);
  if (x > 0.25) x = 0.5 - x;
  if (x < -0.25) x = -0.5 - x;
  x *= turn;
  const square = x * x;
  let term = x;
  let sum = x;
  for (let n = 2; n <= 14; n += 2) {
    term *= -square / (n * (n + 1));
    sum += term;
  }
  return sum;
}

export function cosine(turns: number): number {
  return sine(turns + 0.25);
}

/** An arc of an ellipse from the angle `start` to `end` in turns, clockwise from the right. */
export function arc(
  [x, y]: Point,
  radiusX: number,
  radiusY = radiusX,
  start = 0,
  end = 1,
  steps = 48,
): Point[] {
  return Array.from({ length: steps + 1 }, (_, i) => {
    const angle = start + ((end - start) * i) / steps;
    return [x + radiusX * cosine(angle), y + radiusY * sine(angle)] as const;
  });
}

/**
 * A smooth curve from the first control point to the last that passes the middles between the others (quadratic
 * B-spline); closed, it goes round.
 */
export function spline(controls: readonly Point[], closed = false, steps = 8): Point[] {
  const count = controls.length;
  if (count < 3) return [...controls];
  const middle = (a: Point, b: Point): Point => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
  const points: Point[] = [];
  const first = closed ? 0 : 1;
  const last = closed ? count : count - 1;
  let from = closed ? middle(controls[count - 1], controls[0]) : controls[0];
  points.push(from);
  for (let i = first; i < last; i++) {
    const control = controls[i];
    const next = controls[(i + 1) % count];
    const to = !closed && i === count - 2 ? next : middle(control, next);
    for (let step = 1; step <= steps; step++) {
      const t = step / steps;
      const [a, b, c] = [(1 - t) * (1 - t), 2 * t * (1 - t), t * t];
      points.push([
        a * from[0] + b * control[0] + c * to[0],
        a * from[1] + b * control[1] + c * to[1],
      ]);
    }
    from = to;
  }
  return points;
}

/** A regular polygon or, with `inner`, a star. */
export function star(
  [x, y]: Point,
  corners: number,
  radius: number,
  inner = radius,
  start = -0.25,
): Point[] {
  const count = inner === radius ? corners : 2 * corners;
  return Array.from({ length: count }, (_, i) => {
    const reach = i % 2 === 0 ? radius : inner;
    return [x + reach * cosine(start + i / count), y + reach * sine(start + i / count)] as const;
  });
}
