// The range coder of the plain decoder and its symbols, written from FORMAT.md 3.1, 3.2 and 3.4 alone.
import type { Model } from '../../codec/engine/model.ts';

/** What the decoding of a file met, so that a test can see that it covers the format. */
export interface Coverage {
  tiles: number;
  coded: number;
  skipped: number;
  escapes: number;
  /** Magnitudes that a prior reads among several. */
  buckets: number;
  /** Counts of a prior that grew to their limit. */
  halvings: number;
  /** Symbols after which a sum of links was as large as it can get. */
  fullLinks: number;
  /** Tiles with places of another quality. */
  mapped: number;
  /** Parts with a filter. */
  filtered: number;
}

export const refuse = (reason: string): never => {
  throw new Error(reason);
};

export class Stream {
  #state: number;
  #next = 4;
  readonly #bytes: Uint8Array;
  readonly #model: Model;
  readonly coverage: Coverage;

  constructor(model: Model, bytes: Uint8Array, coverage: Coverage) {
    this.#model = model;
    this.#bytes = bytes;
    this.coverage = coverage;
    if (bytes.length < 4) refuse('short stream');
    this.#state = bytes.subarray(0, 4).reduce((state, byte) => state * 256 + byte, 0);
    if (this.#state < 2 ** 23 || this.#state >= 2 ** 31) refuse('first state');
  }

  #take(start: number, frequency: number): void {
    const low = this.#state % 65536;
    this.#state = frequency * Math.floor(this.#state / 65536) + low - start;
    while (this.#state < 2 ** 23) {
      if (this.#next === this.#bytes.length) refuse('end of stream');
      this.#state = this.#state * 256 + this.#bytes[this.#next++];
    }
  }

  uniform(n: number): number {
    const v = Math.floor((this.#state % 65536) / 2 ** (16 - n));
    this.#take(v * 2 ** (16 - n), 2 ** (16 - n));
    return v;
  }

  skip(): number {
    this.coverage.skipped++;
    return 0;
  }

  symbol(scale: number): number {
    const { entropy } = this.#model.manifest;
    const tensor = (name: string) => this.#model.tensors.get(name) as ArrayLike<number>;
    const c = tensor(entropy.cdf);
    const first = tensor(entropy.cdfOffset)[scale];
    const radius = tensor(entropy.cdfRadius)[scale];
    const ends = Array.from({ length: 2 * radius + 3 }, (_, slot) => c[first + slot]);
    const slot = this.interval(ends);
    this.coverage.coded++;
    if (slot <= 2 * radius) return slot - radius;
    const negative = this.uniform(1) === 1;
    const magnitude = this.escape(radius);
    return negative ? -magnitude : magnitude;
  }

  /** Which of the intervals between ascending ends. */
  interval(ends: readonly number[]): number {
    const low = this.#state % 65536;
    let slot = 0;
    while (ends[slot + 1] <= low) slot++;
    this.#take(ends[slot], ends[slot + 1] - ends[slot]);
    return slot;
  }

  /** A magnitude above the radius. */
  escape(radius: number): number {
    this.coverage.escapes++;
    let n = 0;
    while (this.uniform(1) === 0) n++;
    if (n > 15) refuse('escape');
    const magnitude = radius + 2 ** n + this.uniform(n);
    if (magnitude > 2 ** (16 - this.#model.manifest.latentBits)) refuse('escape');
    return magnitude;
  }

  // FORMAT.md 3.4
  end(): number {
    const high = this.uniform(9);
    if (this.#next !== this.#bytes.length) refuse('bytes left');
    if (this.#state >= 2 ** 24) refuse('last state');
    return high * 2 ** 23 + this.#state - 2 ** 23;
  }
}
