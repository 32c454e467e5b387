/** Matrices of real numbers, an operation of the engine. */

/** Row by row. */
export interface RealMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float64Array;
}

/**
 * The product of two matrices, the scalar way. Each sum starts at 0 and takes its products in order, so that every machine finds the
 * same.
 */
export function multiplyReal(first: RealMatrix, second: RealMatrix): RealMatrix {
  const { rows, columns: depth } = first;
  const { columns } = second;
  const data = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      let sum = 0;
      for (let index = 0; index < depth; index++) {
        sum += first.data[row * depth + index] * second.data[index * columns + column];
      }
      data[row * columns + column] = sum;
    }
  }
  return { rows, columns, data };
}

export function transposed({ rows, columns, data }: RealMatrix): RealMatrix {
  const result = new Float64Array(data.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      result[column * rows + row] = data[row * columns + column];
    }
  }
  return { rows: columns, columns: rows, data: result };
}
