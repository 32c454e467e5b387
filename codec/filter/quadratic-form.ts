/** The squared error of filtered samples as a function of the weights of the base filters. */
import { featureCount, type Moments } from '../engine/pixel-filter.ts';
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

/** That of moments and bases `[count][3][featureCount]`, in real numbers. */
export function formOf({ samples, products, lacks }: Moments, bases: Float64Array): QuadraticForm {
  const count = bases.length / coefficientCount;
  const { matrix, vector } = emptyForm(count);
  const square = symmetric(products);
  const image = new Float64Array(coefficientCount);
  for (let base = 0; base < count; base++) {
    const own = base * coefficientCount;
    for (let feature = 0; feature < featureCount; feature++) {
      const row = feature * featureCount;
      let red = 0;
      let green = 0;
      let blue = 0;
      for (let other = 0; other < featureCount; other++) {
        const product = square[row + other];
        red += product * bases[own + other];
        green += product * bases[own + featureCount + other];
        blue += product * bases[own + 2 * featureCount + other];
      }
      image[feature] = red;
      image[featureCount + feature] = green;
      image[2 * featureCount + feature] = blue;
    }
    for (let index = 0; index < coefficientCount; index++) {
      vector[base] += lacks[index] * bases[own + index];
    }
    for (let other = 0; other <= base; other++) {
      const start = other * coefficientCount;
      let sum = 0;
      for (let index = 0; index < coefficientCount; index++) {
        sum += image[index] * bases[start + index];
      }
      matrix[base * count + other] = sum;
      matrix[other * count + base] = sum;
    }
  }
  return { samples, matrix, vector };
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
