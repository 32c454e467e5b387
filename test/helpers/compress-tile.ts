/** A tile to its payload on one engine: what `PictureAnalysis` does in jobs. */

import { fitFilters } from '../../codec/filter/fit-filters.ts';
import { type Engine, runJob } from '../../codec/index.ts';
import type { CodeArgs, TileFilter, TileOriginal } from '../../codec/jobs.ts';
import { tileQuality } from '../../codec/latent/quality-map.ts';

export interface TileArgs extends CodeArgs {
  readonly original: TileOriginal;
  /** Those to take instead of fitting some. */
  readonly filters?: readonly TileFilter[];
  readonly checksumSeed: number;
}

export function compressTile(engine: Engine, args: TileArgs): Uint8Array {
  const { q16, deltas, original, checksumSeed } = args;
  const coded = runJob(engine, 'codeLatents', args);
  const synthesize = () => {
    const { synthesis } = engine.model.manifest.networks;
    const quality = tileQuality(q16, deltas, coded.latents);
    return engine.run(synthesis, { input: coded.latents }, quality);
  };
  const filters = args.filters ?? fitFilters(engine, original, q16, synthesize);
  return runJob(engine, 'writeTile', { ...coded, deltas, filters, q16, checksumSeed });
}
