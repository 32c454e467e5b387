/**
 * The frozen tables of the model as paths of binary decisions (FORMAT.md, "Decisions").
 *
 * Node 0 asks whether a symbol is not zero, node 1 whether it is negative, node n >= 2 whether its magnitude is above
 * bounds[n]. The first "no" from node 2 on, or the end of a table, leaves a bucket of magnitudes, whose last member in the last
 * bucket is the escape.
 */
import type { Model } from '../engine/model.ts';
import { cdfTables } from './cdf-tables.ts';
import { stretch } from './logistic.ts';

/** Largest magnitude of the answer "no"; node 1 asks for the sign. */
export const bounds = [0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512];
export const nodeCount = bounds.length;
const scaleCount = 64;
/** Excess of a symbol: its magnitude in sixteenths of what its table expects, at most this. */
export const maxExcess = 127;

export interface DecisionTables {
  /** `[scale * nodeCount + node]`: probability of "yes", 1 to 65535. */
  readonly probability: Uint16Array;
  /** The same as logits. */
  readonly logit: Int16Array;
  /** Per scale: the first node that its table does not have. */
  readonly end: Uint8Array;
  /** R of each scale. */
  readonly radius: Int32Array;
  /** Per scale: cumulative frequencies of the magnitudes, `cumulative[first[scale] + m]` that of all below m, m up to R + 2. */
  readonly cumulative: Int32Array;
  readonly first: Int32Array;
  /** Per scale: what a magnitude is multiplied with for its excess, in 16ths. */
  readonly excessFactor: Int32Array;
  /** Largest magnitude of a symbol. */
  readonly maxMagnitude: number;
}

const cache = new WeakMap<Model, DecisionTables>();

export function decisionTables(model: Model): DecisionTables {
  const known = cache.get(model);
  if (known) return known;
  const { cdf, offset, radius, maxMagnitude } = cdfTables(model);
  const probability = new Uint16Array(scaleCount * nodeCount);
  const logit = new Int16Array(scaleCount * nodeCount);
  const end = new Uint8Array(scaleCount);
  const first = new Int32Array(scaleCount);
  const excessFactor = new Int32Array(scaleCount);
  const cumulative: number[] = [];
  for (let scale = 0; scale < scaleCount; scale++) {
    const start = cumulative.length;
    first[scale] = start;
    const limit = radius[scale];
    const frequency = (slot: number) => cdf[offset[scale] + slot + 1] - cdf[offset[scale] + slot];
    let below = 0;
    let moment = 0;
    for (let magnitude = 0; magnitude <= limit; magnitude++) {
      cumulative.push(below);
      const both =
        frequency(limit + magnitude) + (magnitude > 0 ? frequency(limit - magnitude) : 0);
      below += both;
      moment += magnitude * both;
    }
    cumulative.push(below, 65536);
    excessFactor[scale] = Math.floor(2 ** 24 / (moment + limit * (65536 - below) + 16384));
    const share = (part: number, whole: number) =>
      Math.max(1, Math.min(Math.floor((part * 65536) / whole), 65535));
    const setNode = (node: number, value: number) => {
      probability[scale * nodeCount + node] = value;
      logit[scale * nodeCount + node] = stretch(value);
    };
    const above = (magnitude: number) => 65536 - cumulative[start + magnitude + 1];
    setNode(0, share(above(0), 65536));
    setNode(1, 32768);
    let node = 2;
    for (; node < nodeCount && bounds[node] < limit; node++) {
      setNode(node, share(above(bounds[node]), above(bounds[node - 1])));
    }
    end[scale] = node;
  }
  const tables = {
    probability,
    logit,
    end,
    radius,
    cumulative: Int32Array.from(cumulative),
    first,
    excessFactor,
    maxMagnitude,
  };
  cache.set(model, tables);
  return tables;
}

/** The magnitude of a symbol against what its table expects. */
export function excess(tables: DecisionTables, scale: number, symbol: number): number {
  return Math.min((Math.abs(symbol) * tables.excessFactor[scale]) >> 4, maxExcess);
}

/** Whether a symbol is not zero, less the probability of that in its table, with 12 fraction bits. */
export function surprise(tables: DecisionTables, scale: number, symbol: number): number {
  return (symbol === 0 ? 0 : 4096) - (tables.probability[scale * nodeCount] >> 4);
}
