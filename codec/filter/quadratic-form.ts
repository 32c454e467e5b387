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
  // In a local variable here and below, which loops read faster than an imported one.
  const size = coefficientCount;
  const count = bases.length / size;
  const { matrix, vector } = emptyForm(count);
  const square = symmetric(products);
  const image = new Float64Array(size);
  for (let base = 0; base < count; base++) {
    const own = base * size;
    multiply(square, bases.subarray(own, own + size), image);
    for (let index = 0; index < size; index++) {
      vector[base] += lacks[index] * bases[own + index];
    }
    fillRow(image, bases, base, matrix);
  }
  return { samples, matrix, vector };
}

/** `square` times each color of a base `[3][featureCount]`: six sums side by side, which is faster than one after the other. `featureCount` is even. */
function multiply(square: Float64Array, base: Float64Array, image: Float64Array): void {
  const size = featureCount;
  for (let feature = 0; feature < size; feature += 2) {
    const row = feature * size;
    let red = 0;
    let green = 0;
    let blue = 0;
    let nextRed = 0;
    let nextGreen = 0;
    let nextBlue = 0;
    for (let other = 0; other < size; other++) {
      const product = square[row + other];
      const nextProduct = square[row + size + other];
      const redValue = base[other];
      const greenValue = base[size + other];
      const blueValue = base[2 * size + other];
      red += product * redValue;
      green += product * greenValue;
      blue += product * blueValue;
      nextRed += nextProduct * redValue;
      nextGreen += nextProduct * greenValue;
      nextBlue += nextProduct * blueValue;
    }
    image[feature] = red;
    image[feature + 1] = nextRed;
    image[size + feature] = green;
    image[size + feature + 1] = nextGreen;
    image[2 * size + feature] = blue;
    image[2 * size + feature + 1] = nextBlue;
  }
}

/** The products of the image of a base with those up to it, four sums side by side, to a row of the matrix and its column. */
function fillRow(
  image: Float64Array,
  bases: Float64Array,
  base: number,
  matrix: Float64Array,
): void {
  const size = coefficientCount;
  const count = bases.length / size;
  for (let first = 0; first <= base; first += 4) {
    const second = Math.min(first + 1, base);
    const third = Math.min(first + 2, base);
    const fourth = Math.min(first + 3, base);
    let firstSum = 0;
    let secondSum = 0;
    let thirdSum = 0;
    let fourthSum = 0;
    for (let index = 0; index < size; index++) {
      const value = image[index];
      firstSum += value * bases[first * size + index];
      secondSum += value * bases[second * size + index];
      thirdSum += value * bases[third * size + index];
      fourthSum += value * bases[fourth * size + index];
    }
    const put = (other: number, sum: number) => {
      matrix[base * count + other] = sum;
      matrix[other * count + base] = sum;
    };
    put(first, firstSum);
    put(second, secondSum);
    put(third, thirdSum);
    put(fourth, fourthSum);
  }
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
