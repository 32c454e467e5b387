/**
 * Codes the symbols of a tile's latents by paths of decisions, with the probabilities of a prior (FORMAT.md, "Priors"). Both
 * directions run this code.
 */
import type { Engine, Quality } from '../engine/engine.ts';
import type { DecisionCoder } from '../entropy/decision-coder.ts';
import type { DecisionReader } from '../entropy/decision-reader.ts';
import { type DecisionTables, decisionTables, nodeCount } from '../entropy/decision-tables.ts';
import type { DecisionWriter } from '../entropy/decision-writer.ts';
import { clampLogit, squash } from '../entropy/logistic.ts';
import type { StepParameters } from '../latent/hyper-prior.ts';
import { AdaptiveParts, AdaptivePrior } from './adaptive.ts';
import { AdaptiveKernel } from './adaptive-kernel.ts';
import { linksOf } from './links.ts';
import { LstmPrior, logitsPerChannel } from './lstm.ts';
import { Mixer } from './mixer.ts';
import type { PriorKind } from './prior-kinds.ts';
import { RbmPrior } from './rbm.ts';
import { SliceView, sliceChannels } from './slice-view.ts';
import { codeSymbol, type Decide } from './symbol-path.ts';

/** Weights to start mixing with, 16 fraction bits: tables, cells, LSTM, RBM. */
const mixerStart = [-58982, 39322, 45875, 39322];

/** Codes the symbols of a tile. */
export interface StepCoder {
  /** A reader fills `symbols`, a writer takes them from there. CORRUPT_LATENTS. */
  codeStep(step: number, parameters: StepParameters, symbols: Int16Array): void;
}

interface CodedTile {
  readonly height: number;
  readonly width: number;
  readonly quality: Quality;
}

/** For a tile of `height` x `width` positions. MODEL_NOT_FOUND where the prior's auxiliaries are not loaded. */
export function stepCoder(
  coder: DecisionReader | DecisionWriter,
  engine: Engine,
  kind: PriorKind,
  tile: CodedTile,
): StepCoder {
  const inKernel = kind === 'adaptive' && engine.backend === 'simd';
  return inKernel
    ? new AdaptiveKernel(coder, engine, 'latents', tile)
    : new PriorCoder(coder, engine, kind, tile);
}

class PriorCoder implements StepCoder {
  readonly #coder: DecisionCoder;
  readonly #tables: DecisionTables;
  readonly #skipBelow: number;
  readonly #groupSize: number;
  readonly #view: SliceView;
  /** On its own, and its parts as a part of `mix`. */
  readonly #adaptive?: AdaptivePrior;
  readonly #parts?: AdaptiveParts;
  readonly #lstm?: LstmPrior;
  readonly #rbm?: RbmPrior;
  readonly #mixer?: Mixer;
  /** Of the slice at hand: `[position][channel][logitsPerChannel]`. */
  #corrections: Int16Array = new Int16Array(0);
  /** Of the symbol at hand. */
  #scale = 0;
  #correction = 0;
  #significanceLogit = 0;

  constructor(coder: DecisionCoder, engine: Engine, kind: PriorKind, tile: CodedTile) {
    const { model } = engine;
    const { latentChannels, entropy } = model.manifest;
    const { height, width, quality } = tile;
    this.#coder = coder;
    this.#tables = decisionTables(model);
    this.#skipBelow = entropy.skipBelow;
    this.#groupSize = latentChannels / 4;
    const contexts = entropy.contexts.latents;
    const shape = { height, width, channels: latentChannels };
    const usesContexts = kind === 'adaptive' || kind === 'mix';
    this.#view = new SliceView(
      this.#tables,
      shape,
      usesContexts ? linksOf(model, shape) : undefined,
    );
    const uses = (other: PriorKind) => kind === other || kind === 'mix';
    if (kind === 'adaptive') this.#adaptive = new AdaptivePrior(model, contexts, latentChannels);
    if (uses('lstm')) this.#lstm = new LstmPrior(engine, height, width, quality);
    if (uses('rbm')) this.#rbm = new RbmPrior(engine, this.#tables, this.#view);
    if (kind === 'mix') {
      this.#parts = new AdaptiveParts(model, contexts, latentChannels);
      this.#mixer = new Mixer(mixerStart);
    }
  }

  codeStep(step: number, parameters: StepParameters, symbols: Int16Array): void {
    this.#view.startStep(parameters);
    this.#lstm?.startStep(step, parameters.features);
    this.#rbm?.startStep(step);
    for (let slice = 0; slice < this.#groupSize / sliceChannels; slice++) {
      if (this.#lstm) this.#corrections = this.#lstm.correct(slice, this.#view);
      for (let position = 0; position < this.#view.positions; position++) {
        const first = position * this.#groupSize + slice * sliceChannels;
        for (let channel = 0; channel < sliceChannels; channel++) {
          const index = first + channel;
          this.#scale = parameters.scales[index];
          if (this.#scale < this.#skipBelow) {
            symbols[index] = 0;
            continue;
          }
          this.#correction = (position * sliceChannels + channel) * logitsPerChannel;
          this.#view.look(index, position);
          symbols[index] = this.#codeSymbol(symbols[index]);
        }
      }
    }
  }

  /** The symbol that the view looks at. */
  #codeSymbol(wanted: number): number {
    const adaptive = this.#adaptive ?? this.#parts;
    adaptive?.begin(this.#scale, this.#view.channel, this.#view);
    if (this.#rbm) this.#significanceLogit = this.#rbm.predict(this.#scale);
    const symbol = codeSymbol(this.#coder, this.#tables, this.#scale, wanted, this.#decide);
    this.#view.put(symbol);
    this.#rbm?.update();
    return symbol;
  }

  readonly #decide: Decide = (node, wanted) => {
    const answer = this.#coder.decide(this.#predict(node), wanted);
    this.#adaptive?.update(answer);
    this.#parts?.update(answer);
    this.#mixer?.update(answer);
    return answer;
  };

  #predict(node: number): number {
    if (this.#adaptive) return this.#adaptive.predict(node);
    const table = this.#tables.logit[this.#scale * nodeCount + node];
    const lstm = this.#lstm
      ? clampLogit(
          table + this.#corrections[this.#correction + Math.min(node, logitsPerChannel - 1)],
        )
      : table;
    const rbm = this.#rbm && node === 0 ? this.#significanceLogit : table;
    if (!this.#mixer || !this.#parts) return squash(this.#lstm ? lstm : rbm);
    this.#mixer.put(0, table);
    this.#mixer.put(1, this.#parts.cellLogit(node, this.#parts.contextLogit(node)));
    this.#mixer.put(2, lstm);
    this.#mixer.put(3, rbm);
    return this.#mixer.predict(node);
  }
}
