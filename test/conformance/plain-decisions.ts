// The decisions that priors code symbols by, with the adaptive prior and the code of z: FORMAT.md 3.6 alone.
import type { Model } from '../../codec/engine/model.ts';
import { at, clamp, type Grid, grid } from './plain-networks.ts';
import type { Coverage, Stream } from './plain-stream.ts';

// FORMAT.md 3.6, "Logistic tables"

export const shifted = (value: number, bits: number) => Math.floor(value / 2 ** bits);
const limit = 2816;
export const logit = (value: number) => clamp(value, -limit, limit);

const e = [2 ** 26];
while (e.length <= limit) e.push(shifted(e[e.length - 1] * 66847231, 26));
const squashes = e.map((value) => Math.floor(2 ** 42 / (2 ** 26 + value)));
const g = [23258160];
for (let t = 0; t < limit; t++) g.push(g[t] - (131072 - squashes[t] - squashes[t + 1]));

export function squash(value: number): number {
  const t = logit(value);
  return t >= 0 ? squashes[t] : 65536 - squashes[-t];
}

export function stretch(p: number): number {
  if (p < 32768) return -stretch(65536 - p);
  let t = limit;
  while (squashes[t] > p) t--;
  return t;
}

export const tanh = (t: number) => 2 * squash(2 * t) - 65536;
export const softplus = (t: number) =>
  (g[Math.min(Math.abs(t), limit)] >> 9) + (t > 0 ? t * 256 : 0);

// FORMAT.md 3.6, "Decisions"

const bounds = [0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512];
export const nodes = bounds.length;

/** What the priors ask of the table of a scale index. */
export class Table {
  readonly radius: number;
  readonly escape: number;
  /** t(n), the probabilities of "yes". */
  readonly yes: readonly number[];
  /** l(n) */
  readonly logits: readonly number[];
  readonly #factor: number;
  readonly #cumulative: ArrayLike<number>;
  readonly #first: number;

  constructor(model: Model, index: number) {
    const { cdf, cdfOffset, cdfRadius } = model.manifest.entropy;
    const tensor = (name: string) => model.tensors.get(name) as ArrayLike<number>;
    const radius = tensor(cdfRadius)[index];
    this.radius = radius;
    this.#cumulative = tensor(cdf);
    this.#first = tensor(cdfOffset)[index];
    this.escape = this.#slot(2 * radius + 1);
    const above = (m: number) => {
      let sum = this.escape;
      for (let magnitude = m + 1; magnitude <= radius; magnitude++) sum += this.f(magnitude);
      return sum;
    };
    this.yes = bounds.map((bound, n) => {
      if (n === 1) return 32768;
      const of = above(bounds[n - 1] ?? 0);
      return clamp(n === 0 ? above(0) : Math.floor((above(bound) * 65536) / of), 1, 65535);
    });
    this.logits = this.yes.map(stretch);
    let spread = radius * this.escape;
    for (let magnitude = 1; magnitude <= radius; magnitude++)
      spread += magnitude * this.f(magnitude);
    this.#factor = Math.floor(2 ** 24 / (spread + 16384));
  }

  #slot(s: number): number {
    const start = this.#first + s;
    return this.#cumulative[start + 1] - this.#cumulative[start];
  }

  f(magnitude: number): number {
    const { radius } = this;
    if (magnitude === 0) return this.#slot(radius);
    return this.#slot(radius + magnitude) + this.#slot(radius - magnitude);
  }

  get end(): number {
    const found = bounds.findIndex((bound, n) => n >= 2 && bound >= this.radius);
    return found === -1 ? nodes : found;
  }

  excess(k: number): number {
    return Math.min(127, shifted(Math.abs(k) * this.#factor, 4));
  }

  get mu(): number {
    return this.yes[0] >> 4;
  }

  surprise(k: number): number {
    return (k === 0 ? 0 : 4096) - this.mu;
  }
}

export function tablesOf(model: Model): Table[] {
  return Array.from({ length: 64 }, (_, index) => new Table(model, index));
}

export function readPath(stream: Stream, table: Table, decide: (n: number) => boolean): number {
  const { radius, end } = table;
  const { coverage } = stream;
  coverage.coded++;
  if (!decide(0)) return 0;
  const negative = decide(1);
  let n = 2;
  while (n < end && decide(n)) n++;
  const low = bounds[n - 1] + 1;
  const high = n < end ? bounds[n] : radius;
  const weights: number[] = [];
  for (let magnitude = low; magnitude <= high; magnitude++) weights.push(table.f(magnitude));
  if (n === end) weights.push(table.escape);
  let slot = 0;
  if (weights.length > 1) {
    coverage.buckets++;
    const ends = [0];
    for (const weight of weights) ends.push(ends[ends.length - 1] + weight);
    const total = ends[weights.length];
    const intervals = ends.map((value) => Math.floor((value * 65536) / total));
    slot = stream.interval(intervals);
  }
  let magnitude = low + slot;
  if (magnitude > high) magnitude = stream.escape(radius);
  return negative ? -magnitude : magnitude;
}

/** A symbol that is to be read: its place, its channel of all latents, its scale index. */
export interface Subject {
  readonly y: number;
  readonly x: number;
  readonly channel: number;
  readonly index: number;
  readonly table: Table;
}

// FORMAT.md 3.6, "Contexts"

export interface Surroundings {
  readonly around: number;
  readonly balance: number;
  readonly activity: number;
}

const classOf = (value: number, bounds: readonly number[]) =>
  bounds.filter((bound) => bound <= value).length;

class Contexts {
  readonly #table: (name: 'around' | 'activity' | 'balance') => ArrayLike<number>;
  readonly #links?: ArrayLike<number>;
  readonly #channels: number;
  readonly #coverage: Coverage;
  /** a, by row and column, then by channel. */
  readonly #sums = new Map<string, number[]>();

  constructor(model: Model, coverage: Coverage, kind: 'latents' | 'hyper') {
    const { entropy, latentChannels } = model.manifest;
    const names = entropy.contexts[kind];
    const { links } = entropy.contexts.latents;
    this.#coverage = coverage;
    this.#channels = latentChannels;
    if (kind === 'latents' && links !== undefined) this.#links = model.tensors.get(links);
    this.#table = (name) => model.tensors.get(names[name]) as ArrayLike<number>;
  }

  /** L(n) */
  logit({ y, x, channel, index, table }: Subject, surroundings: Surroundings, n: number): number {
    const { around, balance, activity } = surroundings;
    const byAround = classOf(around, [1, 3, 5, 9, 13, 18, 24, 32, 44, 64, 90, 128]);
    const byActivity = classOf(activity, [-640, -320, -160, -80, -30, 0, 30, 80, 160, 320, 640]);
    const byBalance = classOf(balance, [-48, -24, -10, -2, 3, 11, 25, 49]);
    const row = Math.min(n, 3);
    const sums = this.#sums.get(`${y} ${x}`);
    const linked = n === 1 || !sums ? 0 : shifted(sums[channel], 4);
    return logit(
      table.logits[n] +
        this.#table('around')[(index * 13 + byAround) * 4 + row] +
        this.#table('activity')[((index >> 1) * 12 + byActivity) * 4 + row] +
        this.#table('balance')[(channel * 9 + byBalance) * 4 + row] +
        linked,
    );
  }

  /** After a symbol. */
  know({ y, x, channel }: Subject, surprise: number): void {
    const weights = this.#links;
    if (!weights) return;
    const before = this.#sums.get(`${y} ${x}`) ?? new Array<number>(this.#channels).fill(0);
    const after = before.map((sum, other) => {
      const weight = weights[channel * this.#channels + other];
      return sum + shifted(surprise * weight + 4096, 13);
    });
    if (after.some((sum) => sum > 32767 || sum < -32768)) this.#coverage.fullLinks++;
    this.#sums.set(
      `${y} ${x}`,
      after.map((sum) => clamp(sum, -32768, 32767)),
    );
  }
}

// FORMAT.md 3.6, "Mixtures"

export class Mixture {
  readonly #weights: number[][];

  constructor(start: readonly number[]) {
    this.#weights = Array.from({ length: nodes }, () => [...start]);
  }

  probability(inputs: readonly number[], n: number): number {
    const products = inputs.map((x, index) => x * this.#weights[n][index]);
    return squash(
      shifted(
        products.reduce((sum, product) => sum + product),
        16,
      ),
    );
  }

  learn(inputs: readonly number[], n: number, answer: number): void {
    const error = 65536 * answer - this.probability(inputs, n);
    const weights = this.#weights[n];
    this.#weights[n] = weights.map(
      (weight, index) => weight + shifted(error * inputs[index] + 32768, 16),
    );
  }
}

// FORMAT.md 3.6, "Adaptive"

export class Adaptive {
  readonly #cells = new Map<string, [number, number]>();
  readonly #coverage: Coverage;
  readonly #contexts: Contexts;
  readonly #mixture = new Mixture([26214, 39322]);

  constructor(model: Model, stream: Stream, kind: 'latents' | 'hyper') {
    this.#coverage = stream.coverage;
    this.#contexts = new Contexts(model, stream.coverage, kind);
  }

  #cellsOf({ channel, index }: Subject, around: number, n: number): [number, number][] {
    const keys = [
      `${index} ${n}`,
      `${index >> 1} ${classOf(around, [5, 13, 24, 40, 64, 112])} ${n} by class`,
      `${index >> 2} ${channel} ${n} by channel`,
    ];
    return keys.map((key) => {
      const cell = this.#cells.get(key) ?? [0, 0];
      this.#cells.set(key, cell);
      return cell;
    });
  }

  /** L(n) and the logit of the cells. */
  logits(subject: Subject, surroundings: Surroundings, n: number): [number, number] {
    const start = this.#contexts.logit(subject, surroundings, n);
    let p = 64 * squash(start);
    this.#cellsOf(subject, surroundings.around, n).forEach(([no, yes], order) => {
      const weight = [300, 60, 45][order];
      p = Math.floor((weight * p + 2 ** 22 * yes) / (weight + no + yes));
    });
    return [start, stretch(clamp(p >> 6, 2, 65534))];
  }

  probability(subject: Subject, surroundings: Surroundings, n: number): number {
    return this.#mixture.probability(this.logits(subject, surroundings, n), n);
  }

  /** After a symbol. */
  know(subject: Subject, surprise: number): void {
    this.#contexts.know(subject, surprise);
  }

  learn(subject: Subject, surroundings: Surroundings, n: number, answer: number): void {
    this.#mixture.learn(this.logits(subject, surroundings, n), n, answer);
    for (const cell of this.#cellsOf(subject, surroundings.around, n)) {
      cell[answer]++;
      if (cell[answer] < 1023) continue;
      cell[0] >>= 1;
      cell[1] >>= 1;
      this.#coverage.halvings++;
    }
  }
}

/** "yes" and "no" by the probability of "yes". */
export function readAnswer(stream: Stream, probability: number): boolean {
  return stream.interval([0, probability, 65536]) === 0;
}

/** The z of a tile by a prior other than 0: k by row, column and channel. */
export class HyperReader {
  readonly #stream: Stream;
  readonly #tables: readonly Table[];
  readonly #signedExcess: Grid;
  readonly #surprise: Grid;
  readonly #adaptive: Adaptive;

  constructor(model: Model, stream: Stream, height: number, width: number) {
    const { hyperChannels } = model.manifest;
    this.#stream = stream;
    this.#tables = tablesOf(model);
    this.#signedExcess = grid(height, width, hyperChannels);
    this.#surprise = grid(height, width, hyperChannels);
    this.#adaptive = new Adaptive(model, stream, 'hyper');
  }

  read(y: number, x: number, channel: number, index: number): number {
    const table = this.#tables[index];
    const subject = { y, x, channel, index, table };
    const left = at(this.#signedExcess, y, x - 1, channel);
    const above = at(this.#signedExcess, y - 1, x, channel);
    const surroundings = {
      around: Math.abs(left) + Math.abs(above),
      balance: left + above,
      activity: activityAt(this.#surprise, y, x),
    };
    const k = readPath(this.#stream, table, (n) => {
      const yes = readAnswer(this.#stream, this.#adaptive.probability(subject, surroundings, n));
      this.#adaptive.learn(subject, surroundings, n, yes ? 1 : 0);
      return yes;
    });
    const { width, channels } = this.#surprise;
    const place = (y * width + x) * channels + channel;
    this.#signedExcess.data[place] = table.excess(k) * Math.sign(k);
    this.#surprise.data[place] = table.surprise(k);
    return k;
  }
}

export function activityAt(surprise: Grid, y: number, x: number): number {
  let sum = 0;
  for (let c = 0; c < surprise.channels; c++) sum += at(surprise, y, x, c);
  return shifted(sum, 8);
}
