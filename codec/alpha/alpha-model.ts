/** What encoder and decoder of alpha share: neighbors, contexts and adaptive bits (FORMAT.md, "Alpha"). */

/** Bits of a probability. */
export const probabilityBits = 16;
const half = 1 << (probabilityBits - 1);
const fastShift = 4;
const slowShift = 7;

const sameLeftContexts = 32 * 9;
const sameAboveContexts = 8 * 9;
const residualContexts = 4 * 256;
/** Contexts of the bits "same as left", "same as above" and of the residual's tree, one after the other. */
export const firstSameAbove = sameLeftContexts;
export const firstResidual = sameLeftContexts + sameAboveContexts;
export const contextCount = firstResidual + residualContexts;

/** Adaptive probabilities of a 0 in 1/65536: the mean of one that learns fast and one that learns slowly. */
export class AdaptiveBits {
  readonly #fast = new Uint16Array(contextCount).fill(half);
  readonly #slow = new Uint16Array(contextCount).fill(half);

  /** 1 to 65535. */
  probabilityOf(context: number): number {
    return (this.#fast[context] + this.#slow[context]) >>> 1;
  }

  update(context: number, bit: number): void {
    if (bit === 0) {
      this.#fast[context] += (65536 - this.#fast[context]) >> fastShift;
      this.#slow[context] += (65536 - this.#slow[context]) >> slowShift;
    } else {
      this.#fast[context] -= this.#fast[context] >> fastShift;
      this.#slow[context] -= this.#slow[context] >> slowShift;
    }
  }
}

/** The decoded neighbors of a sample and what follows from them. */
export class Neighborhood {
  left = 0;
  above = 0;
  sameLeft = 0;
  sameAbove = 0;
  residual = 0;
  prediction = 0;
  readonly #alpha: Uint8Array;
  readonly #width: number;

  constructor(alpha: Uint8Array, width: number) {
    this.#alpha = alpha;
    this.#width = width;
  }

  /** Looks at the samples before column `x` of row `y`. */
  moveTo(x: number, y: number): void {
    const alpha = this.#alpha;
    const width = this.#width;
    const at = y * width + x;
    const n = y > 0 ? alpha[at - width] : x > 0 ? alpha[at - 1] : 255;
    const w = x > 0 ? alpha[at - 1] : n;
    const nw = x > 0 && y > 0 ? alpha[at - width - 1] : n;
    const ne = y > 0 && x + 1 < width ? alpha[at - width + 1] : n;
    const nn = y > 1 ? alpha[at - 2 * width] : n;
    const ww = x > 1 ? alpha[at - 2] : w;
    this.left = w;
    this.above = n;
    const classes = kindOf(w) * 3 + kindOf(n);
    const toLeft =
      Number(n === w) +
      2 * Number(nw === w) +
      4 * Number(ne === w) +
      8 * Number(nn === w) +
      16 * Number(ww === w);
    this.sameLeft = toLeft * 9 + classes;
    const toAbove = Number(nw === n) + 2 * Number(ne === n) + 4 * Number(nn === n);
    this.sameAbove = firstSameAbove + toAbove * 9 + classes;
    const slope = Math.abs(n - nw) + Math.abs(w - nw);
    const bucket = slope === 0 ? 0 : slope < 16 ? 1 : slope < 64 ? 2 : 3;
    this.residual = firstResidual + bucket * 256;
    this.prediction = Math.max(Math.min(w, n), Math.min(w + n - nw, Math.max(w, n)));
  }
}

function kindOf(value: number): number {
  return value === 0 ? 0 : value === 255 ? 1 : 2;
}

/** The one value of all samples; undefined where there are several. */
export function constantOf(alpha: Uint8Array): number | undefined {
  const [first] = alpha;
  for (let index = 1; index < alpha.length; index++) {
    if (alpha[index] !== first) return undefined;
  }
  return first;
}

/** Smallest range between bits. */
export const minRange = 2 ** 24;
export const checksumBytes = 4;
/** Bytes of a payload that says one value for all samples. */
export const constantPayloadBytes = 1 + checksumBytes;
