/**
 * The Bayesian prior (FORMAT.md, "Adaptive"): the tables of the model with their contexts, and counts that start from there, in one
 * logistic mixture.
 */
import type { ContextTables } from '../engine/manifest.ts';
import type { Model } from '../engine/model.ts';
import { decisionTables } from '../entropy/decision-tables.ts';
import { squash, stretch } from '../entropy/logistic.ts';
import { AdaptiveCells } from './adaptive-cells.ts';
import { Contexts, type Surroundings } from './contexts.ts';
import { Mixer } from './mixer.ts';

/** Weights to start mixing with, 16 fraction bits: contexts, cells. */
export const mixerStart = [26214, 39322];

/** The two parts of the mixture, for symbols of `channels` channels with the contexts that `names` are. */
export class AdaptiveParts {
  readonly #contexts: Contexts;
  readonly #cells: AdaptiveCells;

  constructor(model: Model, names: ContextTables, channels: number) {
    this.#contexts = new Contexts(model, names, decisionTables(model).logit);
    this.#cells = new AdaptiveCells(channels);
  }

  /** A symbol follows. */
  begin(scale: number, channel: number, surroundings: Surroundings): void {
    this.#contexts.begin(scale, channel, surroundings);
    this.#cells.begin(scale, channel, surroundings.around);
  }

  /** The logit of "yes" at a node by the contexts. */
  contextLogit(node: number): number {
    return this.#contexts.logit(node);
  }

  /** The same by the cells, given that by the contexts. */
  cellLogit(node: number, contextLogit: number): number {
    return stretch(this.#cells.predict(node, squash(contextLogit)));
  }

  /** The answer at the node of the last cellLogit. */
  update(answer: boolean): void {
    this.#cells.update(answer);
  }
}

export class AdaptivePrior {
  readonly #parts: AdaptiveParts;
  readonly #mixer = new Mixer(mixerStart);

  constructor(model: Model, names: ContextTables, channels: number) {
    this.#parts = new AdaptiveParts(model, names, channels);
  }

  /** A symbol follows. */
  begin(scale: number, channel: number, surroundings: Surroundings): void {
    this.#parts.begin(scale, channel, surroundings);
  }

  /** Probability of "yes" at a node, 2 to 65534. */
  predict(node: number): number {
    const logit = this.#parts.contextLogit(node);
    this.#mixer.put(0, logit);
    this.#mixer.put(1, this.#parts.cellLogit(node, logit));
    return this.#mixer.predict(node);
  }

  /** The answer to the last prediction. */
  update(answer: boolean): void {
    this.#parts.update(answer);
    this.#mixer.update(answer);
  }
}
