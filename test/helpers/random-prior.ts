/** Random auxiliaries of the trained priors for a random model, deterministic too: their shapes, small, and weights that matter. */
import { createHash } from 'node:crypto';
import type { Op, TensorEntry, TypedArray } from '../../codec/engine/manifest.ts';
import type { Model } from '../../codec/engine/model.ts';
import { withAuxiliary } from '../../codec/index.ts';
import { modelOf } from './model-of.ts';
import { type RandomAuxiliary, type RandomModel, randomSource } from './random-model.ts';

/** Units of the LSTM and of the RBM. */
const hidden = 8;
const slice = 8;
const inputs = 4 * slice;

class Tensors {
  readonly entries: Record<string, TensorEntry> = {};
  readonly #kind: string;
  readonly #random: () => number;
  readonly #arrays: TypedArray[] = [];
  #offset = 0;

  constructor(kind: string, seed: number) {
    this.#kind = kind;
    this.#random = randomSource(seed);
  }

  /** Uniform values up to `size`. */
  draw(name: string, shape: number[], size: number, dtype: 'int16' | 'int32' = 'int16'): string {
    const count = shape.reduce((product, side) => product * side, 1);
    const values = Array.from({ length: count }, () => Math.round((2 * this.#random() - 1) * size));
    const data = dtype === 'int16' ? Int16Array.from(values) : Int32Array.from(values);
    const key = `${this.#kind}.${name}`;
    this.entries[key] = { dtype, shape, offset: this.#offset };
    this.#arrays.push(data);
    this.#offset += Math.ceil(data.byteLength / 16) * 16;
    return key;
  }

  /** A 1x1 convolution from `input` to `output`. */
  conv(name: string, inChannels: number, outChannels: number, residual?: string): Op {
    return {
      op: 'conv',
      input: 'input',
      output: 'output',
      kernel: 1,
      stride: 1,
      inChannels,
      outChannels,
      weight: this.draw(`${name}.weight`, [outChannels, 1, inChannels], 1500),
      bias: this.draw(`${name}.bias`, [outChannels], 90000, 'int32'),
      shift: 11,
      activation: 'none',
      ...(residual && { residual }),
    };
  }

  bytes(): Uint8Array {
    const data = new Uint8Array(this.#offset);
    Object.values(this.entries).forEach(({ offset }, index) => {
      const { buffer, byteOffset, byteLength } = this.#arrays[index];
      data.set(new Uint8Array(buffer, byteOffset, byteLength), offset);
    });
    return data;
  }
}

function finish(
  { manifest: base }: RandomModel,
  kind: 'lstm' | 'rbm',
  tensors: Tensors,
  parts: { networks: Record<string, Op[]>; tables: Record<string, string> },
): RandomAuxiliary {
  const data = tensors.bytes();
  const manifest: RandomAuxiliary['manifest'] = {
    format: 'nic-auxiliary',
    version: 1,
    kind,
    name: `${base.name}.${kind}`,
    base: base.sha256,
    sha256: createHash('sha256').update(data).digest('hex'),
    parameters: { hidden },
    tensors: tensors.entries,
    ...parts,
  };
  return { manifest, data };
}

export function randomLstm(base: RandomModel): RandomAuxiliary {
  const { heads } = base.manifest.networks;
  const slices = base.manifest.latentChannels / 4 / slice;
  const tensors = new Tensors('lstm', 21);
  const networks: Record<string, Op[]> = {};
  heads.forEach(({ inChannels }, step) => {
    networks[`features${step}`] = [tensors.conv(`features${step}`, inChannels, 4 * hidden)];
  });
  networks.gates = [tensors.conv('gates', hidden + inputs, 4 * hidden, 'features')];
  networks.logits = [tensors.conv('logits', hidden, inputs)];
  const tables = {
    gateBias: tensors.draw('gateBias', [4, slices, 4 * hidden], 200),
    logitBias: tensors.draw('logitBias', [4, slices, inputs], 300),
  };
  return finish(base, 'lstm', tensors, { networks, tables });
}

export function randomRbm(base: RandomModel): RandomAuxiliary {
  const { latentChannels } = base.manifest;
  const tensors = new Tensors('rbm', 22);
  const tables = {
    own: tensors.draw('own', [latentChannels, hidden], 2500),
    beside: tensors.draw('beside', [latentChannels, hidden], 1500),
    visibleBias: tensors.draw('visibleBias', [latentChannels], 100),
    hiddenBias: tensors.draw('hiddenBias', [4, hidden], 60000, 'int32'),
  };
  return finish(base, 'rbm', tensors, { networks: {}, tables });
}

/** The model with both. */
export function modelWithPriors(base: RandomModel): Model {
  let model = modelOf(base);
  for (const { manifest, data } of [randomLstm(base), randomRbm(base)]) {
    model = withAuxiliary(model, manifest, data);
  }
  return model;
}
