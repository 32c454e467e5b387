/** The path of decisions of one symbol (FORMAT.md, "Decisions"), for any probabilities and in both directions. */
import type { DecisionCoder } from '../entropy/decision-coder.ts';
import { bounds, type DecisionTables } from '../entropy/decision-tables.ts';
import { maxEscapePrefix } from '../entropy/rans.ts';
import { BitstreamError } from '../errors.ts';

/** Codes the answer at a node with its probability. */
export type Decide = (node: number, wanted: boolean) => boolean;

/** The symbol of a scale: `wanted` for a writer, any number for a reader. CORRUPT_LATENTS. */
export function codeSymbol(
  coder: DecisionCoder,
  tables: DecisionTables,
  scale: number,
  wanted: number,
  decide: Decide,
): number {
  if (!decide(0, wanted !== 0)) return 0;
  const isNegative = decide(1, wanted < 0);
  const end = tables.end[scale];
  const limit = tables.radius[scale];
  const start = tables.first[scale];
  const size = Math.abs(wanted);
  let node = 2;
  while (node < end && decide(node, size > bounds[node])) node++;
  // The bucket of magnitudes that is left, of which limit + 1 is the escape.
  const low = start + bounds[node - 1] + 1;
  const high = start + (node < end ? bounds[node] + 1 : limit + 2);
  const slot = start + Math.min(size, limit + 1);
  let magnitude = coder.choose(tables.cumulative, low, high, slot) - start;
  if (magnitude > limit) {
    magnitude = limit + codeEscape(coder, size - limit);
    if (magnitude > tables.maxMagnitude) throw corruptEscape();
  }
  return isNegative ? -magnitude : magnitude;
}

/** Exp-Golomb of order 0 for a value of at least 1. */
function codeEscape(coder: DecisionCoder, wanted: number): number {
  const wantedPrefix = 31 - Math.clz32(wanted);
  let prefix = 0;
  while (coder.uniform(1, prefix < wantedPrefix ? 0 : 1) === 0) {
    if (++prefix > maxEscapePrefix) throw corruptEscape();
  }
  return (1 << prefix) + coder.uniform(prefix, wanted - (1 << prefix));
}

/** The error of a stream that has such an escape. */
export function corruptEscape(): BitstreamError {
  return new BitstreamError('CORRUPT_LATENTS', 'The stream has an escape out of range', {
    offset: 0,
  });
}
