// A network that is turned around gives the gradient that finite differences give.
import test from 'ava';
import { encoderOf } from '../../codec/engine/encoder.ts';
import { createNetworkEngine, type NetworkEngine, type Tensor } from '../../codec/engine/engine.ts';
import { type GradientNetwork, gradientNetwork } from '../../codec/engine/gradient-network.ts';
import type { ConvOp, Op } from '../../codec/engine/manifest.ts';
import { modelOf } from '../helpers/model-of.ts';
import { randomModel, randomSource } from '../helpers/random-model.ts';

const model = modelOf(randomModel({ seed: 11, blocks: 2 }));
const { manifest, tensors } = model;
const { synthesis, context } = manifest.networks;
const q16 = 640;

function draw(seed: number, height: number, width: number, channels: number, size: number): Tensor {
  const random = randomSource(seed);
  const values = Int16Array.from({ length: height * width * channels }, () =>
    Math.round((2 * random() - 1) * size),
  );
  return { height, width, channels, data: values };
}

function dot(first: ArrayLike<number>, second: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < first.length; index++) sum += first[index] * second[index];
  return sum;
}

/** The gradient by the input of the sum of `weights` times the output, and that of finite differences along `direction`. */
function compare(
  network: GradientNetwork,
  input: Tensor,
  weights: Tensor,
  direction: Tensor,
  backend: 'simd' | 'scalar' = 'simd',
): { readonly turned: number; readonly differences: number } {
  const engine: NetworkEngine = createNetworkEngine(tensors, { backend });
  engine.addTensors(network.tensors);
  const registers = ['output', ...network.kept];
  const [, ...kept] = engine.runFor(network.forward, { input }, q16, registers);
  const activations = Object.fromEntries(network.kept.map((name, index) => [name, kept[index]]));
  const gradient = engine.run(network.backward, { gradient: weights, ...activations }, q16);
  const at = (sign: number): number => {
    const moved = input.data.map((value, index) => value + sign * direction.data[index]);
    const [output] = engine.runFor(network.forward, { input: { ...input, data: moved } }, q16, [
      'output',
    ]);
    return dot(output.data, weights.data);
  };
  return {
    turned: dot(gradient.data, direction.data) * 2 ** -network.exponent,
    differences: (at(1) - at(-1)) / 2,
  };
}

test('the gradient of a synthesis along a direction is that of finite differences', (t) => {
  const network = gradientNetwork(synthesis, tensors);
  if (!network) return t.fail('the synthesis was not turned');
  t.is(network.kept.length, 4);
  let turnedSquares = 0;
  let squaredDistance = 0;
  for (let seed = 1; seed <= 20; seed++) {
    const input = draw(seed, 4, 5, 32, 300);
    const weights = draw(seed + 100, 8, 10, 192, 60);
    // Along the gradient of another picture, so that the sums do not cancel.
    const direction = draw(seed + 200, 4, 5, 32, 24);
    const { turned, differences } = compare(network, input, weights, direction);
    turnedSquares += turned ** 2;
    squaredDistance += (turned - differences) ** 2;
  }
  t.true(
    Math.sqrt(squaredDistance / turnedSquares) < 0.1,
    `${Math.sqrt(squaredDistance / turnedSquares)}`,
  );
});

test('a turned network gives the same integers on both backends', (t) => {
  const network = gradientNetwork(synthesis, tensors);
  if (!network) return t.fail('the synthesis was not turned');
  const input = draw(1, 3, 3, 32, 3000);
  const weights = draw(2, 6, 6, 192, 8000);
  const args = [network, input, weights, draw(3, 3, 3, 32, 30)] as const;
  t.deepEqual(compare(...args, 'simd'), compare(...args, 'scalar'));
});

test('every accumulator of a turned network stays within 32 bits', (t) => {
  const network = gradientNetwork(synthesis, tensors);
  if (!network) return t.fail('the synthesis was not turned');
  let convolutions = 0;
  for (const op of network.backward) {
    if (op.op !== 'conv' && op.op !== 'depthwise') continue;
    convolutions++;
    const weight = network.tensors.get(op.weight) as Int16Array;
    const outputs = op.op === 'conv' ? op.outChannels : op.channels;
    const count = weight.length / outputs;
    for (let output = 0; output < outputs; output++) {
      let sum = 0;
      for (let item = 0; item < count; item++) {
        sum += Math.abs(weight[op.op === 'conv' ? output * count + item : item * outputs + output]);
      }
      t.true(sum * 32768 + 2 ** Math.max(0, op.shift - 1) < 2 ** 31);
      t.true(op.shift >= 0 && op.shift <= 30);
    }
  }
  t.is(convolutions, 12);
});

test('the gradient of an offset and of gains is that of finite differences', (t) => {
  const offset: Op[] = [
    { ...(manifest.networks.hyperSynthesis.at(-1) as Op), input: 'p', output: 'o' } as Op,
    { op: 'shuffle', input: 'o', output: 'output' },
  ];
  const gain = synthesis[0];
  const network = gradientNetwork([{ ...gain, output: 'p' } as Op, ...offset], tensors);
  if (!network) return t.fail('the network was not turned');
  const args = [draw(1, 2, 3, 32, 500), draw(2, 4, 6, 8, 50), draw(3, 2, 3, 32, 40)] as const;
  const { turned, differences } = compare(network, ...args);
  t.true(Math.abs(turned - differences) < 0.03 * Math.abs(differences), `${turned} ${differences}`);
});

test('networks that cannot be turned are told', (t) => {
  t.is(gradientNetwork(encoderOf(model).analysis, tensors), undefined, 'a stride');
  t.is(gradientNetwork(context[1], tensors), undefined, 'a concatenation');
  const conv = synthesis.find((op): op is ConvOp => op.op === 'conv' && op.residual !== undefined);
  if (!conv) return t.fail('the synthesis has no residual');
  const leaky: Op = {
    ...conv,
    input: 'input',
    residual: 'input',
    output: 'output',
    activation: 'leaky',
  };
  t.is(gradientNetwork([leaky], tensors), undefined, 'a leaky convolution with a residual');
  const [gain] = synthesis;
  const unread: Op[] = [{ ...gain, output: 'a' } as Op, { ...gain, output: 'output' } as Op];
  t.is(gradientNetwork(unread, tensors), undefined, 'a register that nothing reads');
});
