/**
 * Counts of what was coded so far (FORMAT.md, "Adaptive"): they correct the probabilities that they start from.
 *
 * The answers of a node are drawn from a Beta distribution whose mean is the probability to start from; a count of yes and no
 * is its conjugate update. Three cells stand in a row, each the prior of the next: of the scale index alone, of the scale index
 * and the latents around, of the scale index and the channel.
 */
import { nodeCount } from '../entropy/decision-tables.ts';
import { classTable, maxAround } from './class-table.ts';

/** How many answers the mean of each cell is worth. */
const strengths = [300, 60, 45];
/** Where a count reaches this, both of its cell are halved. */
const maxCount = 1023;
/** Lower bounds of the classes of what is around, in sixteenths. */
const classBounds = [5, 13, 24, 40, 64, 112];
const classCount = classBounds.length + 1;
/** Class of each sum of the excess around. */
export const cellClasses = classTable(classBounds, 0, maxAround);
/** How many counts there are. */
export const cellCounts = {
  byScale: 64 * nodeCount * 2,
  byAround: 32 * classCount * nodeCount * 2,
  perChannel: 16 * nodeCount * 2,
};
/** Probabilities have 22 bits between the cells. */
const one = 2 ** 22;

export class AdaptiveCells {
  /** Pairs of counts, no and yes. */
  readonly #byScale = new Uint16Array(cellCounts.byScale);
  readonly #byAround = new Uint16Array(cellCounts.byAround);
  readonly #byChannel: Uint16Array;
  /** Cells of node 0. */
  #scaleCell = 0;
  #aroundCell = 0;
  #channelCell = 0;
  #node = 0;

  constructor(channels: number) {
    this.#byChannel = new Uint16Array(channels * cellCounts.perChannel);
  }

  /** A symbol follows, with `around` the sum of the excess of what is known of its channel beside it. */
  begin(scale: number, channel: number, around: number): void {
    this.#scaleCell = scale * nodeCount * 2;
    this.#aroundCell = ((scale >> 1) * classCount + cellClasses[around]) * nodeCount * 2;
    this.#channelCell = (channel * 16 + (scale >> 2)) * nodeCount * 2;
  }

  /** Probability of "yes" at a node, 2 to 65534, from the one to start from. */
  predict(node: number, start: number): number {
    this.#node = node;
    let probability = start * 64;
    probability = posterior(this.#byScale, this.#scaleCell + 2 * node, strengths[0], probability);
    probability = posterior(this.#byAround, this.#aroundCell + 2 * node, strengths[1], probability);
    probability = posterior(
      this.#byChannel,
      this.#channelCell + 2 * node,
      strengths[2],
      probability,
    );
    return Math.max(2, Math.min(probability >> 6, 65534));
  }

  /** The answer to the last prediction. */
  update(answer: boolean): void {
    const place = 2 * this.#node;
    count(this.#byScale, this.#scaleCell + place, answer);
    count(this.#byAround, this.#aroundCell + place, answer);
    count(this.#byChannel, this.#channelCell + place, answer);
  }
}

/** Mean of the Beta distribution of mean `probability` and weight `strength` after the counts of a cell. */
function posterior(
  counts: Uint16Array,
  cell: number,
  strength: number,
  probability: number,
): number {
  const yes = counts[cell + 1];
  return Math.floor((strength * probability + one * yes) / (strength + counts[cell] + yes));
}

function count(counts: Uint16Array, cell: number, answer: boolean): void {
  const total = ++counts[answer ? cell + 1 : cell];
  if (total < maxCount) return;
  counts[cell] >>= 1;
  counts[cell + 1] >>= 1;
}
