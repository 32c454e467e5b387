/** How far the synthesis of a tile is from its picture, and which way the latents would have to go. */
import type { Engine, Tensor } from '../engine/engine.ts';
import { type GradientNetwork, gradientNetwork } from '../engine/gradient-network.ts';
import type { Model } from '../engine/model.ts';
import { roundShift } from '../engine/scalar.ts';
import { filtersWithin, filterTiles } from '../filter/filter-tiles.ts';
import type { Rectangle, TileFilter } from '../jobs.ts';
import { cropAt8, cropTensor } from './crop-tensor.ts';
import { blockPixels } from './pixel-blocks.ts';
import { addHalo, relativeTo } from './plan-regions.ts';
import { latentPixels } from './tile-grid.ts';

/** A tile with what lies around it. */
export interface TileRegion {
  /** y_hat. */
  readonly latents: Tensor;
  /** What the synthesis should give: 192 channels at 1/8. */
  readonly samples: Tensor;
  /** Of its parts, with areas in the region. */
  readonly filters: readonly TileFilter[];
  /** Pixels that lie in the picture; the rest is padding. */
  readonly insideWidth: number;
  readonly insideHeight: number;
  /** The tile. */
  readonly core: Rectangle;
  readonly q16: number;
}

/** What the synthesis of a tile is off. */
export interface Distortion {
  /** Sum of the squared errors of its samples inside of the picture, on the scale of 0-255. */
  readonly squaredError: number;
  /**
   * Derivative of that and of the error around the tile by each of its latents, a quantiser step being 1, as if filters added the
   * same whatever the samples; empty if not asked for.
   */
  readonly gradient: Float32Array;
}

/**
 * Largest root mean square of what is sent back: at the lowest quality it grows seventyfold on the way, and few values are ten
 * times as large as the mean.
 */
const seedSize = 32;
/** Rows of latents that are sent back at once: a whole tile is done in two parts, which halves the memory. */
const maxRows = 48;

const networks = new WeakMap<Model, { readonly network: GradientNetwork | undefined }>();
const prepared = new WeakSet<Engine>();

/** The synthesis turned around; undefined where the model's cannot be turned. */
export function synthesisGradient(model: Model): GradientNetwork | undefined {
  let known = networks.get(model);
  if (!known) {
    known = { network: gradientNetwork(model.manifest.networks.synthesis, model.tensors) };
    networks.set(model, known);
  }
  return known.network;
}

/** `network` is the `synthesisGradient` of the engine's model. The error alone takes less than half of the time. */
export function measureDistortion(
  engine: Engine,
  network: GradientNetwork,
  tile: TileRegion,
  needsGradient: boolean,
): Distortion {
  if (!prepared.has(engine)) engine.addTensors(network.tensors);
  prepared.add(engine);
  const { core, latents } = tile;
  const halo = Math.ceil(engine.model.manifest.synthesisHalo / 2);
  const size = needsGradient ? core.width * core.height * latents.channels : 0;
  const gradient = new Float32Array(size);
  const parts = Math.ceil(core.height / maxRows);
  let squaredError = 0;
  let filled = 0;
  for (let part = 0; part < parts; part++) {
    const top = Math.round((part * core.height) / parts);
    const bottom = Math.round(((part + 1) * core.height) / parts);
    const strip = { ...core, y: core.y + top, height: bottom - top };
    const around = addHalo(strip, halo, latents.width, latents.height);
    const region: TileRegion = {
      latents: cropTensor(latents, around),
      samples: cropAt8(tile.samples, around),
      filters: filtersWithin(tile.filters, around, around),
      insideWidth: tile.insideWidth - around.x * latentPixels,
      insideHeight: tile.insideHeight - around.y * latentPixels,
      core: relativeTo(strip, around),
      q16: tile.q16,
    };
    const found = needsGradient
      ? stripGradient(engine, network, region)
      : stripError(engine, region);
    squaredError += found.squaredError;
    gradient.set(found.gradient, filled);
    filled += found.gradient.length;
  }
  return { squaredError, gradient };
}

function stripError(engine: Engine, strip: TileRegion): Distortion {
  const { networks, outputShift } = engine.model.manifest;
  const output = engine.run(networks.synthesis, { input: strip.latents }, strip.q16);
  const { sum } = errorOf(filtered(engine, output, strip), strip, outputShift);
  return { squaredError: sum * squareUnit(outputShift), gradient: new Float32Array(0) };
}

function stripGradient(
  engine: Engine,
  { forward, kept, backward, exponent }: GradientNetwork,
  strip: TileRegion,
): Distortion {
  const { latents, core, q16 } = strip;
  const { outputShift, latentBits } = engine.model.manifest;
  const registers = ['output', ...kept];
  const [output, ...values] = engine.runFor(forward, { input: latents }, q16, registers);
  const activations = Object.fromEntries(kept.map((name, index) => [name, values[index]]));
  const { error, meanSquare, sum } = errorOf(filtered(engine, output, strip), strip, outputShift);
  let seedShift = 0;
  while (meanSquare > (seedSize * 2 ** seedShift) ** 2) seedShift++;
  const gradient = { ...output, data: error.map((value) => roundShift(value, seedShift)) };
  const turned = cropTensor(engine.run(backward, { gradient, ...activations }, q16), core);
  const unit = 2 * squareUnit(outputShift) * 2 ** (seedShift + latentBits - exponent);
  return {
    squaredError: sum * squareUnit(outputShift),
    gradient: Float32Array.from(turned.data, (value) => value * unit),
  };
}

function filtered(engine: Engine, output: Tensor, { latents, filters }: TileRegion): Tensor {
  const whole = { x: 0, y: 0, width: latents.width, height: latents.height };
  return filterTiles(engine, output, whole, filters);
}

/** From squares of units of the output to squares of levels. */
function squareUnit(outputShift: number): number {
  return 4 ** -outputShift;
}

/**
 * What the decoded samples, clamped, are too bright, in `2^-outputShift` levels, 0 in the padding; with the mean of the squares and
 * their sum over the core.
 */
function errorOf(
  output: Tensor,
  { samples, insideWidth, insideHeight, core }: TileRegion,
  outputShift: number,
): { readonly error: Int16Array; readonly meanSquare: number; readonly sum: number } {
  const lowest = -128 << outputShift;
  const highest = 127 << outputShift;
  const error = new Int16Array(output.data.length);
  const rowValues = 3 * blockPixels;
  const inCore = (x: number, y: number): boolean =>
    x >= core.x * latentPixels &&
    y >= core.y * latentPixels &&
    x < (core.x + core.width) * latentPixels &&
    y < (core.y + core.height) * latentPixels;
  let sumOfAll = 0;
  let sumOfCore = 0;
  for (let start = 0; start < error.length; start += rowValues) {
    const row = start / rowValues;
    const block = Math.floor(row / blockPixels);
    const y = Math.floor(block / output.width) * blockPixels + (row % blockPixels);
    if (y >= insideHeight) continue;
    const x = (block % output.width) * blockPixels;
    const end = start + Math.max(0, Math.min(rowValues, 3 * (insideWidth - x)));
    let sum = 0;
    for (let index = start; index < end; index++) {
      const value = Math.max(lowest, Math.min(output.data[index], highest));
      const difference = value - samples.data[index];
      error[index] = difference;
      sum += difference * difference;
    }
    sumOfAll += sum;
    if (inCore(x, y)) sumOfCore += sum;
  }
  return { error, meanSquare: sumOfAll / error.length, sum: sumOfCore };
}
