/**
 * The LSTM prior (FORMAT.md, "LSTM"): at every position of a tile it reads the slices of channels in coding order and corrects
 * the logits of the next slice.
 */
import { auxiliaryOf } from '../engine/auxiliary.ts';
import type { Engine, Op, Quality, Tensor } from '../engine/engine.ts';
import { groupsOfStep } from '../engine/engine.ts';
import { clampLogit, squash, tanh } from '../entropy/logistic.ts';
import { zeroTensor } from '../latent/crop-tensor.ts';
import type { SliceView } from './slice-view.ts';
import { sliceChannels } from './slice-view.ts';

/** Logits a channel: of node 0, of node 1, of node 2 and of the nodes above. */
export const logitsPerChannel = 4;
/** Values of a slice that the network reads: index, signed excess and excess of the last slice, excess around. */
export const inputsPerSlice = 4 * sliceChannels;

export class LstmPrior {
  readonly #engine: Engine;
  readonly #quality: Quality;
  readonly #networks: Readonly<Record<string, readonly Op[]>>;
  readonly #gateBias: Int16Array;
  readonly #logitBias: Int16Array;
  readonly #hidden: number;
  readonly #slices: number;
  /** hidden values, then the inputs. */
  readonly #state: Tensor;
  /** 16 fraction bits. */
  readonly #cell: Int32Array;
  #features: Tensor | undefined;
  #groups: readonly number[] = [];

  /** For a tile of `height` x `width` positions. */
  constructor(engine: Engine, height: number, width: number, quality: Quality) {
    const { networks, parameters, tables } = auxiliaryOf(engine.model, 'lstm');
    const table = (name: string) => engine.model.tensors.get(tables[name]) as Int16Array;
    this.#engine = engine;
    this.#quality = quality;
    this.#networks = networks;
    this.#gateBias = table('gateBias');
    this.#logitBias = table('logitBias');
    this.#hidden = parameters.hidden as number;
    this.#slices = engine.model.manifest.latentChannels / 4 / sliceChannels;
    this.#state = zeroTensor(height, width, this.#hidden + inputsPerSlice);
    this.#cell = new Int32Array(height * width * this.#hidden);
  }

  /** `features` is what the head of the step reads. */
  startStep(step: number, features: Tensor): void {
    const network = this.#networks[`features${step}`];
    this.#features = this.#engine.run(network, { input: features }, this.#quality);
    this.#groups = groupsOfStep(step);
    const { data, channels } = this.#state;
    const positions = data.length / channels;
    // The last slice of the step before is of another group.
    const first = this.#hidden + sliceChannels;
    for (let position = 0; position < positions; position++) {
      data.fill(0, position * channels + first, position * channels + first + 2 * sliceChannels);
    }
  }

  /** What is added to the logits of the tables: `[position][channel][logitsPerChannel]`. */
  correct(slice: number, view: SliceView): Int16Array {
    const { data, channels, height, width } = this.#state;
    const hidden = this.#hidden;
    const positions = height * width;
    for (let position = 0; position < positions; position++) {
      view.read(slice, position, data, position * channels + hidden);
    }
    const registers = { input: this.#state, features: this.#features as Tensor };
    const gates = this.#engine.run(this.#networks.gates, registers, this.#quality).data;
    const state = zeroTensor(height, width, hidden);
    for (let position = 0; position < positions; position++) {
      const bias = (this.#groupAt(position) * this.#slices + slice) * 4 * hidden;
      this.#advance(position, gates, bias, state.data);
    }
    const logits = this.#engine.run(this.#networks.logits, { input: state }, this.#quality).data;
    const perSlice = sliceChannels * logitsPerChannel;
    for (let position = 0; position < positions; position++) {
      const bias = (this.#groupAt(position) * this.#slices + slice) * perSlice;
      for (let index = 0; index < perSlice; index++) {
        const place = position * perSlice + index;
        logits[place] = clampLogit(logits[place] + this.#logitBias[bias + index]);
      }
    }
    return logits;
  }

  #groupAt(position: number): number {
    const { width } = this.#state;
    const row = Math.floor(position / width);
    return this.#groups[(row & 1) * 2 + ((position - row * width) & 1)];
  }

  /** One step of the cell at a position, with the gates in the order enter, keep, leave, candidate. */
  #advance(position: number, gates: Int16Array, bias: number, output: Int16Array): void {
    const hidden = this.#hidden;
    const { data, channels } = this.#state;
    const biases = this.#gateBias;
    for (let unit = 0; unit < hidden; unit++) {
      const gate = position * 4 * hidden + unit;
      const enter = squash(gates[gate] + biases[bias + unit]);
      const keep = squash(gates[gate + hidden] + biases[bias + hidden + unit]);
      const leave = squash(gates[gate + 2 * hidden] + biases[bias + 2 * hidden + unit]);
      const candidate = tanh(gates[gate + 3 * hidden] + biases[bias + 3 * hidden + unit]);
      const place = position * hidden + unit;
      const cell = Math.floor((keep * this.#cell[place] + enter * candidate) / 65536);
      this.#cell[place] = cell;
      const value = Math.floor((leave * tanh(cell >> 8)) / 2 ** 24);
      data[position * channels + unit] = value;
      output[place] = value;
    }
  }
}
