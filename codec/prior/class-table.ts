/** Classes of values by their bounds, as tables. */
import { maxExcess } from '../entropy/decision-tables.ts';

/** The largest sum of the excess around a symbol, and of its balance. */
export const maxAround = 4 * maxExcess;

/** For each value from `least` to `largest`, how many of the bounds are at most it. */
export function classTable(bounds: readonly number[], least: number, largest: number): Uint8Array {
  return Uint8Array.from(
    { length: largest - least + 1 },
    (_, index) => bounds.filter((bound) => bound <= least + index).length,
  );
}
