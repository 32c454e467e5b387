/** The base filters of a model, and the weights that a tile gives them (FORMAT.md, "Filter"). */
import type { Model } from '../engine/model.ts';
import { coefficientBits, featureCount } from '../engine/pixel-filter.ts';
import { nearestRowStart } from '../engine/quality.ts';

/** Fraction bits of bases, and how many of them coefficients lack. */
const baseBits = 16;
const extraBits = baseBits - coefficientBits;
/** Coefficients of a filter. */
export const coefficientCount = 3 * featureCount;

/** How many base filters a model has, 0 for one without. */
export function filterCount({ manifest, tensors }: Model): number {
  if (!manifest.filter) return 0;
  return (tensors.get(manifest.filter.bases) as Int16Array).length / coefficientCount;
}

/** `[filterCount][3][118]`, of a model with a filter. */
export function filterBases({ manifest, tensors }: Model): Int16Array {
  return tensors.get(manifest.filter?.bases as string) as Int16Array;
}

/** The same in real numbers. */
export function realBases(model: Model): Float64Array {
  const real = new Float64Array(filterBases(model));
  for (let index = 0; index < real.length; index++) real[index] /= 2 ** baseBits;
  return real;
}

/** Index of the table that each weight is coded with, of a model with a filter. */
export function weightScales({ manifest, tensors }: Model, q16: number): Uint8Array {
  const table = tensors.get(manifest.filter?.scaleIndex as string) as Uint8Array;
  const count = table.length / manifest.qualityLevels;
  const start = nearestRowStart(count, q16);
  return table.slice(start, start + count);
}

/** Whether weights, of a model with or without a filter, change any pixel. */
export function isFiltered(weights: Int16Array): boolean {
  return weights.some((weight) => weight !== 0);
}

/** The coefficients `[3][118]` that weights stand for. */
export function filterCoefficients(model: Model, weights: Int16Array): Int16Array {
  const bases = filterBases(model);
  const coefficients = new Int16Array(coefficientCount);
  for (let index = 0; index < coefficientCount; index++) {
    let sum = 1 << (extraBits - 1);
    for (let base = 0; base < weights.length; base++) {
      sum += weights[base] * bases[base * coefficientCount + index];
    }
    coefficients[index] = Math.max(-32768, Math.min((sum | 0) >> extraBits, 32767));
  }
  return coefficients;
}
