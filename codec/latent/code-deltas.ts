/** The deltas of a tile's quality in its stream (FORMAT.md, "Quality map"). */
import type { Tensor } from '../engine/tensor.ts';
import type { RansDecoder } from '../entropy/rans-decoder.ts';
import type { RansEncoder } from '../entropy/rans-encoder.ts';
import { zeroTensor } from './crop-tensor.ts';
import { isDelta } from './quality-map.ts';

/** `deltas` are not all 0; without them all positions have the quality of the header. */
export function writeDeltas(encoder: RansEncoder, deltas: Tensor | undefined): void {
  encoder.pushBit(deltas !== undefined);
  if (!deltas) return;
  const { data } = deltas;
  const scales = new Uint8Array(data.length);
  const symbols = new Int16Array(data.length);
  for (let index = 0; index < data.length; index++) {
    const { scale, expected } = expect(deltas, index);
    scales[index] = scale;
    symbols[index] = data[index] - expected;
  }
  encoder.push(scales, symbols);
}

/** Of a tile with `height` x `width` nodes. BitstreamError `CORRUPT_LATENTS`. */
export function readDeltas(
  decoder: RansDecoder,
  height: number,
  width: number,
  q16: number,
): Tensor | undefined {
  if (decoder.readUniform(1) === 0) return undefined;
  const deltas = zeroTensor(height, width, 1);
  const symbol = new Int16Array(1);
  for (let index = 0; index < deltas.data.length; index++) {
    const { scale, expected } = expect(deltas, index);
    decoder.read(Uint8Array.of(scale), symbol);
    const delta = symbol[0] + expected;
    if (!isDelta(delta, q16)) throw decoder.corrupt('has a quality out of range');
    deltas.data[index] = delta;
  }
  if (deltas.data.every((delta) => delta === 0)) {
    throw decoder.corrupt('has a quality map that does nothing');
  }
  return deltas;
}

/** What the nodes above and to the left say of one: its table and the middle of it. */
function expect({ width, data }: Tensor, index: number): { scale: number; expected: number } {
  const isFirstRow = index < width;
  const isFirstColumn = index % width === 0;
  if (isFirstRow && isFirstColumn) return { scale: 13, expected: 0 };
  const north = isFirstRow ? data[index - 1] : data[index - width];
  const west = isFirstColumn ? north : data[index - 1];
  const corner = isFirstRow || isFirstColumn ? north : data[index - width - 1];
  const low = Math.min(north, west);
  const high = Math.max(north, west);
  return {
    scale: 13 + 4 * Math.min(high - low, 2),
    expected: Math.max(low, Math.min(north + west - corner, high)),
  };
}
