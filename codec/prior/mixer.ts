/**
 * Logistic mixing (FORMAT.md, "Mixing"): a weighted sum of the logits of several predictions, whose weights follow the gradient of
 * the code length, a set of them for each node (Mattern 2012; Mahoney 2005).
 */
import { nodeCount } from '../entropy/decision-tables.ts';
import { squash } from '../entropy/logistic.ts';

export class Mixer {
  readonly #inputs: number;
  /** `[node][input]`, 16 fraction bits. */
  readonly #weights: Int32Array;
  readonly #logits: Int32Array;
  #set = 0;
  #probability = 0;

  /** `weights`: one a prediction, with 16 fraction bits, to start from. */
  constructor(weights: readonly number[]) {
    this.#inputs = weights.length;
    this.#logits = new Int32Array(weights.length);
    this.#weights = new Int32Array(nodeCount * weights.length);
    for (let node = 0; node < nodeCount; node++) this.#weights.set(weights, node * weights.length);
  }

  /** The logit of one prediction for the decision that follows. */
  put(input: number, logit: number): void {
    this.#logits[input] = logit;
  }

  /** Probability of "yes" at a node from all logits. */
  predict(node: number): number {
    this.#set = node * this.#inputs;
    let sum = 0;
    for (let input = 0; input < this.#inputs; input++) {
      sum += this.#weights[this.#set + input] * this.#logits[input];
    }
    this.#probability = squash(Math.floor(sum / 65536));
    return this.#probability;
  }

  /** The answer to the last prediction. */
  update(answer: boolean): void {
    const error = (answer ? 65536 : 0) - this.#probability;
    for (let input = 0; input < this.#inputs; input++) {
      this.#weights[this.#set + input] += (error * this.#logits[input] + 32768) >> 16;
    }
  }
}
