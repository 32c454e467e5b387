// The trained priors of the plain decoder, written from FORMAT.md 3.6 and "Auxiliary models" of codec/models/README.md
// alone.
import type { Model } from '../../codec/engine/model.ts';
import {
  Adaptive,
  activityAt,
  logit,
  Mixture,
  readAnswer,
  readPath,
  type Subject,
  type Surroundings,
  shifted,
  softplus,
  squash,
  type Table,
  tablesOf,
  tanh,
} from './plain-decisions.ts';
import { at, type Grid, grid, type Quality, runNetwork } from './plain-networks.ts';
import { refuse, type Stream } from './plain-stream.ts';

type Kind = 'lstm' | 'rbm';

/** The auxiliary models that a prior needs. */
const kindsOf: readonly (readonly Kind[])[] = [[], [], ['lstm'], ['rbm'], ['lstm', 'rbm']];

function auxiliaryOf(model: Model, kind: Kind) {
  return model.auxiliaries.get(kind) ?? refuse('auxiliary model');
}

// FORMAT.md 1.2

/** For a prior of 2 or more. */
export function priorHash(model: Model, prior: number): number {
  const hashes = kindsOf[prior].map((kind) => auxiliaryOf(model, kind).sha256.slice(0, 8));
  return hashes.reduce((sum, hash) => (sum ^ Number.parseInt(hash, 16)) >>> 0, 0);
}

// FORMAT.md 3.6, "LSTM"

class Lstm {
  readonly #tile: PriorTile;
  readonly #hidden: number;
  readonly #slices: number;
  /** h */
  readonly #states: Grid;
  /** C, by position and unit */
  readonly #cells: number[];
  #step = 0;
  #features: Grid | undefined;
  #corrections: Grid | undefined;

  constructor(tile: PriorTile) {
    this.#tile = tile;
    this.#hidden = auxiliaryOf(tile.model, 'lstm').parameters.hidden as number;
    this.#slices = tile.group / 8;
    this.#states = grid(tile.height, tile.width, this.#hidden);
    this.#cells = new Array<number>(this.#states.data.length).fill(0);
  }

  #run(name: string, registers: Record<string, Grid>): Grid {
    const { model, quality } = this.#tile;
    return runNetwork(model, auxiliaryOf(model, 'lstm').networks[name], registers, quality);
  }

  #table(name: string): ArrayLike<number> {
    const { model } = this.#tile;
    return model.tensors.get(auxiliaryOf(model, 'lstm').tables[name]) as ArrayLike<number>;
  }

  startStep(step: number, features: Grid): void {
    this.#step = step;
    this.#features = this.#run(`features${step}`, { input: features });
  }

  startSlice(slice: number): void {
    const { height, width } = this.#tile;
    const hidden = this.#hidden;
    const input = grid(height, width, hidden + 32);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const h = Array.from({ length: hidden }, (_, unit) => at(this.#states, y, x, unit));
        const values = [...h, ...this.#inputs(slice, y, x)];
        input.data.set(values, (y * width + x) * (hidden + 32));
      }
    }
    const gates = this.#run('gates', { input, features: this.#features as Grid });
    const bias = this.#table('gateBias');
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const row = (this.#tile.groupOf(this.#step, y, x) * this.#slices + slice) * 4 * hidden;
        for (let unit = 0; unit < hidden; unit++) {
          const a = [0, 1, 2, 3].map((part) => {
            const c = part * hidden + unit;
            return at(gates, y, x, c) + bias[row + c];
          });
          const place = (y * width + x) * hidden + unit;
          const kept = squash(a[1]) * this.#cells[place];
          const cell = shifted(kept + squash(a[0]) * tanh(a[3]), 16);
          this.#cells[place] = cell;
          this.#states.data[place] = shifted(squash(a[2]) * tanh(shifted(cell, 8)), 24);
        }
      }
    }
    this.#corrections = this.#run('logits', { input: this.#states });
  }

  #inputs(slice: number, y: number, x: number): number[] {
    const tile = this.#tile;
    const first = tile.groupOf(this.#step, y, x) * tile.group + 8 * slice;
    const eight = [0, 1, 2, 3, 4, 5, 6, 7];
    const before = (from: Grid) => eight.map((c) => (slice ? at(from, y, x, first - 8 + c) : 0));
    return [
      ...eight.map((c) => 4 * tile.scaleOf(y, x, first + c)),
      ...before(tile.signedExcess),
      ...before(tile.excess),
      ...eight.map((c) => tile.around(y, x, first + c)),
    ];
  }

  /** d */
  correction({ y, x, channel }: Subject, n: number): number {
    const { group } = this.#tile;
    const c = (channel % 8) * 4 + Math.min(n, 3);
    const row = Math.floor(channel / group) * this.#slices + Math.floor((channel % group) / 8);
    const bias = this.#table('logitBias')[row * 32 + c];
    return logit(at(this.#corrections as Grid, y, x, c) + bias);
  }
}

// FORMAT.md 3.6, "RBM"

class Rbm {
  readonly #tile: PriorTile;
  readonly #hidden: number;
  /** The last sum of u, by position and unit. */
  readonly #known: number[];
  #u: number[] = [];

  constructor(tile: PriorTile) {
    this.#tile = tile;
    this.#hidden = auxiliaryOf(tile.model, 'rbm').parameters.hidden as number;
    this.#known = new Array<number>(tile.height * tile.width * this.#hidden).fill(0);
  }

  #table(name: string): ArrayLike<number> {
    const { model } = this.#tile;
    return model.tensors.get(auxiliaryOf(model, 'rbm').tables[name]) as ArrayLike<number>;
  }

  startStep(step: number): void {
    const tile = this.#tile;
    const hidden = this.#hidden;
    const [v, bias] = [this.#table('beside'), this.#table('hiddenBias')];
    this.#u = this.#known.map((known, place) => {
      const unit = place % hidden;
      const position = Math.floor(place / hidden);
      const [y, x] = [Math.floor(position / tile.width), position % tile.width];
      let u = known + bias[step * hidden + unit];
      for (let c = 0; c < tile.group; c++) {
        const channel = tile.groupOf(step, y, x) * tile.group + c;
        u += shifted(tile.beside(y, x, channel) * v[channel * hidden + unit], 8);
      }
      return u;
    });
  }

  /** What squash is taken of. */
  argument({ y, x, channel, table }: Subject, n: number): number {
    if (n > 0) return table.logits[n];
    const w = this.#table('own');
    const hidden = this.#hidden;
    let sum = 0;
    for (let unit = 0; unit < hidden; unit++) {
      const u = this.#u[(y * this.#tile.width + x) * hidden + unit];
      const weight = w[channel * hidden + unit];
      const on = shifted((4096 - table.mu) * weight, 8);
      const off = shifted(table.mu * weight, 8);
      sum += softplus(shifted(u + on, 8)) - softplus(shifted(u - off, 8));
    }
    return table.logits[0] + this.#table('visibleBias')[channel] + shifted(sum, 8);
  }

  know({ y, x, channel }: Subject, surprise: number): void {
    const w = this.#table('own');
    for (let unit = 0; unit < this.#hidden; unit++) {
      const place = (y * this.#tile.width + x) * this.#hidden + unit;
      const part = shifted(surprise * w[channel * this.#hidden + unit], 8);
      this.#known[place] += part;
      this.#u[place] += part;
    }
  }
}

// FORMAT.md 3.6

/** The y of a tile by a prior other than 0. */
export class PriorTile {
  readonly model: Model;
  readonly stream: Stream;
  readonly height: number;
  readonly width: number;
  readonly quality: Quality;
  /** Channels of a group. */
  readonly group: number;
  readonly excess: Grid;
  readonly signedExcess: Grid;
  readonly #surprise: Grid;
  readonly #prior: number;
  readonly #tables: readonly Table[];
  readonly #adaptive: Adaptive;
  readonly #lstm?: Lstm;
  readonly #rbm?: Rbm;
  readonly #mixture = new Mixture([-58982, 39322, 45875, 39322]);
  /** Of the step. */
  scaleOf: (y: number, x: number, channel: number) => number = () => 0;

  constructor(model: Model, prior: number, stream: Stream, size: Grid, quality: Quality) {
    const { height, width, channels } = size;
    this.model = model;
    this.stream = stream;
    this.height = height;
    this.width = width;
    this.quality = quality;
    this.group = channels / 4;
    this.excess = grid(height, width, channels);
    this.signedExcess = grid(height, width, channels);
    this.#surprise = grid(height, width, channels);
    this.#prior = prior;
    this.#tables = tablesOf(model);
    this.#adaptive = new Adaptive(model, stream, 'latents');
    if (kindsOf[prior].includes('lstm')) this.#lstm = new Lstm(this);
    if (kindsOf[prior].includes('rbm')) this.#rbm = new Rbm(this);
  }

  groupOf(step: number, y: number, x: number): number {
    return ((y & 1) * 2 + (x & 1)) ^ [0, 3, 1, 2][step];
  }

  #neighbours(from: Grid, y: number, x: number, c: number): number {
    return (
      at(from, y - 1, x, c) + at(from, y + 1, x, c) + at(from, y, x - 1, c) + at(from, y, x + 1, c)
    );
  }

  around(y: number, x: number, channel: number): number {
    return this.#neighbours(this.excess, y, x, channel);
  }

  beside(y: number, x: number, channel: number): number {
    return this.#neighbours(this.#surprise, y, x, channel);
  }

  /** Reads the symbols of a step and hands each to `give`, those that are not coded too. */
  step(
    step: number,
    features: Grid,
    scaleOf: (y: number, x: number, channel: number) => number,
    give: (y: number, x: number, channel: number, k: number) => void,
  ): void {
    this.scaleOf = scaleOf;
    this.#lstm?.startStep(step, features);
    this.#rbm?.startStep(step);
    const { skipBelow } = this.model.manifest.entropy;
    for (let slice = 0; slice < this.group / 8; slice++) {
      this.#lstm?.startSlice(slice);
      for (let y = 0; y < this.height; y++) {
        for (let x = 0; x < this.width; x++) {
          const first = this.groupOf(step, y, x) * this.group + 8 * slice;
          for (let channel = first; channel < first + 8; channel++) {
            const index = scaleOf(y, x, channel);
            if (index < skipBelow) {
              give(y, x, channel, this.stream.skip());
              continue;
            }
            const subject = { y, x, channel, index, table: this.#tables[index] };
            const surroundings = {
              around: this.around(y, x, channel),
              balance: this.#neighbours(this.signedExcess, y, x, channel),
              activity: activityAt(this.#surprise, y, x),
            };
            const k = readPath(this.stream, subject.table, (n) =>
              this.#decide(subject, surroundings, n),
            );
            this.#know(subject, k);
            give(y, x, channel, k);
          }
        }
      }
    }
  }

  #know(subject: Subject, k: number): void {
    const { y, x, channel, table } = subject;
    const place = (y * this.width + x) * 4 * this.group + channel;
    const excess = table.excess(k);
    const surprise = table.surprise(k);
    this.excess.data[place] = excess;
    this.signedExcess.data[place] = excess * Math.sign(k);
    this.#surprise.data[place] = surprise;
    this.#adaptive.know(subject, surprise);
    this.#rbm?.know(subject, surprise);
  }

  #decide(subject: Subject, surroundings: Surroundings, n: number): boolean {
    const { logits } = subject.table;
    const byLstm = () => logits[n] + (this.#lstm as Lstm).correction(subject, n);
    const byRbm = () => (this.#rbm as Rbm).argument(subject, n);
    let inputs: number[] = [];
    let p = 0;
    if (this.#prior === 1) p = this.#adaptive.probability(subject, surroundings, n);
    if (this.#prior === 2) p = squash(byLstm());
    if (this.#prior === 3) p = squash(byRbm());
    if (this.#prior === 4) {
      const cells = this.#adaptive.logits(subject, surroundings, n)[1];
      inputs = [logits[n], cells, logit(byLstm()), logit(byRbm())];
      p = this.#mixture.probability(inputs, n);
    }
    const yes = readAnswer(this.stream, p);
    this.#adaptive.learn(subject, surroundings, n, yes ? 1 : 0);
    if (this.#prior === 4) this.#mixture.learn(inputs, n, yes ? 1 : 0);
    return yes;
  }
}
