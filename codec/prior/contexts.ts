/**
 * The tables of the model that correct the frozen tables by what is known around a symbol (FORMAT.md, "Contexts"): biases of the
 * logits of its decisions.
 */
import type { ContextTables } from '../engine/manifest.ts';
import type { Model } from '../engine/model.ts';
import { nodeCount } from '../entropy/decision-tables.ts';
import { clampLogit } from '../entropy/logistic.ts';
import { classTable, maxAround } from './class-table.ts';
import { activityBounds, aroundBounds, balanceBounds, contextNodes } from './context-bounds.ts';

/** What is known around a symbol; all in sixteenths. */
export interface Surroundings {
  /** Sum of the excess of the same channel beside it. */
  readonly around: number;
  /** The same sum with the signs of the symbols. */
  readonly balance: number;
  /** Sum of the surprise of the symbols that are known at its position. */
  readonly activity: number;
  /** What symbols of its position add to its logits (links.ts), 256 a nat. */
  readonly linked: number;
}

const maxActivity = 640;
export const aroundClasses = classTable(aroundBounds, 0, maxAround);
export const activityClasses = classTable(activityBounds, -maxActivity - 1, maxActivity);
export const balanceClasses = classTable(balanceBounds, -maxAround, maxAround);

export class Contexts {
  /** `[scale][class][contextNodes]`. */
  readonly #around: Int16Array;
  /** `[scale >> 1][class][contextNodes]`. */
  readonly #activity: Int16Array;
  /** `[channel][class][contextNodes]`. */
  readonly #balance: Int16Array;
  readonly #logits: Int16Array;
  #scale = 0;
  #linked = 0;
  /** Entries of node 0. */
  #aroundEntry = 0;
  #activityEntry = 0;
  #balanceEntry = 0;

  /** `logits` are those of the frozen tables, `[scale * nodeCount + node]`. */
  constructor(model: Model, names: ContextTables, logits: Int16Array) {
    const table = (name: string) => model.tensors.get(name) as Int16Array;
    this.#around = table(names.around);
    this.#activity = table(names.activity);
    this.#balance = table(names.balance);
    this.#logits = logits;
  }

  /** A symbol follows. */
  begin(scale: number, channel: number, surroundings: Surroundings): void {
    const { around, balance, activity, linked } = surroundings;
    const active = Math.max(-maxActivity - 1, Math.min(activity, maxActivity)) + maxActivity + 1;
    this.#scale = scale;
    this.#linked = linked;
    this.#aroundEntry = (scale * (aroundBounds.length + 1) + aroundClasses[around]) * contextNodes;
    this.#activityEntry =
      ((scale >> 1) * (activityBounds.length + 1) + activityClasses[active]) * contextNodes;
    this.#balanceEntry =
      (channel * (balanceBounds.length + 1) + balanceClasses[balance + maxAround]) * contextNodes;
  }

  /** The logit of "yes" at a node. */
  logit(node: number): number {
    const place = node < contextNodes ? node : contextNodes - 1;
    return clampLogit(
      this.#logits[this.#scale * nodeCount + node] +
        this.#around[this.#aroundEntry + place] +
        this.#activity[this.#activityEntry + place] +
        this.#balance[this.#balanceEntry + place] +
        (node === 1 ? 0 : this.#linked),
    );
  }
}
