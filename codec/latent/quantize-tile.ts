/** What a tile decodes to, without its stream: the job `quantizeTile` and half of `compressLatents`. */
import type { Engine } from '../engine/engine.ts';
import { fitFilters } from '../filter/fit-filters.ts';
import type { DecodedTile, FilteredArgs } from '../jobs.ts';
import { quantizeLatents, type SymbolSink } from './quantize-latents.ts';

/** y_hat of a tile and the filters for it, as `decompressLatents` gives them; `latents` is not changed. */
export function quantizeTile(engine: Engine, args: FilteredArgs, sink?: SymbolSink): DecodedTile {
  const latents = quantizeLatents(engine, args, sink);
  const { original, q16 } = args;
  return { latents, filters: args.filters ?? fitFilters(engine, latents, original, q16) };
}
