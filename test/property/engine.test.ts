// The SIMD kernels give the same integers as the plain TypeScript operations, for any shape, weights and inputs
// up to the extremes that the accumulator bound allows.
import test from 'ava';
import fc from 'fast-check';
import { encoderOf } from '../../codec/engine/encoder.ts';
import { createEngine, type Op, type Quality, type Tensor } from '../../codec/engine/engine.ts';
import type { ConvOp, EngineOp, TypedArray } from '../../codec/engine/manifest.ts';
import { bareModel } from '../helpers/bare-model.ts';
import { modelOf } from '../helpers/model-of.ts';
import { randomModel, randomSource } from '../helpers/random-model.ts';

const runs = { numRuns: 150 };
const side = fc.integer({ min: 1, max: 11 });
const seed = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const shift = fc.integer({ min: 0, max: 30 });
const channels = fc.integer({ min: 1, max: 6 }).map((count) => 8 * count);
const activation = fc.constantFrom('none' as const, 'leaky' as const);
/** How inputs are drawn: small, of all sizes, or at the two ends. */
const range = fc.constantFrom('small', 'full', 'extreme');
/** How the weights of an output share the accumulator: all alike, or few that carry it all. */
const weighting = fc.constantFrom('even', 'few');

type Random = () => number;

function drawTensor(
  random: Random,
  how: string,
  height: number,
  width: number,
  channelCount: number,
): Tensor {
  const draw = {
    small: () => Math.round((random() - 0.5) * 200),
    full: () => Math.floor(random() * 65536) - 32768,
    extreme: () => [-32768, 32767, -32768, 0][Math.floor(random() * 4)],
  }[how] as () => number;
  const data = Int16Array.from({ length: height * width * channelCount }, draw);
  return { height, width, channels: channelCount, data };
}

/** Weights `[outputs][count]` and biases that just keep the accumulator bound. */
function drawWeights(
  random: Random,
  how: string,
  outputs: number,
  count: number,
  shiftBits: number,
): { weight: Int16Array; bias: Int32Array } {
  const weight = new Int16Array(outputs * count);
  const bias = new Int32Array(outputs);
  for (let output = 0; output < outputs; output++) {
    bias[output] = Math.round((random() - 0.5) * 2 ** (10 + 18 * random()));
    const rounding = shiftBits > 0 ? 2 ** (shiftBits - 1) : 0;
    let budget = Math.floor((2 ** 31 - 1 - Math.abs(bias[output]) - rounding) / 32768);
    const row = weight.subarray(output * count, (output + 1) * count);
    if (how === 'even') {
      const size = Math.min(32767, Math.floor(budget / count));
      for (let index = 0; index < count; index++) {
        row[index] = Math.round((2 * random() - 1) * size);
      }
    } else {
      for (let tries = 0; tries < 4; tries++) {
        const index = Math.floor(random() * count);
        if (row[index] !== 0) continue;
        const size = Math.min(budget, random() < 0.7 ? 32768 : Math.floor(random() * 32768));
        row[index] = size === 32768 || random() < 0.5 ? -size : size;
        budget -= size;
      }
    }
  }
  return { weight, bias };
}

/** Asserts that both backends give the same tensor. */
function sameOnBoth(
  network: readonly EngineOp[],
  tensors: Readonly<Record<string, TypedArray>>,
  inputs: Readonly<Record<string, Tensor>>,
  quality: Quality = 0,
  outputs: readonly string[] = ['output'],
): boolean {
  const model = bareModel(tensors);
  const [simd, scalar] = (['simd', 'scalar'] as const).map((backend) =>
    createEngine(model, { backend }).runFor(network, inputs, quality, outputs),
  );
  return (
    simd.length === outputs.length && simd.every((one, index) => sameTensor(one, scalar[index]))
  );
}

function sameTensor(first: Tensor, second: Tensor): boolean {
  return (
    first.height === second.height &&
    first.width === second.width &&
    first.channels === second.channels &&
    Buffer.from(first.data.buffer).equals(Buffer.from(second.data.buffer))
  );
}

test('a convolution is the same on both backends', (t) => {
  const kind = fc.record({
    seed,
    height: side,
    width: side,
    inChannels: channels,
    outChannels: channels,
    kernel: fc.constantFrom(1 as const, 3 as const),
    stride: fc.constantFrom(1 as const, 2 as const),
    shift,
    activation,
    residual: fc.boolean(),
    range,
    weighting,
  });
  const property = fc.property(kind, (k) => {
    const random = randomSource(k.seed);
    const { weight, bias } = drawWeights(
      random,
      k.weighting,
      k.outChannels,
      k.kernel ** 2 * k.inChannels,
      k.shift,
    );
    const conv: ConvOp = {
      op: 'conv',
      input: 'input',
      output: 'output',
      kernel: k.kernel,
      stride: k.stride,
      inChannels: k.inChannels,
      outChannels: k.outChannels,
      weight: 'weight',
      bias: 'bias',
      shift: k.shift,
      activation: k.activation,
      ...(k.residual ? { residual: 'residual' } : {}),
    };
    const input = drawTensor(random, k.range, k.height, k.width, k.inChannels);
    const height = Math.ceil(k.height / k.stride);
    const width = Math.ceil(k.width / k.stride);
    const residual = drawTensor(random, k.range, height, width, k.outChannels);
    return sameOnBoth([conv], { weight, bias }, { input, residual });
  });
  t.notThrows(() => fc.assert(property, runs));
});

test('a convolution of more positions than fit one packed chunk is the same on both backends', (t) => {
  const random = randomSource(7);
  for (const [height, width, kernel] of [
    [9, 15, 1],
    [8, 9, 3],
    [1, 67, 3],
  ] as const) {
    const { weight, bias } = drawWeights(random, 'even', 24, kernel ** 2 * 16, 12);
    const conv: ConvOp = {
      op: 'conv',
      input: 'input',
      output: 'output',
      kernel,
      stride: 1,
      inChannels: 16,
      outChannels: 24,
      weight: 'weight',
      bias: 'bias',
      shift: 12,
      activation: 'leaky',
    };
    const input = drawTensor(random, 'full', height, width, 16);
    t.true(sameOnBoth([conv], { weight, bias }, { input }));
  }
});

test('a depthwise convolution is the same on both backends', (t) => {
  const kind = fc.record({ seed, height: side, width: side, channels, shift, range, weighting });
  const property = fc.property(kind, (k) => {
    const random = randomSource(k.seed);
    const drawn = drawWeights(random, k.weighting, k.channels, 9, k.shift);
    // Drawn [channel][tap], stored [tap][channel].
    const weight = drawn.weight.map(
      (_, index) => drawn.weight[(index % k.channels) * 9 + Math.floor(index / k.channels)],
    );
    const op: Op = {
      op: 'depthwise',
      input: 'input',
      output: 'output',
      channels: k.channels,
      weight: 'weight',
      bias: 'bias',
      shift: k.shift,
    };
    const input = drawTensor(random, k.range, k.height, k.width, k.channels);
    return sameOnBoth([op], { weight, bias: drawn.bias }, { input });
  });
  t.notThrows(() => fc.assert(property, runs));
});

test('gains and offsets are the same on both backends at every quality', (t) => {
  const q16 = fc.integer({ min: 0, max: 1600 });
  const kind = fc.record({ seed, height: side, width: side, channels, shift, range, q16 });
  const property = fc.property(kind, (k) => {
    const random = randomSource(k.seed);
    const { data: table } = drawTensor(random, k.range, 101, 1, k.channels);
    const input = drawTensor(random, k.range, k.height, k.width, k.channels);
    const gain: Op = {
      op: 'gain',
      input: 'input',
      output: 'output',
      table: 'table',
      shift: k.shift,
    };
    const offset: Op = { op: 'offset', input: 'input', output: 'output', table: 'table' };
    return (
      sameOnBoth([gain], { table }, { input }, k.q16) &&
      sameOnBoth([offset], { table }, { input }, k.q16)
    );
  });
  t.notThrows(() => fc.assert(property, runs));
});

test('a map gives each position the row of its quality, on both backends and at any size', (t) => {
  const scale = fc.constantFrom(1, 2, 4);
  const kind = fc.record({ seed, height: side, width: side, channels, shift, scale });
  const property = fc.property(kind, (k) => {
    const random = randomSource(k.seed);
    const { data: table } = drawTensor(random, 'full', 101, 1, k.channels);
    const size = [k.scale * k.height, k.scale * k.width, k.channels] as const;
    const input = drawTensor(random, 'full', ...size);
    // Few qualities, so that there are runs.
    const data = Int16Array.from({ length: k.height * k.width }, () => 16 * (random() * 3) + 500);
    const map = { height: k.height, width: k.width, channels: 1, data };
    const gain: Op = { op: 'gain', input: 'input', output: 'x', table: 'table', shift: k.shift };
    const offset: Op = { op: 'offset', input: 'x', output: 'output', table: 'table' };
    const network = [gain, offset];
    const engine = createEngine(bareModel({ table }));
    const mapped = engine.run(network, { input }, map);
    const byQuality = new Map<number, Int16Array>();
    const isRight = mapped.data.every((value, index) => {
      const position = Math.floor(index / k.channels);
      const row = Math.floor(position / size[1] / k.scale);
      const q16 = data[row * k.width + Math.floor((position % size[1]) / k.scale)];
      if (!byQuality.has(q16)) byQuality.set(q16, engine.run(network, { input }, q16).data);
      return value === (byQuality.get(q16) as Int16Array)[index];
    });
    return isRight && sameOnBoth(network, { table }, { input }, map);
  });
  t.notThrows(() => fc.assert(property, runs));
});

test('slopes are the same on both backends, up to the largest gradients', (t) => {
  const kind = fc.record({ seed, height: side, width: side, channels, range });
  const slope: EngineOp = { op: 'slope', input: 'x', activation: 'a', output: 'output' };
  const property = fc.property(kind, (k) => {
    const random = randomSource(k.seed);
    const draw = (range: string) => drawTensor(random, range, k.height, k.width, k.channels);
    const inputs = { x: draw(k.range), a: draw('small') };
    return (
      sameOnBoth([slope], {}, inputs) &&
      sameOnBoth([{ ...slope, output: 'x' }], {}, inputs, 0, ['x', 'a'])
    );
  });
  t.notThrows(() => fc.assert(property, runs));
});

test('moves are the same on both backends, and unshuffle undoes shuffle', (t) => {
  const kind = fc.record({ seed, height: side, width: side, channels, other: channels });
  const property = fc.property(kind, (k) => {
    const random = randomSource(k.seed);
    const input = drawTensor(random, 'full', k.height, k.width, 4 * k.channels);
    const second = drawTensor(random, 'full', k.height, k.width, k.other);
    const shuffle: Op = { op: 'shuffle', input: 'input', output: 'output' };
    const back: Op = { op: 'unshuffle', input: 'output', output: 'output' };
    const concat: Op = { op: 'concat', inputs: ['input', 'second'], output: 'output' };
    const engine = createEngine(bareModel({}));
    return (
      sameOnBoth([shuffle], {}, { input }) &&
      sameOnBoth([concat], {}, { input, second }) &&
      sameTensor(engine.run([shuffle, back], { input }, 0), input)
    );
  });
  t.notThrows(() => fc.assert(property, runs));
});

/** A network of random operations on four registers of one size: every pattern of reuse and overwriting. */
function drawNetwork(random: Random, length: number, count: number): Op[] {
  const names = ['a', 'b', 'c', 'output'];
  const pick = () => names[Math.floor(random() * names.length)];
  const network: Op[] = [];
  for (let index = 0; index < length; index++) {
    const [input, output] = [pick(), pick()];
    const conv = (kernel: 1 | 3): ConvOp => ({
      op: 'conv',
      input,
      output,
      kernel,
      stride: 1,
      inChannels: count,
      outChannels: count,
      weight: `weight${kernel}`,
      bias: 'bias',
      shift: 13,
      activation: random() < 0.5 ? 'leaky' : 'none',
      ...(random() < 0.5 ? { residual: pick() } : {}),
    });
    const kind = Math.floor(random() * 9);
    if (kind < 4) {
      network.push(conv(1));
    } else if (kind < 5) {
      network.push(conv(3));
    } else if (kind < 6) {
      const fields = { weight: 'depthwiseWeight', bias: 'bias', shift: 14 };
      network.push({ op: 'depthwise', input, output, channels: count, ...fields });
    } else if (kind < 7) {
      network.push({ op: 'gain', input, output, table: 'table', shift: 14 });
    } else if (kind < 8) {
      network.push({ op: 'offset', input, output, table: 'table' });
    } else {
      network.push({ op: 'concat', inputs: [input, pick()], output: 'wide' });
      const wide = { input: 'wide', inChannels: 2 * count, weight: 'wideWeight' };
      network.push({ ...conv(1), ...wide });
    }
  }
  return network;
}

test('networks that reuse and overwrite registers are the same on both backends', (t) => {
  const kind = fc.record({
    seed,
    height: side,
    width: side,
    length: fc.integer({ min: 1, max: 12 }),
    q16: fc.integer({ min: 0, max: 1600 }),
  });
  const count = 16;
  const property = fc.property(kind, (k) => {
    const random = randomSource(k.seed);
    const tensor = () => drawTensor(random, 'full', k.height, k.width, count);
    const inputs = { a: tensor(), b: tensor(), c: tensor(), output: tensor() };
    const { weight: weight1, bias } = drawWeights(random, 'even', count, count, 13);
    const { weight: weight3 } = drawWeights(random, 'even', count, 9 * count, 13);
    const { weight: wideWeight } = drawWeights(random, 'even', count, 2 * count, 13);
    const { weight: depthwiseWeight } = drawWeights(random, 'even', count, 9, 14);
    const { data: table } = drawTensor(random, 'full', 101, 1, count);
    const tensors = { weight1, weight3, wideWeight, depthwiseWeight, bias, table };
    const outputs = ['a', 'b', 'c', 'output'].filter(() => random() < 0.5);
    const network = drawNetwork(random, k.length, count);
    return sameOnBoth(network, tensors, inputs, k.q16, ['output', ...outputs]);
  });
  t.notThrows(() => fc.assert(property, { numRuns: 400 }));
});

test('heads are the same on both backends', (t) => {
  const kind = fc.record({ seed, height: side, width: side, step: fc.integer({ min: 0, max: 3 }) });
  const property = fc.property(kind, (k) => {
    const random = randomSource(k.seed);
    const head: ConvOp = {
      op: 'conv',
      input: 'input',
      output: 'output',
      kernel: 1,
      stride: 1,
      inChannels: 24,
      outChannels: 64,
      weight: 'weight',
      bias: 'bias',
      shift: 10,
      activation: 'none',
    };
    const model = bareModel(drawWeights(random, 'few', 64, 24, 10), [head, head, head, head]);
    const features = drawTensor(random, 'full', k.height, k.width, 24);
    const [simd, scalar] = (['simd', 'scalar'] as const).map((backend) =>
      createEngine(model, { backend }).runHead(k.step, features),
    );
    return sameTensor(simd, scalar);
  });
  t.notThrows(() => fc.assert(property, runs));
});

test('all networks of a whole model are the same on both backends', (t) => {
  const model = modelOf(randomModel({ seed: 3, latentChannels: 64, blocks: 2 }));
  const { analysis, hyperAnalysis } = encoderOf(model);
  const { hyperSynthesis, context, synthesis } = model.manifest.networks;
  const simd = createEngine(model, { backend: 'simd' });
  const scalar = createEngine(model, { backend: 'scalar' });
  const same = (network: readonly Op[], inputs: Record<string, Tensor>): Tensor => {
    const output = simd.run(network, inputs, 1003);
    t.true(sameTensor(output, scalar.run(network, inputs, 1003)));
    return output;
  };
  const random = randomSource(5);
  same(analysis, { input: drawTensor(random, 'full', 7, 10, 192) });
  const latents = drawTensor(random, 'small', 12, 8, 64);
  const prior = same(hyperSynthesis, { input: same(hyperAnalysis, { input: latents }) });
  context.forEach((network, step) => {
    const features = same(network, step > 0 ? { prior, latents } : { prior });
    t.true(sameTensor(simd.runHead(step, features), scalar.runHead(step, features)));
  });
  same(synthesis, { input: latents });
});
