/** Which way the latents of a tile would have to go for its synthesis to be closer to the picture. */
import type { Engine, Quality, Tensor } from '../engine/engine.ts';
import { type GradientNetwork, gradientNetwork } from '../engine/gradient-network.ts';
import type { Model } from '../engine/model.ts';
import { roundShift, saturate16 } from '../engine/scalar.ts';
import { filteredHalo, filtersWithin, filterTiles } from '../filter/filter-tiles.ts';
import type { Rectangle, TileFilter } from '../jobs.ts';
import { copyRectangle, cropAt8, cropTensor, zeroTensor } from './crop-tensor.ts';
import { blockPixels } from './pixel-blocks.ts';
import { addHalo, relativeTo } from './plan-regions.ts';
import { cropQuality } from './quality-map.ts';
import { latentPixels } from './tile-grid.ts';

/** A tile with what lies around it. */
export interface TileRegion {
  /** y_hat. */
  readonly latents: Tensor;
  /** The tile. */
  readonly core: Rectangle;
  readonly quality: Quality;
}

/** What the synthesis of a region should give. */
export interface RegionOriginal {
  /** 192 channels at 1/8. */
  readonly samples: Tensor;
  /** Pixels that lie in the picture; the rest is padding. */
  readonly insideWidth: number;
  readonly insideHeight: number;
  /** What the squared errors at a latent position count, 1 where it has the quality of the picture. */
  weightAt(x: number, y: number): number;
}

/** Rows of a tile with what lies around them. */
interface Strip {
  /** In coordinates of the tile's region. */
  readonly around: Rectangle;
  /** The rows, in coordinates that start at the corner of `around`. */
  readonly core: Rectangle;
  /** What the synthesis gives, without filters. */
  readonly output: Tensor;
  /** What the way back through the synthesis reads. */
  readonly activations: Readonly<Record<string, Tensor>>;
}

/** What the synthesis gives for a tile. */
export interface SynthesizedTile {
  readonly region: TileRegion;
  readonly strips: readonly Strip[];
  /** Of the tile alone, without filters: 192 channels at 1/8. */
  readonly output: Tensor;
}

/**
 * Largest root mean square of what is sent back: at the lowest quality it grows seventyfold on the way, and few values are ten
 * times as large as the mean.
 */
const seedSize = 32;
/** Rows of latents that a network runs over at once. */
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

/** `network` is the `synthesisGradient` of the engine's model. */
export function synthesizeTile(
  engine: Engine,
  { forward, kept }: GradientNetwork,
  region: TileRegion,
): SynthesizedTile {
  const { core, latents, quality } = region;
  const halo = Math.ceil(filteredHalo(engine.model.manifest) / 2);
  const parts = Math.ceil(core.height / maxRows);
  const tileOutput = zeroTensor(2 * core.height, 2 * core.width, 3 * blockPixels ** 2);
  const strips: Strip[] = [];
  for (let part = 0; part < parts; part++) {
    const top = Math.round((part * core.height) / parts);
    const bottom = Math.round(((part + 1) * core.height) / parts);
    const rows = { ...core, y: core.y + top, height: bottom - top };
    const around = addHalo(rows, halo, latents.width, latents.height);
    const input = cropTensor(latents, around);
    const [output, ...values] = engine.runFor(forward, { input }, cropQuality(quality, around), [
      'output',
      ...kept,
    ]);
    const activations = Object.fromEntries(kept.map((name, index) => [name, values[index]]));
    const own = relativeTo(rows, around);
    strips.push({ around, core: own, output, activations });
    const shown = { x: 2 * own.x, y: 2 * own.y, width: 2 * own.width, height: 2 * own.height };
    copyRectangle(output, shown, tileOutput, 0, 2 * top);
  }
  return { region, strips, output: tileOutput };
}

/**
 * Derivative of the weighted sum of the squared errors in and around a tile, on the scale of 0-255, by each of its latents, a quantiser step
 * being 1. Filters, whose areas lie in the region, count as if they added the same whatever the samples. `network` as for `synthesizeTile`.
 */
export function errorGradient(
  engine: Engine,
  network: GradientNetwork,
  { region, strips }: SynthesizedTile,
  { samples, insideWidth, insideHeight, weightAt }: RegionOriginal,
  filters: readonly TileFilter[],
): Float32Array {
  if (!prepared.has(engine)) engine.addTensors(network.tensors);
  prepared.add(engine);
  const { outputShift, latentBits, latentChannels } = engine.model.manifest;
  const { width, height } = region.core;
  const gradient = new Float32Array(width * height * latentChannels);
  let filled = 0;
  for (const { around, core, output, activations } of strips) {
    const whole = { x: 0, y: 0, width: around.width, height: around.height };
    const filtered = filterTiles(engine, output, whole, filtersWithin(filters, around, around));
    const original = {
      samples: cropAt8(samples, around),
      insideWidth: insideWidth - around.x * latentPixels,
      insideHeight: insideHeight - around.y * latentPixels,
      weightAt: (x: number, y: number) => weightAt(around.x + x, around.y + y),
    };
    const error = errorOf(filtered, original, outputShift);
    const seedShift = seedShiftFor(error);
    const seed = { ...output, data: sentBack(error, seedShift) };
    const sent = engine.run(
      network.backward,
      { gradient: seed, ...activations },
      cropQuality(region.quality, around),
    );
    const unit = 2 * 2 ** (seedShift + latentBits - network.exponent - 2 * outputShift);
    const own = cropTensor(sent, core).data;
    for (let index = 0; index < own.length; index++) gradient[filled + index] = own[index] * unit;
    filled += own.length;
  }
  return gradient;
}

/** Errors without their last bits. A loop: `Int16Array.from` with a function takes a hundred times as long. */
function sentBack(error: Int32Array, shift: number): Int16Array {
  const sent = new Int16Array(error.length);
  for (let index = 0; index < sent.length; index++) {
    sent[index] = saturate16(roundShift(error[index], shift));
  }
  return sent;
}

/** Bits to leave out of errors so that they can be sent back. */
function seedShiftFor(error: Int32Array): number {
  let sum = 0;
  for (let index = 0; index < error.length; index++) sum += error[index] * error[index];
  let shift = 0;
  while (sum > error.length * (seedSize * 2 ** shift) ** 2) shift++;
  return shift;
}

/** What the decoded samples, clamped, are too bright, in `2^-outputShift` levels, by its weight; 0 in the padding. */
function errorOf(
  output: Tensor,
  { samples, insideWidth, insideHeight, weightAt }: RegionOriginal,
  outputShift: number,
): Int32Array {
  const lowest = -128 << outputShift;
  const highest = 127 << outputShift;
  const error = new Int32Array(output.data.length);
  const rowValues = 3 * blockPixels;
  for (let start = 0; start < error.length; start += rowValues) {
    const row = start / rowValues;
    const block = Math.floor(row / blockPixels);
    const y = Math.floor(block / output.width) * blockPixels + (row % blockPixels);
    if (y >= insideHeight) continue;
    const x = (block % output.width) * blockPixels;
    const weight = weightAt(Math.floor(x / latentPixels), Math.floor(y / latentPixels));
    const end = start + Math.max(0, Math.min(rowValues, 3 * (insideWidth - x)));
    for (let index = start; index < end; index++) {
      const value = Math.max(lowest, Math.min(output.data[index], highest));
      error[index] = Math.round((value - samples.data[index]) * weight);
    }
  }
  return error;
}
