/**
 * A small random model with the graph of the real one, deterministic from a seed: for tests of everything
 * that needs a valid model but no trained one.
 *
 * Weights are drawn so that activations keep a useful size from layer to layer: about 1000 in the analysis and
 * synthesis, latents of a few units of 2^latentBits, scale indices spread over the table.
 */
import { createHash } from 'node:crypto';
import type { AuxiliaryManifest } from '../../codec/engine/auxiliary.ts';
import type {
  ContextTables,
  ConvOp,
  DType,
  ModelManifest,
  Op,
  TensorEntry,
  TypedArray,
} from '../../codec/engine/manifest.ts';
import { featureCount } from '../../codec/engine/pixel-filter.ts';
import {
  activityBounds,
  aroundBounds,
  balanceBounds,
  contextNodes,
} from '../../codec/prior/context-bounds.ts';

export interface RandomModelOptions {
  readonly seed?: number;
  /** Multiple of 32; default 32. */
  readonly latentChannels?: number;
  /** Multiple of 8; default 16. */
  readonly hyperChannels?: number;
  /** Multiple of 8; default 32. */
  readonly priorChannels?: number;
  /** Channels of the analysis blocks and of the context features, a multiple of 8; default 24. */
  readonly analysisChannels?: number;
  /** Channels of the synthesis blocks, a multiple of 8; default 16. */
  readonly synthesisChannels?: number;
  /** Blocks of analysis after the first and of synthesis; default 1. */
  readonly blocks?: number;
  /** Base filters, default 6; 0 for a model without. */
  readonly filters?: number;
  /** Largest weight of the links, default 6000; 0 for a model without. */
  readonly links?: number;
  /** Model id in the manifest, 1-255; default 1. */
  readonly id?: number;
}

export interface RandomAuxiliary {
  readonly manifest: AuxiliaryManifest;
  readonly data: Uint8Array;
}

export interface RandomModel {
  readonly manifest: ModelManifest;
  readonly data: Uint8Array;
  /** The encoder, then those that others add. */
  readonly auxiliaries: readonly RandomAuxiliary[];
}

const qualityLevels = 101;
const latentBits = 6;

/** Uniform numbers in [0, 1), the same sequence on every platform. */
export function randomSource(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}

/** Collects tensors into one data file with offsets at multiples of 16. */
class TensorWriter {
  readonly entries: Record<string, TensorEntry> = {};
  readonly #parts: { offset: number; bytes: Uint8Array }[] = [];
  readonly #prefix: string;
  #size = 0;

  constructor(prefix = '') {
    this.#prefix = prefix;
  }

  /** The name under which it is stored. */
  add(suffix: string, dtype: DType, shape: readonly number[], values: TypedArray): string {
    const name = this.#prefix + suffix;
    const offset = this.#size;
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    this.entries[name] = { dtype, shape, offset };
    this.#parts.push({ offset, bytes });
    this.#size = Math.ceil((offset + bytes.length) / 16) * 16;
    return name;
  }

  finish(): Uint8Array {
    const data = new Uint8Array(this.#size);
    for (const { offset, bytes } of this.#parts) data.set(bytes, offset);
    return data;
  }
}

const maxWeightBits = 12;
/** Keeps the accumulators within 32 bits: sum|w| * 32768 stays under 2^31 with room for the bias. */
const maxWeightSum = 60000;
const depthwiseBits = 12;

/** Builds operations whose tensors it draws and stores. */
class NetworkBuilder {
  readonly #writer: TensorWriter;
  readonly #random: () => number;
  #count = 0;

  constructor(writer: TensorWriter, random: () => number) {
    this.#writer = writer;
    this.#random = random;
  }

  #uniform(length: number, amplitude: number): number[] {
    return Array.from({ length }, () => Math.round((2 * this.#random() - 1) * amplitude));
  }

  /** `gain` is the ratio of the sizes of outputs and inputs. */
  conv(
    input: string,
    output: string,
    inChannels: number,
    outChannels: number,
    options: Partial<ConvOp> & { gain?: number; biasValue?: number } = {},
  ): ConvOp {
    const { gain = 1, biasValue = 0, ...fields } = options;
    const kernel = fields.kernel ?? 1;
    const taps = kernel * kernel;
    const name = `conv${this.#count++}`;
    const size = (gain * Math.sqrt(3)) / Math.sqrt(taps * inChannels);
    let shift = maxWeightBits;
    while (taps * inChannels * size * 2 ** shift > maxWeightSum) shift--;
    const count = outChannels * taps * inChannels;
    const weight = Int16Array.from(this.#uniform(count, size * 2 ** shift));
    const bias = Int32Array.from(this.#uniform(outChannels, 50 * 2 ** shift)).map(
      (value) => value + biasValue * 2 ** shift,
    );
    return {
      op: 'conv',
      input,
      output,
      kernel,
      stride: 1,
      inChannels,
      outChannels,
      weight: this.#writer.add(`${name}.weight`, 'int16', [outChannels, taps, inChannels], weight),
      bias: this.#writer.add(`${name}.bias`, 'int32', [outChannels], bias),
      shift,
      activation: 'none',
      ...fields,
    };
  }

  depthwise(input: string, output: string, channels: number): Op {
    const name = `depthwise${this.#count++}`;
    const weight = Int16Array.from(this.#uniform(9 * channels, 2 ** depthwiseBits / 2));
    const bias = Int32Array.from(this.#uniform(channels, 20 * 2 ** depthwiseBits));
    return {
      op: 'depthwise',
      input,
      output,
      channels,
      weight: this.#writer.add(`${name}.weight`, 'int16', [9, channels], weight),
      bias: this.#writer.add(`${name}.bias`, 'int32', [channels], bias),
      shift: depthwiseBits,
    };
  }

  /** The two halves of a block, in place on `register`. */
  block(register: string, channels: number): Op[] {
    const leaky = { activation: 'leaky' } as const;
    const residual = { residual: register, gain: 0.3 };
    return [
      this.conv(register, 'branch', channels, channels, leaky),
      this.depthwise('branch', 'branch2', channels),
      this.conv('branch2', register, channels, channels, residual),
      this.conv(register, 'hidden', channels, 2 * channels, leaky),
      this.conv('hidden', register, 2 * channels, channels, residual),
    ];
  }

  #table(channels: number, first: number, last: number): string {
    const values = new Int16Array(qualityLevels * channels);
    for (let channel = 0; channel < channels; channel++) {
      const factor = 0.8 + 0.4 * this.#random();
      for (let level = 0; level < qualityLevels; level++) {
        const value = first * (last / first) ** (level / (qualityLevels - 1));
        values[level * channels + channel] = Math.round(value * factor);
      }
    }
    const name = `table${this.#count++}`;
    return this.#writer.add(name, 'int16', [qualityLevels, channels], values);
  }

  /** Factors from `first` at quality 0 to `last` at quality 100. */
  gain(input: string, output: string, channels: number, first: number, last: number): Op {
    const scale = 1024;
    const table = this.#table(channels, first * scale, last * scale);
    return { op: 'gain', input, output, table, shift: 10 };
  }

  offset(input: string, output: string, channels: number): Op {
    return { op: 'offset', input, output, table: this.#table(channels, 100, 10) };
  }
}

/** Cumulative frequencies of a discretised Laplace distribution: R symbols each side and an escape. */
function cdfOfScale(scale: number): { radius: number; cdf: number[] } {
  const radius = Math.max(1, Math.ceil(4 * scale));
  const decay = Math.exp(-1 / Math.max(scale, 0.1));
  const weights = Array.from({ length: 2 * radius + 2 }, (_, slot) =>
    slot === 2 * radius + 1 ? decay ** (radius + 1) : decay ** Math.abs(slot - radius),
  );
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const spare = 65536 - weights.length;
  const frequencies = weights.map((weight) => 1 + Math.floor((weight / sum) * spare));
  frequencies[radius] += 65536 - frequencies.reduce((total, value) => total + value, 0);
  const cdf = [0];
  for (const frequency of frequencies) cdf.push(cdf[cdf.length - 1] + frequency);
  return { radius, cdf };
}

function addContexts(
  writer: TensorWriter,
  random: () => number,
  name: string,
  channels: number,
): ContextTables {
  const add = (table: string, rows: number, classes: number) => {
    const shape = [rows, classes, contextNodes];
    const values = Int16Array.from({ length: rows * classes * contextNodes }, () =>
      Math.round((random() - 0.5) * 200),
    );
    return writer.add(`contexts.${name}.${table}`, 'int16', shape, values);
  };
  return {
    around: add('around', 64, aroundBounds.length + 1),
    activity: add('activity', 32, activityBounds.length + 1),
    balance: add('balance', channels, balanceBounds.length + 1),
  };
}

/** Weights of up to `links`, in 1/8192 nat: from a random source of its own. */
function addLinks(writer: TensorWriter, channels: number, links: number): string {
  const random = randomSource(links);
  const weights = Int16Array.from({ length: channels ** 2 }, () =>
    Math.round((2 * random() - 1) * links),
  );
  return writer.add('contexts.latents.links', 'int16', [channels, channels], weights);
}

function addEntropy(
  writer: TensorWriter,
  random: () => number,
  latentChannels: number,
  hyperChannels: number,
  links: number,
) {
  const scaleTable = Array.from({ length: 64 }, (_, index) => 0.11 * (64 / 0.11) ** (index / 63));
  const tables = scaleTable.map(cdfOfScale);
  let next = 0;
  const offsets = tables.map(({ cdf }) => {
    next += cdf.length;
    return next - cdf.length;
  });
  const radii = tables.map(({ radius }) => radius);
  const hyperShape = [qualityLevels, hyperChannels];
  const hyperCount = qualityLevels * hyperChannels;
  const scaleIndex = Uint8Array.from({ length: hyperCount }, () => 20 + Math.floor(random() * 30));
  const mean = Int16Array.from({ length: hyperCount }, () => Math.round((random() - 0.5) * 400));
  return {
    scaleTable,
    skipBelow: 1,
    cdfOffset: writer.add('cdfOffset', 'uint32', [64], Uint32Array.from(offsets)),
    cdfLength: writer.add(
      'cdfLength',
      'uint16',
      [64],
      Uint16Array.from(radii, (r) => 2 * r + 3),
    ),
    cdfRadius: writer.add('cdfRadius', 'uint16', [64], Uint16Array.from(radii)),
    cdf: writer.add('cdf', 'uint32', [next], Uint32Array.from(tables.flatMap(({ cdf }) => cdf))),
    hyperScaleIndex: writer.add('hyperScaleIndex', 'uint8', hyperShape, scaleIndex),
    hyperMean: writer.add('hyperMean', 'int16', hyperShape, mean),
    contexts: {
      latents: {
        ...addContexts(writer, random, 'latents', latentChannels),
        ...(links > 0 && { links: addLinks(writer, latentChannels, links) }),
      },
      hyper: addContexts(writer, random, 'hyper', hyperChannels),
    },
  };
}

/** Filters of a few taps each, so that each of them does something and their sums stay small. */
function addFilter(writer: TensorWriter, random: () => number, count: number) {
  const bases = Int16Array.from({ length: count * 3 * featureCount }, () =>
    random() < 0.05 ? Math.round((random() - 0.5) * 12000) : 0,
  );
  const scales = Uint8Array.from({ length: qualityLevels * count }, () =>
    Math.floor(10 + random() * 20),
  );
  return {
    bases: writer.add('filter.bases', 'int16', [count, 3, featureCount], bases),
    scaleIndex: writer.add('filter.scaleIndex', 'uint8', [qualityLevels, count], scales),
  };
}

/** Builds the model; the same options give the same bytes. */
export function randomModel(options: RandomModelOptions = {}): RandomModel {
  const {
    seed = 1,
    latentChannels = 32,
    hyperChannels = 16,
    priorChannels = 32,
    analysisChannels = 24,
    synthesisChannels = 16,
    blocks = 1,
    filters = 6,
    links = 6000,
    id = 1,
  } = options;
  const random = randomSource(seed);
  const encoderWriter = new TensorWriter('encoder.');
  const writer = new TensorWriter();
  const encoder = new NetworkBuilder(encoderWriter, random);
  const build = new NetworkBuilder(writer, random);
  const repeat = (count: number, make: () => Op[]): Op[] =>
    Array.from({ length: count }, make).flat();
  const wide = analysisChannels;
  const stream = synthesisChannels;

  const analysis: Op[] = [
    encoder.conv('input', 'x', 192, wide),
    ...encoder.block('x', wide),
    encoder.gain('x', 'x', wide, 0.25, 1),
    ...repeat(blocks, () => encoder.block('x', wide)),
    encoder.conv('x', 'y', wide, latentChannels, { kernel: 3, stride: 2, gain: 0.2 }),
    encoder.gain('y', 'output', latentChannels, 0.2, 1),
  ];
  const hyperAnalysis: Op[] = [
    encoder.conv('input', 'x', latentChannels, hyperChannels),
    ...encoder.block('x', hyperChannels),
    { op: 'unshuffle', input: 'x', output: 'wide' },
    encoder.conv('wide', 'x', 4 * hyperChannels, hyperChannels),
    ...encoder.block('x', hyperChannels),
    { op: 'unshuffle', input: 'x', output: 'wide' },
    encoder.conv('wide', 'output', 4 * hyperChannels, hyperChannels),
  ];
  const up = (input: string): Op[] => [
    build.conv(input, 'wide', hyperChannels, 4 * hyperChannels),
    { op: 'shuffle', input: 'wide', output: 'x' },
    ...build.block('x', hyperChannels),
  ];
  const hyperSynthesis: Op[] = [
    ...up('input'),
    ...up('x'),
    build.conv('x', 'p', hyperChannels, priorChannels),
    build.offset('p', 'output', priorChannels),
  ];
  const first: Op[] = [
    build.conv('prior', 'output', priorChannels, wide),
    ...build.block('output', wide),
  ];
  const later = (): Op[] => [
    { op: 'concat', inputs: ['latents', 'prior'], output: 'both' },
    build.conv('both', 'output', latentChannels + priorChannels, wide),
    ...build.block('output', wide),
  ];
  const context = [first, later(), later(), later()];
  const heads = context.map(() =>
    build.conv('input', 'output', wide, 2 * latentChannels, { gain: 4, biasValue: 700 }),
  );
  const synthesis: Op[] = [
    build.gain('input', 'x', latentChannels, 4, 1),
    build.conv('x', 'wide', latentChannels, 4 * stream),
    { op: 'shuffle', input: 'wide', output: 'x' },
    ...repeat(blocks, () => build.block('x', stream)),
    build.gain('x', 'x', stream, 4, 1),
    build.conv('x', 'output', stream, 192, { kernel: 3 }),
  ];

  const entropy = addEntropy(writer, random, latentChannels, hyperChannels, links);
  const filter = filters > 0 ? addFilter(writer, random, filters) : undefined;
  const data = writer.finish();
  const manifest: ModelManifest = {
    format: 'nic-model',
    version: 1,
    id,
    name: 'random',
    sha256: sha256(data),
    latentChannels,
    hyperChannels,
    priorChannels,
    latentBits,
    outputShift: 6,
    qualityLevels,
    synthesisHalo: blocks + 1,
    lambda: [0.001, 0.1],
    networks: { hyperSynthesis, context, heads, synthesis },
    entropy,
    ...(filter && { filter }),
    tensors: writer.entries,
  };
  const encoderData = encoderWriter.finish();
  const encoderManifest: AuxiliaryManifest = {
    format: 'nic-auxiliary',
    version: 1,
    kind: 'encoder',
    name: 'random.encoder',
    base: manifest.sha256,
    sha256: sha256(encoderData),
    networks: { analysis, hyperAnalysis },
    parameters: { halo: blocks + 2, inputShift: 6 },
    tables: {},
    tensors: encoderWriter.entries,
  };
  return { manifest, data, auxiliaries: [{ manifest: encoderManifest, data: encoderData }] };
}

function sha256(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
