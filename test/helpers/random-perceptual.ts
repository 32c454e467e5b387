/**
 * A random perceptual synthesis for a random model, deterministic too: the synthesis of another random model, with
 * one block more, to which noise is added where it reaches 1/8.
 */
import { createHash } from 'node:crypto';
import type { AuxiliaryManifest } from '../../codec/engine/auxiliary.ts';
import { noiseChannels } from '../../codec/engine/auxiliary-kinds.ts';
import type { Op, TensorEntry } from '../../codec/engine/manifest.ts';
import {
  type RandomAuxiliary,
  type RandomModel,
  randomModel,
  randomSource,
} from './random-model.ts';

const channels = 16;
const prefix = 'perceptual.';

export function randomPerceptual({ manifest: base }: RandomModel): RandomAuxiliary {
  const { latentChannels } = base;
  const other = randomModel({ seed: 7, latentChannels, synthesisChannels: channels, blocks: 2 });
  const tensors: Record<string, TensorEntry> = {};
  const renamed = (name: string): string => {
    tensors[prefix + name] = other.manifest.tensors[name];
    return prefix + name;
  };
  const copies = other.manifest.networks.synthesis.map((op): Op => {
    if ('table' in op) return { ...op, table: renamed(op.table) };
    if ('weight' in op) return { ...op, weight: renamed(op.weight), bias: renamed(op.bias) };
    return op;
  });
  const random = randomSource(7);
  const weight = Int16Array.from({ length: channels * noiseChannels }, () =>
    Math.round((random() - 0.5) * 1000),
  );
  const bias = new Int32Array(channels);
  const start = Math.ceil(other.data.length / 16) * 16;
  const data = new Uint8Array(start + weight.byteLength + bias.byteLength);
  data.set(other.data);
  data.set(new Uint8Array(weight.buffer), start);
  tensors[`${prefix}noise.weight`] = {
    dtype: 'int16',
    shape: [channels, 1, noiseChannels],
    offset: start,
  };
  tensors[`${prefix}noise.bias`] = {
    dtype: 'int32',
    shape: [channels],
    offset: start + weight.byteLength,
  };
  const noise: Op = {
    op: 'conv',
    input: 'noise',
    output: 'x',
    kernel: 1,
    stride: 1,
    inChannels: noiseChannels,
    outChannels: channels,
    weight: `${prefix}noise.weight`,
    bias: `${prefix}noise.bias`,
    shift: 4,
    activation: 'none',
    residual: 'x',
  };
  const at8 = copies.findIndex(({ op }) => op === 'shuffle') + 1;
  const synthesis = [...copies.slice(0, at8), noise, ...copies.slice(at8)];
  const manifest: AuxiliaryManifest = {
    format: 'nic-auxiliary',
    version: 1,
    kind: 'perceptual',
    name: `${base.name}.perceptual`,
    base: base.sha256,
    sha256: createHash('sha256').update(data).digest('hex'),
    networks: { synthesis },
    parameters: { halo: other.manifest.synthesisHalo },
    tables: {},
    tensors,
  };
  return { manifest, data };
}
