/**
 * How entropy priors code: one description of a path of decisions serves both directions.
 *
 * A writer is told what is wanted and gives it back, a reader finds it in the stream.
 */
export interface DecisionCoder {
  /** A yes or no; "yes" has the probability `probability` / 65536, 1 to 65535. */
  decide(probability: number, wanted: boolean): boolean;
  /**
   * One of the slots from `from` to `to` - 1, slot s of probability proportional to
   * `cumulative[s + 1] - cumulative[s]`, all of them above 0.
   */
  choose(cumulative: Int32Array, from: number, to: number, wanted: number): number;
  /** A number of `bits` bits, 0 to 15, all equally likely. */
  uniform(bits: number, wanted: number): number;
}

/** Where a slot of `choose` starts in the interval of 65536. */
export function slotStart(cumulative: Int32Array, from: number, to: number, slot: number): number {
  const base = cumulative[from];
  return Math.floor(((cumulative[slot] - base) * 65536) / (cumulative[to] - base));
}
