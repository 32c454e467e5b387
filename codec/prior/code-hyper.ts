/** Codes z by paths of decisions with adaptive probabilities, whatever the prior of y (FORMAT.md, "Priors"). */
import type { DecisionCoder } from '../entropy/decision-coder.ts';
import { type DecisionTables, excess } from '../entropy/decision-tables.ts';
import { AdaptivePrior } from './adaptive.ts';
import { codeSymbol, type Decide } from './symbol-path.ts';

/** Of one tile: `scales` of all values by row, column and channel, `width` positions a row. A reader fills `symbols`. */
export function codeHyper(
  coder: DecisionCoder,
  tables: DecisionTables,
  size: { readonly width: number; readonly channels: number },
  scales: Uint8Array,
  symbols: Int16Array,
): void {
  const { width, channels } = size;
  const rowSize = width * channels;
  const adaptive = new AdaptivePrior(tables, channels);
  const known = new Uint8Array(scales.length);
  const decide: Decide = (node, wanted) => {
    const answer = coder.decide(adaptive.predict(node), wanted);
    adaptive.update(answer);
    return answer;
  };
  for (let index = 0; index < scales.length; index++) {
    const left = index % rowSize >= channels ? known[index - channels] : 0;
    const above = index >= rowSize ? known[index - rowSize] : 0;
    const scale = scales[index];
    adaptive.begin(scale, index % channels, left + above);
    symbols[index] = codeSymbol(coder, tables, scale, symbols[index], decide);
    known[index] = excess(tables, scale, symbols[index]);
  }
}
