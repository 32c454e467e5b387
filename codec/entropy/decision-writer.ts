/** The encoding half of the coder of decisions: collects intervals for the range coder. */
import { type DecisionCoder, slotStart } from './decision-coder.ts';

export class DecisionWriter implements DecisionCoder {
  /** Interval after interval, `start << 16 | frequency - 1`. */
  #intervals = new Uint32Array(1 << 12);
  #count = 0;

  /** In coding order. */
  get intervals(): Uint32Array {
    return this.#intervals.subarray(0, this.#count);
  }

  decide(probability: number, wanted: boolean): boolean {
    if (wanted) this.#add(0, probability);
    else this.#add(probability, 65536 - probability);
    return wanted;
  }

  choose(cumulative: Int32Array, from: number, to: number, wanted: number): number {
    if (to - from > 1) {
      const start = slotStart(cumulative, from, to, wanted);
      this.#add(start, slotStart(cumulative, from, to, wanted + 1) - start);
    }
    return wanted;
  }

  uniform(bits: number, wanted: number): number {
    this.#add(wanted << (16 - bits), 1 << (16 - bits));
    return wanted;
  }

  /** Adds intervals as `intervals` gives them; they are copied. */
  append(intervals: Uint32Array): void {
    this.#reserve(intervals.length);
    this.#intervals.set(intervals, this.#count);
    this.#count += intervals.length;
  }

  #add(start: number, frequency: number): void {
    this.#reserve(1);
    this.#intervals[this.#count++] = ((start << 16) | (frequency - 1)) >>> 0;
  }

  #reserve(more: number): void {
    const needed = this.#count + more;
    if (needed <= this.#intervals.length) return;
    const grown = new Uint32Array(Math.max(needed, 2 * this.#intervals.length));
    grown.set(this.intervals);
    this.#intervals = grown;
  }
}
