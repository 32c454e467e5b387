/** Codes z by paths of decisions with the prior `adaptive`, whatever the prior of y (FORMAT.md, "Priors"). */
import type { Engine } from '../engine/engine.ts';
import type { Model } from '../engine/model.ts';
import type { DecisionCoder } from '../entropy/decision-coder.ts';
import type { DecisionReader } from '../entropy/decision-reader.ts';
import { decisionTables, excess, surprise } from '../entropy/decision-tables.ts';
import type { DecisionWriter } from '../entropy/decision-writer.ts';
import { AdaptivePrior } from './adaptive.ts';
import { AdaptiveKernel } from './adaptive-kernel.ts';
import { codeSymbol, type Decide } from './symbol-path.ts';

/** Of one tile: `scales` of all values by row, column and channel, `size` that of z. A reader fills `symbols`. CORRUPT_LATENTS. */
export function codeHyper(
  coder: DecisionReader | DecisionWriter,
  engine: Engine,
  size: { readonly height: number; readonly width: number },
  scales: Uint8Array,
  symbols: Int16Array,
): void {
  if (engine.backend === 'simd') {
    new AdaptiveKernel(coder, engine, 'hyper', size).codeHyper(scales, symbols);
  } else {
    codeEach(coder, engine.model, size.width, scales, symbols);
  }
}

function codeEach(
  coder: DecisionCoder,
  model: Model,
  width: number,
  scales: Uint8Array,
  symbols: Int16Array,
): void {
  const { hyperChannels: channels, entropy } = model.manifest;
  const tables = decisionTables(model);
  const rowSize = width * channels;
  const adaptive = new AdaptivePrior(model, entropy.contexts.hyper, channels);
  /** Excess with the sign of the symbol. */
  const known = new Int8Array(scales.length);
  let surprised = 0;
  const decide: Decide = (node, wanted) => {
    const answer = coder.decide(adaptive.predict(node), wanted);
    adaptive.update(answer);
    return answer;
  };
  for (let index = 0; index < scales.length; index++) {
    const channel = index % channels;
    if (channel === 0) surprised = 0;
    const left = index % rowSize >= channels ? known[index - channels] : 0;
    const above = index >= rowSize ? known[index - rowSize] : 0;
    const scale = scales[index];
    adaptive.begin(scale, channel, {
      around: Math.abs(left) + Math.abs(above),
      balance: left + above,
      activity: surprised >> 8,
      linked: 0,
    });
    const symbol = codeSymbol(coder, tables, scale, symbols[index], decide);
    const size = excess(tables, scale, symbol);
    symbols[index] = symbol;
    known[index] = symbol < 0 ? -size : size;
    surprised += surprise(tables, scale, symbol);
  }
}
