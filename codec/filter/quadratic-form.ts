/** The squared error of filtered samples as a function of the weights of the base filters. */
import type { Engine } from '../engine/engine.ts';
import { featureCount, type Moments } from '../engine/pixel-filter.ts';
import { transposed } from '../engine/real-matrix.ts';
import { coefficientCount } from './filter-tables.ts';

/** The squared error by weights w, less that without a filter, of some samples: `w' matrix w - 2 vector' w`. */
export interface QuadraticForm {
  readonly samples: number;
  /** `[count][count]`, symmetric. */
  readonly matrix: Float64Array;
  readonly vector: Float64Array;
}

/** That of `count` weights without any sample. */
export function emptyForm(count: number): QuadraticForm {
  return { samples: 0, matrix: new Float64Array(count ** 2), vector: new Float64Array(count) };
}

/** That of all samples of some forms, of which there is at least one. */
export function sumOfForms(forms: readonly QuadraticForm[]): QuadraticForm {
  const sum = emptyForm(forms[0].vector.length);
  let samples = 0;
  for (const form of forms) {
    samples += form.samples;
    form.matrix.forEach((value, index) => {
      sum.matrix[index] += value;
    });
    form.vector.forEach((value, index) => {
      sum.vector[index] += value;
    });
  }
  return { ...sum, samples };
}

/** That of moments and bases `[count][3][featureCount]`, in real numbers; `engine` does the sums. */
export function formOf(
  engine: Pick<Engine, 'multiplyReal'>,
  { samples, products, lacks }: Moments,
  bases: Float64Array,
): QuadraticForm {
  const size = coefficientCount;
  const count = bases.length / size;
  const square = { rows: featureCount, columns: featureCount, data: symmetric(products) };
  const colors = { rows: 3 * count, columns: featureCount, data: bases };
  const images = engine.multiplyReal(colors, square);
  // The images of the bases, and what lacks as one row more.
  const rows = new Float64Array((count + 1) * size);
  rows.set(images.data);
  rows.set(lacks, count * size);
  const turned = transposed({ rows: count, columns: size, data: bases });
  const { data } = engine.multiplyReal({ rows: count + 1, columns: size, data: rows }, turned);
  const matrix = data.slice(0, count ** 2);
  for (let row = 0; row < count; row++) {
    for (let column = row + 1; column < count; column++) {
      matrix[row * count + column] = matrix[column * count + row];
    }
  }
  return { samples, matrix, vector: data.slice(count ** 2) };
}

/** Products whose lower triangle is that of the upper one. */
function symmetric(products: Float64Array): Float64Array {
  const square = products.slice();
  for (let row = 1; row < featureCount; row++) {
    for (let column = 0; column < row; column++) {
      square[row * featureCount + column] = products[column * featureCount + row];
    }
  }
  return square;
}
