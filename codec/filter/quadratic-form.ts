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
    multiply(square, bases.subarray(own, own + coefficientCount), image);
    for (let index = 0; index < coefficientCount; index++) {
      vector[base] += lacks[index] * bases[own + index];
    }
    for (let first = 0; first <= base; first += 4) {
      const others = [first, first + 1, first + 2, first + 3].map((other) => Math.min(other, base));
      const sums = dotsOf(image, bases, others);
      for (const [index, other] of others.entries()) {
        matrix[base * count + other] = sums[index];
        matrix[other * count + base] = sums[index];
      }
    }
  }
  return { samples, matrix, vector };
}

/** `square` times each color of a base `[3][featureCount]`: six sums side by side, which takes a third of the time of one by one. */
function multiply(square: Float64Array, base: Float64Array, image: Float64Array): void {
  for (let feature = 0; feature < featureCount; feature += 2) {
    const row = feature * featureCount;
    let red = 0;
    let green = 0;
    let blue = 0;
    let nextRed = 0;
    let nextGreen = 0;
    let nextBlue = 0;
    for (let other = 0; other < featureCount; other++) {
      const product = square[row + other];
      const nextProduct = square[row + featureCount + other];
      const redValue = base[other];
      const greenValue = base[featureCount + other];
      const blueValue = base[2 * featureCount + other];
      red += product * redValue;
      green += product * greenValue;
      blue += product * blueValue;
      nextRed += nextProduct * redValue;
      nextGreen += nextProduct * greenValue;
      nextBlue += nextProduct * blueValue;
    }
    image[feature] = red;
    image[feature + 1] = nextRed;
    image[featureCount + feature] = green;
    image[featureCount + feature + 1] = nextGreen;
    image[2 * featureCount + feature] = blue;
    image[2 * featureCount + feature + 1] = nextBlue;
  }
}

/** The products of an image with four bases, side by side too. */
function dotsOf(image: Float64Array, bases: Float64Array, numbers: readonly number[]): number[] {
  const [first, second, third, fourth] = numbers.map((number) => number * coefficientCount);
  let firstSum = 0;
  let secondSum = 0;
  let thirdSum = 0;
  let fourthSum = 0;
  for (let index = 0; index < coefficientCount; index++) {
    const value = image[index];
    firstSum += value * bases[first + index];
    secondSum += value * bases[second + index];
    thirdSum += value * bases[third + index];
    fourthSum += value * bases[fourth + index];
  }
  return [firstSum, secondSum, thirdSum, fourthSum];
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
