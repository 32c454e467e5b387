/**
 * Searches for symbols of a tile that cost fewer bits for the same picture, or show a better one for the same bits: the job
 * `searchLatents`. The decoder does not know of it.
 *
 * Rounding each latent to the nearest symbol is not the best choice: the synthesis is no orthogonal transform, and a symbol has
 * its price. Each round decodes what is there, with filters that are fitted anew in some of them, takes the gradient of the squared
 * error back to the latents, and moves symbols by one where
 *
 *     gradient * move + moveBits + bits(symbol + move) - bits(symbol) < 0,
 *
 * all in bits, errors by the model's lambda. Moves that are made at once do not add up to what each of them promises, so that only
 * half of the symbols may move in a round after the first. What the last round leaves is coded with the filters that were fitted
 * before its moves: to look at it again would hardly ever change anything, and to fit them once more gains less than another round.
 * What was tried: docs/decisions/symbol-search.md.
 */
import type { Engine, Quality, Tensor } from '../engine/engine.ts';
import { symbolBits } from '../entropy/symbol-bits.ts';
import { InvalidArgumentError } from '../errors.ts';
import { movedFilters } from '../filter/filter-tiles.ts';
import { fitFilters } from '../filter/fit-filters.ts';
import type { SearchArgs, SearchState } from '../jobs.ts';
import { copyRectangle, cropTensor } from './crop-tensor.ts';
import { errorGradient, synthesisGradient, synthesizeTile } from './error-gradient.ts';
import { lambdaOf } from './lambda.ts';
import { TileSymbols } from './move-symbols.ts';
import { blockPixels, packPixels } from './pixel-blocks.ts';
import { gainLatents, quantizeLatents } from './quantize-latents.ts';
import { latentPixels } from './tile-grid.ts';

/**
 * What the error costs more for a move by one, beside what its gradient says. By high-rate theory 6/ln 2 = 8.66 bits where a step
 * has its best size and moves add up; less finds more, more does without rounds to put right what moves do together. So it rises
 * towards the last round, over about half of a long search.
 */
function moveBits(q16: number, round: number, rounds: number): number {
  const shift = q16 / 16 / 80;
  const rise = rounds > 12 ? 6 / rounds : 0.75;
  return Math.max(9.25 - shift, 11.5 + shift - rise * (rounds - 1 - round));
}

/** One round. INVALID_ARGUMENT where the model does not allow for a search. */
export function searchLatents(engine: Engine, args: SearchArgs): SearchState {
  const { core, q16, deltas, quality, round, rounds, state } = args;
  const { model } = engine;
  const { latentBits, entropy } = model.manifest;
  const lambda = lambdaOf(model.manifest, q16);
  const network = synthesisGradient(model);
  if (lambda === undefined || network === undefined) {
    throw new InvalidArgumentError(
      'INVALID_ARGUMENT',
      `The model ${model.manifest.name} holds too little to search with: effort must be 0`,
    );
  }
  const gained = gainLatents(engine, args.latents, quality);
  const latents = state?.latents ?? cropTensor(gained, core);
  const symbols = new TileSymbols(entropy.skipBelow);
  const decoded = quantizeLatents(engine, { latents, refined: true, q16, deltas }, symbols);
  // Around the tile, about what the tiles there will hold.
  const around = roundToSteps(gained, latentBits);
  copyRectangle(decoded, { ...core, x: 0, y: 0 }, around, core.x, core.y);
  const tile = synthesizeTile(engine, network, { ...args, latents: around });
  const filters =
    state && !isFitting(round, rounds)
      ? state.filters
      : fitFilters(engine, args.original, q16, () => tile.output);
  const original = {
    ...args,
    samples: samplesOf(engine, args),
    weightAt: errorWeights(quality, (at) => (lambdaOf(model.manifest, at) as number) / lambda),
  };
  const gradient = errorGradient(engine, network, tile, original, movedFilters(filters, core));
  const moved = { ...latents, data: latents.data.slice() };
  symbols.move(
    moved.data,
    decoded.data,
    1 << latentBits,
    {
      symbolBits: symbolBits(model),
      gradient,
      // Lambda is that of the mean of three channels.
      errorPrice: lambda / 3,
      moveBits: moveBits(q16, round, rounds),
    },
    round,
  );
  return { latents: moved, filters };
}

/** Whether filters are fitted anew: often at first, when they change most, and last for the file. */
function isFitting(round: number, rounds: number): boolean {
  return (round & (round - 1)) === 0 || round === rounds - 1;
}

/** What errors count by the quality of their place. */
function errorWeights(
  quality: Quality,
  weightOf: (q16: number) => number,
): (x: number, y: number) => number {
  if (typeof quality === 'number') return () => 1;
  const weights = Float64Array.from(quality.data, weightOf);
  return (x, y) => weights[y * quality.width + x];
}

/** Multiples of 2^bits. */
function roundToSteps(tensor: Tensor, bits: number): Tensor {
  const half = 1 << (bits - 1);
  return { ...tensor, data: tensor.data.map((value) => ((value + half) >> bits) << bits) };
}

/** The region's pixels as the synthesis would give them. */
function samplesOf(engine: Engine, { pixels, latents, channels }: SearchArgs): Tensor {
  const width = latents.width * latentPixels;
  const height = latents.height * latentPixels;
  const { outputShift } = engine.model.manifest;
  return {
    width: width / blockPixels,
    height: height / blockPixels,
    channels: 3 * blockPixels ** 2,
    data: packPixels(pixels, width, height, channels, outputShift),
  };
}
