/** y_hat to a map of the error of each pixel: the job `uncertainty`, with the model's auxiliary of that name. */
import { auxiliaryOf } from '../engine/auxiliary.ts';
import type { Engine } from '../engine/engine.ts';
import type { UncertaintyArgs } from '../jobs.ts';
import { cropAt8 } from './crop-tensor.ts';
import { blockPixels } from './pixel-blocks.ts';

/** Standard error of each pixel of the core of a region of y_hat that includes the halo, in the auxiliary's unit. */
export function predictUncertainty(engine: Engine, args: UncertaintyArgs): Uint8Array {
  const { latents, core, quality } = args;
  const { networks, parameters, tables } = auxiliaryOf(engine.model, 'uncertainty');
  const output = engine.run(networks.uncertainty, { input: latents }, quality);
  const { data, width, height } = cropAt8(output, core);
  const bytes = engine.model.tensors.get(tables.bytes) as Uint8Array;
  const { outputBits, tableBits, tableLow } = parameters as Readonly<Record<string, number>>;
  const shift = outputBits - tableBits;
  const half = shift > 0 ? 1 << (shift - 1) : 0;
  const first = tableLow * (1 << tableBits);
  const side = blockPixels;
  const rowPixels = width * side;
  const map = new Uint8Array(rowPixels * height * side);
  let index = 0;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const corner = row * side * rowPixels + column * side;
      for (let pixel = 0; pixel < side * side; pixel++) {
        const step = ((data[index++] + half) >> shift) - first;
        const entry = Math.max(0, Math.min(step, bytes.length - 1));
        map[corner + (pixel >> 3) * rowPixels + (pixel & 7)] = bytes[entry];
      }
    }
  }
  return map;
}
