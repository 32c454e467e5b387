/** The decoding half of the coder of decisions. */
import { type DecisionCoder, slotStart } from './decision-coder.ts';
import type { RansDecoder } from './rans-decoder.ts';

/** Throws the errors of its decoder. */
export class DecisionReader implements DecisionCoder {
  readonly decoder: RansDecoder;

  constructor(decoder: RansDecoder) {
    this.decoder = decoder;
  }

  decide(probability: number): boolean {
    const answer = this.decoder.frequency < probability;
    if (answer) this.decoder.take(0, probability);
    else this.decoder.take(probability, 65536 - probability);
    return answer;
  }

  choose(cumulative: Int32Array, from: number, to: number): number {
    if (to - from <= 1) return from;
    const { frequency } = this.decoder;
    let slot = from;
    let beyond = to;
    while (beyond - slot > 1) {
      const middle = (slot + beyond) >> 1;
      if (slotStart(cumulative, from, to, middle) <= frequency) slot = middle;
      else beyond = middle;
    }
    const start = slotStart(cumulative, from, to, slot);
    this.decoder.take(start, slotStart(cumulative, from, to, slot + 1) - start);
    return slot;
  }

  uniform(bits: number): number {
    return this.decoder.readUniform(bits);
  }
}
