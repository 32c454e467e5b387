/**
 * Integer weights of a filter that cost the least in error and bits together: coordinate descent, from no filter and from the real
 * weights that are best where a weight costs a little more the larger it is. From no filter alone it would stay far from the best where
 * weights are cheap, because bases overlap.
 *
 * Plain arithmetic of doubles in a fixed order, so that every machine makes the same choice.
 */

import type { QuadraticForm } from './quadratic-form.ts';

type BitsOf = (base: number, weight: number) => number;

/** Bits that the square of a real weight costs. */
const squareBits = 0.6;
const maxSweeps = 30;

/** Weights and what they cost in bits, less what no filter costs: 0 or less. */
export interface ChosenWeights {
  readonly weights: Int16Array;
  readonly cost: number;
}

/** The weights, of magnitudes up to `limit`, all 0 where a filter does not pay; `price` is what a unit of error is worth in bits. */
export function chooseWeights(
  form: QuadraticForm,
  price: number,
  limit: number,
  bitsOf: BitsOf,
): ChosenWeights {
  const none = new Int16Array(form.vector.length);
  const real = bestReal(form, squareBits / price);
  const rounded = Int16Array.from(real, (weight) =>
    Math.max(-limit, Math.min(Math.round(weight), limit)),
  );
  let best: ChosenWeights = { weights: none, cost: 0 };
  for (const start of [none, rounded]) {
    const weights = descend(form, price, start, limit, bitsOf);
    const cost = costOf(form, price, weights, bitsOf);
    if (cost < best.cost) best = { weights, cost };
  }
  return best;
}

/** The weights that solve `(matrix + ridge) w = vector`, by Cholesky's decomposition. */
function bestReal({ matrix, vector }: QuadraticForm, ridge: number): Float64Array {
  const count = vector.length;
  const factor = new Float64Array(count ** 2);
  const solution = vector.slice();
  for (let row = 0; row < count; row++) {
    for (let column = 0; column <= row; column++) {
      let sum = matrix[row * count + column] + (row === column ? ridge : 0);
      for (let index = 0; index < column; index++) {
        sum -= factor[row * count + index] * factor[column * count + index];
      }
      factor[row * count + column] =
        row === column ? Math.sqrt(sum) : sum / factor[column * count + column];
    }
    for (let index = 0; index < row; index++) {
      solution[row] -= factor[row * count + index] * solution[index];
    }
    solution[row] /= factor[row * count + row];
  }
  for (let row = count - 1; row >= 0; row--) {
    for (let index = row + 1; index < count; index++) {
      solution[row] -= factor[index * count + row] * solution[index];
    }
    solution[row] /= factor[row * count + row];
  }
  return solution;
}

/** Moves one weight after the other to where `price * error + bits` is least, until none moves. */
function descend(
  { matrix, vector }: QuadraticForm,
  price: number,
  start: Int16Array,
  limit: number,
  bitsOf: BitsOf,
): Int16Array {
  const count = start.length;
  const weights = start.slice();
  /** Half of the derivative of the error. */
  const slope = vector.map((value) => -value);
  const move = (base: number, change: number): void => {
    for (let other = 0; other < count; other++) {
      slope[other] += matrix[base * count + other] * change;
    }
  };
  for (let base = 0; base < count; base++) move(base, weights[base]);
  for (let sweep = 0, moved = true; moved && sweep < maxSweeps; sweep++) {
    moved = false;
    for (let base = 0; base < count; base++) {
      const curvature = matrix[base * count + base];
      if (curvature <= 0) continue;
      const current = weights[base];
      const low = Math.floor(current - slope[base] / curvature);
      let best = current;
      let leastCost = 0;
      for (const wanted of [0, low, low + 1]) {
        const weight = Math.max(-limit, Math.min(wanted, limit));
        const change = weight - current;
        const error = change * (curvature * change + 2 * slope[base]);
        const cost = price * error + bitsOf(base, weight) - bitsOf(base, current);
        if (cost < leastCost) {
          best = weight;
          leastCost = cost;
        }
      }
      if (best === current) continue;
      moved = true;
      weights[base] = best;
      move(base, best - current);
    }
  }
  return weights;
}

/** In bits, less what no filter costs. */
function costOf(
  { matrix, vector }: QuadraticForm,
  price: number,
  weights: Int16Array,
  bitsOf: BitsOf,
): number {
  const count = weights.length;
  let error = 0;
  let bits = 0;
  for (let base = 0; base < count; base++) {
    let sum = -2 * vector[base];
    for (let other = 0; other < count; other++)
      sum += matrix[base * count + other] * weights[other];
    error += sum * weights[base];
    bits += bitsOf(base, weights[base]);
  }
  return price * error + bits;
}
