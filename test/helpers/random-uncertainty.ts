/** A random uncertainty network for a random model, deterministic too: its shapes, small. */
import { createHash } from 'node:crypto';
import type { Op, TensorEntry, TypedArray } from '../../codec/engine/manifest.ts';
import { type RandomAuxiliary, type RandomModel, randomSource } from './random-model.ts';

const channels = 16;
const prefix = 'uncertainty.';

export function randomUncertainty({ manifest: base }: RandomModel): RandomAuxiliary {
  const random = randomSource(11);
  const tensors: Record<string, TensorEntry> = {};
  const arrays: TypedArray[] = [];
  let offset = 0;
  const add = (name: string, shape: number[], data: TypedArray): string => {
    const dtype =
      data instanceof Int16Array ? 'int16' : data instanceof Int32Array ? 'int32' : 'uint8';
    tensors[prefix + name] = { dtype, shape, offset };
    arrays.push(data);
    offset += Math.ceil(data.byteLength / 16) * 16;
    return prefix + name;
  };
  const weights = (name: string, shape: number[], size: number): string => {
    const count = shape.reduce((product, side) => product * side, 1);
    const values = Int16Array.from({ length: count }, () => Math.round((random() - 0.5) * size));
    return add(name, shape, values);
  };
  const conv = (
    name: string,
    input: string,
    output: string,
    sides: [number, number, 1 | 3],
  ): Op => {
    const [inChannels, outChannels, kernel] = sides;
    return {
      op: 'conv',
      input,
      output,
      kernel,
      stride: 1,
      inChannels,
      outChannels,
      activation: 'leaky',
      weight: weights(`${name}.weight`, [outChannels, kernel * kernel, inChannels], 600),
      bias: add(`${name}.bias`, [outChannels], new Int32Array(outChannels)),
      shift: 10,
    };
  };
  const network: Op[] = [
    conv('up', 'input', 'u', [base.latentChannels, 4 * channels, 1]),
    { op: 'shuffle', input: 'u', output: 'x' },
    { op: 'offset', input: 'x', output: 'x', table: weights('table', [101, channels], 400) },
    conv('middle', 'x', 'x', [channels, channels, 3]),
    conv('out', 'x', 'output', [channels, 64, 1]),
  ];
  const bytes = Uint8Array.from({ length: 40 }, (_, index) => 6 * index);
  const tables = { bytes: add('bytes', [bytes.length], bytes) };
  const data = new Uint8Array(offset);
  Object.values(tensors).forEach(({ offset: start }, index) => {
    const { buffer, byteOffset, byteLength } = arrays[index];
    data.set(new Uint8Array(buffer, byteOffset, byteLength), start);
  });
  const manifest: RandomAuxiliary['manifest'] = {
    format: 'nic-auxiliary',
    version: 1,
    kind: 'uncertainty',
    name: `${base.name}.uncertainty`,
    base: base.sha256,
    sha256: createHash('sha256').update(data).digest('hex'),
    networks: { uncertainty: network },
    parameters: { halo: 1, outputBits: 6, tableBits: 3, tableLow: -2, unit: 8 },
    tables,
    tensors,
  };
  return { manifest, data };
}
