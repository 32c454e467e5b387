/**
 * Chooses the weights of a tile's filter: those that save the most bits, by the model's lambda, after what they cost themselves.
 *
 * The squared error of filtered samples is a quadratic form of the weights, from sums of products of features over some of the
 * tile's pixels: all of them integers below 2^53, so that every machine finds the same.
 */
import type { Engine, Tensor } from '../engine/engine.ts';
import {
  featureCount,
  filterMargin,
  type Moments,
  type PixelPlanes,
  pixelPlanes,
  type SampleSteps,
} from '../engine/pixel-filter.ts';
import { cdfTables } from '../entropy/cdf-tables.ts';
import { symbolBits } from '../entropy/symbol-bits.ts';
import type { TileOriginal } from '../jobs.ts';
import { lambdaOf } from '../latent/lambda.ts';
import { chooseWeights, type QuadraticForm } from './choose-weights.ts';
import { coefficientCount, filterBases, filterCount, weightScales } from './filter-tables.ts';

/** Pixels that are enough, about: a weight is worth a few bits. */
const enoughSamples = 43_000;
/** Steps between them; those of rows are odd, so that they meet every row of a block. */
const sampleSteps: readonly SampleSteps[] = [
  ...[
    { rowStep: 1, groupStep: 1 },
    { rowStep: 3, groupStep: 1 },
    { rowStep: 3, groupStep: 2 },
  ],
  ...[
    { rowStep: 5, groupStep: 2 },
    { rowStep: 5, groupStep: 3 },
    { rowStep: 7, groupStep: 4 },
  ],
];
/** Fraction bits of the bases. */
const baseBits = 16;

/** Weights of a tile from its y_hat, all 0 where a filter does not pay; none for a model without a filter. */
export function fitFilter(
  engine: Engine,
  latents: Tensor,
  original: TileOriginal,
  q16: number,
): Int16Array {
  const { model } = engine;
  const { manifest } = model;
  const none = new Int16Array(filterCount(model));
  const lambda = lambdaOf(manifest, q16);
  const { area } = original;
  if (none.length === 0 || lambda === undefined || area.width < 1 || area.height < 1) return none;
  const output = engine.run(manifest.networks.synthesis, { input: latents }, q16);
  const planes = pixelPlanes(output, area, manifest.outputShift);
  const pixels = area.width * area.height;
  const steps =
    sampleSteps.find(({ rowStep, groupStep }) => pixels <= enoughSamples * rowStep * groupStep) ??
    sampleSteps[sampleSteps.length - 1];
  const moments = engine.gatherMoments(planes, lacksOf(planes, original), steps);
  if (moments.samples === 0) return none;
  const form = inBases(moments, filterBases(model), none.length);
  /** Bits that a unit of squared error is worth, of the tile's pixels that each sample stands for. */
  const price =
    ((lambda / 3) * original.width * original.height) /
    (moments.samples * 4 ** manifest.outputShift);
  const scales = weightScales(model, q16);
  const prices = symbolBits(model);
  const bitsOf = (base: number, weight: number) => prices.of(scales[base], weight);
  return chooseWeights(form, price, cdfTables(model).maxMagnitude, bitsOf);
}

/** What the samples of the area lack, `[3][height][width]`, in their unit. */
function lacksOf(planes: PixelPlanes, { pixels, width, channels, area }: TileOriginal): Int16Array {
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

/** The change of the squared error by the weights. */
function inBases({ products, lacks }: Moments, bases: Int16Array, count: number): QuadraticForm {
  const matrix = new Float64Array(count ** 2);
  const vector = new Float64Array(count);
  const unit = 2 ** -baseBits;
  const product = (first: number, second: number) =>
    products[Math.min(first, second) * featureCount + Math.max(first, second)];
  const image = new Float64Array(coefficientCount);
  for (let base = 0; base < count; base++) {
    const own = base * coefficientCount;
    for (let color = 0; color < 3; color++) {
      const start = color * featureCount;
      for (let first = 0; first < featureCount; first++) {
        let sum = 0;
        for (let second = 0; second < featureCount; second++) {
          sum += product(first, second) * bases[own + start + second];
        }
        image[start + first] = sum * unit;
        vector[base] += lacks[start + first] * bases[own + start + first] * unit;
      }
    }
    for (let other = 0; other <= base; other++) {
      let sum = 0;
      for (let index = 0; index < coefficientCount; index++) {
        sum += image[index] * bases[other * coefficientCount + index];
      }
      matrix[base * count + other] = sum * unit;
      matrix[other * count + base] = sum * unit;
    }
  }
  return { matrix, vector };
}
