/** What a tile decodes to, without its stream: the job `quantizeTile` and half of `compressLatents`. */
import type { Engine } from '../engine/engine.ts';
import { fitFilters } from '../filter/fit-filters.ts';
import type { DecodedTile, FilteredArgs } from '../jobs.ts';
import { tileQuality } from './quality-map.ts';
import { quantizeLatents, type SymbolSink } from './quantize-latents.ts';

/** What a tile decodes to, as `decompressLatents` gives them; `latents` is not changed. */
export function quantizeTile(engine: Engine, args: FilteredArgs, sink?: SymbolSink): DecodedTile {
  const latents = quantizeLatents(engine, args, sink);
  const { original, q16, deltas } = args;
  const quality = tileQuality(q16, deltas, latents);
  const { synthesis } = engine.model.manifest.networks;
  const synthesize = () => engine.run(synthesis, { input: latents }, quality);
  const filters = args.filters ?? fitFilters(engine, original, q16, synthesize);
  return { latents, deltas, filters };
}
