// What `encode` does unless it is told otherwise; light enough to print a help text from.
import type { PriorKind } from '../../codec/prior/prior-kinds.ts';
import type { Tune } from '../../codec/tunes.ts';

/** The quality of `encode` where none is given. */
export const defaultQuality = 60;

/** Its prior: what it saves costs little time (docs/decisions/entropy-priors.md). */
export const defaultPrior: PriorKind = 'adaptive';

/** What it tunes for where a PSNR is no target (docs/decisions/quality-map.md). */
export const defaultTune: Tune = 'visual';
