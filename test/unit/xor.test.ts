// The worked example of docs/xor.md: the committed network on both backends, and the numbers that the page states.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import test from 'ava';
import { checkNetwork } from '../../codec/engine/check-network.ts';
import { createNetworkEngine } from '../../codec/engine/engine.ts';
import type { ConvOp } from '../../codec/engine/manifest.ts';
import { readTensors, TensorSource } from '../../codec/engine/manifest-fields.ts';

const page = new URL('../../../docs/xor.md', import.meta.url);
const place = new URL('../../../docs/examples/xor/xor.json', import.meta.url);
const manifest = JSON.parse(await readFile(place, 'utf8'));
// A copy, which starts at a multiple of 16.
const data = new Uint8Array(await readFile(new URL('xor.bin', place)));
const { entries, views } = readTensors(manifest.tensors, data);
const source = new TensorSource(entries, views);
const network: readonly ConvOp[] = manifest.networks.xor;
const shape = { channels: 8, level: 0 };

/** The four inputs in a row, 256 for 1. */
const input = { height: 1, width: 4, channels: 8, data: new Int16Array(32) };
input.data.set([256], 2 * 8);
input.data.set([256, 256], 3 * 8);
input.data.set([0, 256], 8);

for (const backend of ['simd', 'scalar'] as const) {
  test(`the engine computes XOR of the four inputs, ${backend}`, (t) => {
    const output = createNetworkEngine(views, { backend }).run(network, { input }, 0);
    const first = [0, 8, 16, 24].map((index) => output.data[index]);
    t.deepEqual(
      first.map((value) => Number(value > 128)),
      [0, 1, 1, 0],
    );
    t.true(first.every((value, index) => Math.abs(value - [0, 256, 256, 0][index]) <= 2));
    t.true(output.data.every((value, index) => index % 8 === 0 || value === 0));
  });
}

test('the files of the example fit together, and no accumulator can overflow', (t) => {
  t.is(createHash('sha256').update(data).digest('hex'), manifest.sha256);
  t.deepEqual(checkNetwork(network, 'networks.xor', { input: shape }, source, 101), shape);
  const wide = new Map(views).set('xor.xor.0.weight', new Int16Array(64).fill(32767));
  t.throws(
    () =>
      checkNetwork(network, 'networks.xor', { input: shape }, new TensorSource(entries, wide), 101),
    { message: /the accumulator of output 0 can reach/ },
  );
});

/** Row of the page's table of the hidden layer. */
function hiddenRow(unit: number): string {
  const [first] = network;
  const weight = views.get(first.weight) as Int16Array;
  const bias = views.get(first.bias) as Int32Array;
  const [a, b] = weight.subarray(8 * unit, 8 * unit + 2);
  const value = ([x, y]: number[]): number => {
    const rounded = (bias[unit] + 256 * (a * x + b * y) + 2 ** (first.shift - 1)) >> first.shift;
    return Math.max(rounded, rounded >> 3);
  };
  const inputs = [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ];
  const out = (views.get(network[1].weight) as Int16Array)[unit];
  return `| ${[unit, a, b, bias[unit], ...inputs.map(value), out].join(' | ')} |`;
}

test('the page states the numbers of the committed file', async (t) => {
  const text = await readFile(page, 'utf8');
  for (let unit = 0; unit < 8; unit++) t.true(text.includes(hiddenRow(unit)), hiddenRow(unit));
  const weight = views.get('xor.xor.1.weight') as Int16Array;
  const bias = (views.get('xor.xor.1.bias') as Int32Array)[0];
  const sum = weight.subarray(0, 8).reduce((total, value) => total + Math.abs(value), 0);
  const bound = sum * 32768 + Math.abs(bias) + 2 ** (network[1].shift - 1);
  const grouped = (value: number): string => value.toLocaleString('en').replaceAll(',', ' ');
  for (const number of [sum, bias, bound]) t.true(text.includes(grouped(number)), grouped(number));
});
