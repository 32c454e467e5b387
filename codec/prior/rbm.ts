/**
 * The RBM prior (FORMAT.md, "RBM"): a restricted Boltzmann machine over which symbols of a position and of its neighbours are
 * not zero corrects the logit of node 0. The conditional probability of one unit is a difference of free energies.
 */
import { auxiliaryOf } from '../engine/auxiliary.ts';
import type { Engine } from '../engine/engine.ts';
import { type DecisionTables, nodeCount } from '../entropy/decision-tables.ts';
import { clampLogit, softplus } from '../entropy/logistic.ts';
import type { SliceView } from './slice-view.ts';

/** Weights and surprises have 12 fraction bits, hidden inputs 16. */
const productShift = 8;

export class RbmPrior {
  readonly #tables: DecisionTables;
  readonly #view: SliceView;
  readonly #hidden: number;
  readonly #channels: number;
  /** `[channel][hidden]`. */
  readonly #own: Int16Array;
  readonly #beside: Int16Array;
  readonly #visibleBias: Int16Array;
  /** `[step][hidden]`. */
  readonly #hiddenBias: Int32Array;
  /** `[position][hidden]`: from all units that are known, and the part of it that holds for this step only. */
  readonly #inputs: Int32Array;
  readonly #ofStep: Int32Array;

  constructor(engine: Engine, tables: DecisionTables, view: SliceView) {
    const { parameters, tables: names } = auxiliaryOf(engine.model, 'rbm');
    const table = (name: string) => engine.model.tensors.get(names[name]);
    this.#tables = tables;
    this.#view = view;
    this.#hidden = parameters.hidden as number;
    this.#channels = engine.model.manifest.latentChannels;
    this.#own = table('own') as Int16Array;
    this.#beside = table('beside') as Int16Array;
    this.#visibleBias = table('visibleBias') as Int16Array;
    this.#hiddenBias = table('hiddenBias') as Int32Array;
    this.#inputs = new Int32Array(view.positions * this.#hidden);
    this.#ofStep = new Int32Array(view.positions * this.#hidden);
  }

  /** After the view has started the step. */
  startStep(step: number): void {
    const hidden = this.#hidden;
    const quarter = this.#channels / 4;
    const sums = new Int32Array(hidden);
    for (let position = 0; position < this.#view.positions; position++) {
      for (let unit = 0; unit < hidden; unit++) sums[unit] = this.#hiddenBias[step * hidden + unit];
      for (let index = position * quarter; index < (position + 1) * quarter; index++) {
        this.#view.look(index, position);
        const beside = this.#view.surpriseBeside();
        if (beside !== 0) addProducts(sums, 0, beside, this.#beside, this.#view.channel, hidden);
      }
      for (let unit = 0; unit < hidden; unit++) {
        const place = position * hidden + unit;
        this.#inputs[place] += sums[unit] - this.#ofStep[place];
        this.#ofStep[place] = sums[unit];
      }
    }
  }

  /** The logit of node 0 of the symbol that the view looks at. */
  predict(scale: number): number {
    const hidden = this.#hidden;
    const { channel, position } = this.#view;
    const mean = this.#tables.probability[scale * nodeCount] >> 4;
    const start = position * hidden;
    const weights = channel * hidden;
    let sum = 0;
    for (let unit = 0; unit < hidden; unit++) {
      const weight = this.#own[weights + unit];
      const input = this.#inputs[start + unit];
      const on = input + (((4096 - mean) * weight) >> productShift);
      const off = input - ((mean * weight) >> productShift);
      sum += softplus(on >> 8) - softplus(off >> 8);
    }
    const logit = this.#tables.logit[scale * nodeCount] + this.#visibleBias[channel] + (sum >> 8);
    return clampLogit(logit);
  }

  /** The symbol is known to the view. */
  update(): void {
    const { channel, position, surprise } = this.#view;
    const start = position * this.#hidden;
    addProducts(this.#inputs, start, surprise, this.#own, channel, this.#hidden);
  }
}

function addProducts(
  sums: Int32Array,
  start: number,
  factor: number,
  weights: Int16Array,
  row: number,
  count: number,
): void {
  for (let unit = 0; unit < count; unit++) {
    sums[start + unit] += (factor * weights[row * count + unit]) >> productShift;
  }
}
