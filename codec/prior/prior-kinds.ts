/** The entropy priors that a file can be coded with (FORMAT.md, "Priors"). */
import type { AuxiliaryKind } from '../engine/auxiliary-kinds.ts';

/** In the order of the header field. */
export const priorKinds = ['base', 'adaptive', 'lstm', 'rbm', 'mix'] as const;
export type PriorKind = (typeof priorKinds)[number];

/** The auxiliary models that a prior needs, in the order of the hash in the header. */
export const auxiliariesOfPrior: Readonly<Record<PriorKind, readonly AuxiliaryKind[]>> = {
  base: [],
  adaptive: [],
  lstm: ['lstm'],
  rbm: ['rbm'],
  mix: ['lstm', 'rbm'],
};
