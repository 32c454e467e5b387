/**
 * Chooses the filters of a tile: those that save the most bits, by what the model spends on an error, after what they cost themselves.
 *
 * Sums of products of features of the pixels, integers below 2^53, say what any weights do to the squared error. Those of a part are
 * the sums of those of its own parts, so that whether to split it is decided from the smallest up. All of it is plain arithmetic in
 * a fixed order, so that every machine finds the same.
 */
import type { Engine, Tensor } from '../engine/engine.ts';
import type { Model } from '../engine/model.ts';
import {
  filterMargin,
  momentShift,
  type PixelPlanes,
  pixelPlanes,
} from '../engine/pixel-filter.ts';
import { cdfTables } from '../entropy/cdf-tables.ts';
import { symbolBits } from '../entropy/symbol-bits.ts';
import type { ChooseArgs, GatherArgs, Rectangle, TileFilter, TileOriginal } from '../jobs.ts';
import { lambdaOf } from '../latent/lambda.ts';
import { intersection } from '../latent/plan-regions.ts';
import { inPixels } from '../latent/tile-grid.ts';
import { chooseWeights } from './choose-weights.ts';
import { partsOf, smallestParts } from './filter-parts.ts';
import { filterCount, isFiltered, realBases, weightScales } from './filter-tables.ts';
import { emptyForm, formOf, type QuadraticForm, sumOfForms } from './quadratic-form.ts';

/**
 * Lambdas that an error is worth: the model's own loss counts structural similarity too, so that squared error alone falls by less
 * for a bit, all along its curve (docs/decisions/picture-filter.md).
 */
const errorWorth = 3 / 2;

/** The filters of a part of a tile. */
interface FittedPart {
  readonly form: QuadraticForm;
  readonly filters: readonly TileFilter[];
  /** What the filters and the bits that say where they are cost, in bits, less what the error without them does. */
  readonly cost: number;
}

/** Whether tiles can be fitted with filters of this model. */
export function hasFilters(model: Model, q16: number): boolean {
  return filterCount(model) > 0 && lambdaOf(model.manifest, q16) !== undefined;
}

/**
 * The filters of a tile, in the order of its stream; none for a model without, of which nothing is synthesized.
 * `synthesize` gives what the synthesis gives for y_hat of the tile alone.
 */
export function fitFilters(
  engine: Engine,
  original: TileOriginal,
  q16: number,
  synthesize: () => Tensor,
): readonly TileFilter[] {
  if (!hasFilters(engine.model, q16)) return [];
  const output = synthesize();
  const tile = { x: 0, y: 0, width: output.width / 2, height: output.height / 2 };
  const { width: insideWidth, height: insideHeight } = original;
  const forms = formsOf(engine, output, original, smallestParts(tile));
  return chooseFilters(engine, { ...tile, forms, insideWidth, insideHeight, q16 });
}

/** The job `gatherForms`: of the parts of a region, which has as much around them as makes their samples exact. */
export function gatherForms(
  engine: Engine,
  { latents, quality, original, parts }: GatherArgs,
): QuadraticForm[] {
  const { synthesis } = engine.model.manifest.networks;
  const output = engine.run(synthesis, { input: latents }, quality);
  return formsOf(engine, output, original, parts);
}

/** The job `chooseFilters`, where `hasFilters`. */
export function chooseFilters(
  { model }: Engine,
  { forms, width, height, insideWidth, insideHeight, q16 }: ChooseArgs,
): readonly TileFilter[] {
  const { outputShift } = model.manifest;
  const lambda = lambdaOf(model.manifest, q16) as number;
  const scales = weightScales(model, q16);
  const prices = symbolBits(model);
  const limit = cdfTables(model).maxMagnitude;
  const bitsOf = (base: number, weight: number) => prices.of(scales[base], weight);
  /** Bits that a unit of squared error is worth. */
  const errorPrice = (errorWorth * lambda) / 3 / 4 ** (outputShift - momentShift(outputShift));
  const inside = { x: 0, y: 0, width: insideWidth, height: insideHeight };
  let next = 0;

  const fitPart = (area: Rectangle): FittedPart => {
    const parts = partsOf(area).map(fitPart);
    const isWhole = parts.length === 0;
    const form = isWhole ? forms[next++] : sumOfForms(parts.map((part) => part.form));
    const shown = intersection(inPixels(area), inside);
    const own = chooseWeights(
      form,
      form.samples && (errorPrice * shown.width * shown.height) / form.samples,
      limit,
      bitsOf,
    );
    const costApart = parts.reduce((sum, { cost }) => sum + cost, 0);
    if (!isWhole && costApart < 1 + own.cost) {
      return { form, filters: parts.flatMap(({ filters }) => filters), cost: 1 + costApart };
    }
    const filters = isFiltered(own.weights) ? [{ area, weights: own.weights }] : [];
    return { form, filters, cost: own.cost + (isWhole ? 1 : 2) };
  };

  return fitPart({ x: 0, y: 0, width, height }).filters;
}

/** Of parts, in latent positions, of what the synthesis gave for the pixels of `original`. */
function formsOf(
  engine: Engine,
  output: Tensor,
  original: TileOriginal,
  parts: readonly Rectangle[],
): QuadraticForm[] {
  const { model } = engine;
  const bases = realBases(model);
  return parts.map((part) => {
    const fitted = intersection(inPixels(part), original.area);
    if (fitted.width < 1 || fitted.height < 1) return emptyForm(filterCount(model));
    const planes = pixelPlanes(output, fitted, model.manifest.outputShift);
    const moments = engine.gatherMoments(planes, lacksOf(planes, original, fitted));
    return formOf(engine, moments, bases);
  });
}

/** What the samples of an area, in pixels, lack, `[3][height][width]`, in their unit. */
function lacksOf(
  planes: PixelPlanes,
  { pixels, width, channels }: TileOriginal,
  area: Rectangle,
): Int16Array {
  const lacks = new Int16Array(3 * area.width * area.height);
  let next = 0;
  for (let color = 0; color < 3; color++) {
    const plane = color * planes.planeSize;
    const channel = channels === 3 ? color : 0;
    for (let row = 0; row < area.height; row++) {
      const place = plane + (row + filterMargin) * planes.stride + filterMargin;
      const pixel = ((area.y + row) * width + area.x) * channels + channel;
      for (let column = 0; column < area.width; column++) {
        const sample = (pixels[pixel + column * channels] - 128) << planes.outputShift;
        lacks[next++] = sample - planes.data[place + column];
      }
    }
  }
  return lacks;
}
