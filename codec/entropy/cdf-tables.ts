/**
 * The frozen cumulative frequencies of the model, in the form that both directions use (FORMAT.md, "Symbols").
 *
 * Table i codes the symbols -R…R and, in its last slot, an escape. Slot s has the frequencies
 * [cdf[offset + s], cdf[offset + s + 1]) of 65536.
 */
import type { Model } from '../engine/model.ts';

export interface CdfTables {
  /** All tables one after the other, values 0 to 65536. */
  readonly cdf: Int32Array;
  /** First entry of each table in `cdf`. */
  readonly offset: Int32Array;
  /** R of each table. */
  readonly radius: Int32Array;
  /** Largest magnitude of a symbol. */
  readonly maxMagnitude: number;
}

const cache = new WeakMap<Model, CdfTables>();

/** The tables of a model that parseModel has checked. */
export function cdfTables(model: Model): CdfTables {
  const known = cache.get(model);
  if (known) return known;
  const { entropy, latentBits } = model.manifest;
  const integers = (name: string) => Int32Array.from(model.tensors.get(name) as ArrayLike<number>);
  const tables: CdfTables = {
    cdf: integers(entropy.cdf),
    offset: integers(entropy.cdfOffset),
    radius: integers(entropy.cdfRadius),
    maxMagnitude: 1 << (16 - latentBits),
  };
  cache.set(model, tables);
  return tables;
}
