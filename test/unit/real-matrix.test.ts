// Products of real matrices: the kernel adds up as the plain loop does.
import test from 'ava';
import fc from 'fast-check';
import { type RealMatrix, transposed } from '../../codec/engine/real-matrix.ts';
import { createEngine } from '../../codec/index.ts';
import { modelOf } from '../helpers/model-of.ts';
import { randomModel, randomSource } from '../helpers/random-model.ts';

const model = modelOf(randomModel());
const simd = createEngine(model);
const scalar = createEngine(model, { backend: 'scalar' });

test('both backends give the same products to the last bit, whatever the size', (t) => {
  const side = fc.integer({ min: 1, max: 11 });
  fc.assert(
    fc.property(fc.nat(), side, side, side, (seed, rows, depth, columns) => {
      const draw = randomSource(seed);
      const drawn = (rows: number, columns: number): RealMatrix => ({
        ...{ rows, columns },
        data: Float64Array.from(
          { length: rows * columns },
          () => (draw() - 0.5) * 10 ** Math.floor(30 * draw()),
        ),
      });
      const first = drawn(rows, depth);
      const second = drawn(depth, columns);
      t.deepEqual(simd.multiplyReal(first, second), scalar.multiplyReal(first, second));
    }),
    { numRuns: 200 },
  );
});

test('a product is what it should be, and its transpose that of the transposes', (t) => {
  const first = { rows: 2, columns: 3, data: Float64Array.of(1, 2, 3, 4, 5, 6) };
  const second = { rows: 3, columns: 1, data: Float64Array.of(1, 10, 100) };
  const product = { rows: 2, columns: 1, data: Float64Array.of(321, 654) };
  t.deepEqual(simd.multiplyReal(first, second), product);
  t.deepEqual(simd.multiplyReal(transposed(second), transposed(first)), transposed(product));
});
