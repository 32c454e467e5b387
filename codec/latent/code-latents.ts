/** y to y_hat and its code: the job `codeLatents` (FORMAT.md, "Order"). */
import type { Engine } from '../engine/engine.ts';
import { cdfTables } from '../entropy/cdf-tables.ts';
import { DecisionWriter } from '../entropy/decision-writer.ts';
import { RansEncoder } from '../entropy/rans-encoder.ts';
import type { CodeArgs, CodedLatents } from '../jobs.ts';
import { codeHyper } from '../prior/code-hyper.ts';
import { stepCoder } from '../prior/prior-coder.ts';
import { writeDeltas } from './code-deltas.ts';
import { tileQuality } from './quality-map.ts';
import { quantizeLatents } from './quantize-latents.ts';

/** `latents` is not changed. */
export function codeLatents(engine: Engine, args: CodeArgs): CodedLatents {
  const { q16, deltas, prior } = args;
  const { model } = engine;
  const { skipBelow } = model.manifest.entropy;
  const { width, height } = args.latents;
  const quality = tileQuality(q16, deltas, args.latents);
  const encoder = new RansEncoder(cdfTables(model));
  writeDeltas(encoder, deltas);
  const writer = new DecisionWriter();
  const coder = prior !== 'base' && stepCoder(writer, engine, prior, { width, height, quality });
  const latents = quantizeLatents(engine, args, {
    putHyper(hyper, { scales }, symbols) {
      if (coder) codeHyper(writer, engine, hyper, scales, symbols);
      else encoder.push(scales, symbols);
    },
    putStep(step, parameters, symbols) {
      if (coder) coder.codeStep(step, parameters, symbols);
      else encoder.push(parameters.scales, symbols, skipBelow);
    },
  });
  encoder.pushIntervals(writer.intervals);
  return { latents, runs: encoder.runs };
}
