// Each operation and the rounding rule against numbers worked out by hand from codec/models/README.md, on both
// backends: they cannot be wrong together without a failure here.
import test from 'ava';
import { createEngine, type Op, type Tensor } from '../../codec/engine/engine.ts';
import type { ConvOp, TypedArray } from '../../codec/engine/manifest.ts';
import { bareModel } from '../helpers/bare-model.ts';

const backends = ['simd', 'scalar'] as const;

/** A tensor of 8 channels from the values of channel 0; the others are zero. */
function plane(rows: readonly (readonly number[])[], channels = 8): Tensor {
  const height = rows.length;
  const width = rows[0].length;
  const data = new Int16Array(height * width * channels);
  rows.flat().forEach((value, index) => {
    data[index * channels] = value;
  });
  return { height, width, channels, data };
}

/** Values of one channel, row by row. */
function channelOf({ height, width, channels, data }: Tensor, channel = 0): number[][] {
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => data[(y * width + x) * channels + channel]),
  );
}

function convOp(fields: Partial<ConvOp> = {}): ConvOp {
  return {
    op: 'conv',
    input: 'input',
    output: 'output',
    kernel: 1,
    stride: 1,
    inChannels: 8,
    outChannels: 8,
    weight: 'weight',
    bias: 'bias',
    shift: 0,
    activation: 'none',
    ...fields,
  };
}

interface Case {
  readonly title: string;
  readonly network: readonly Op[];
  readonly tensors?: Readonly<Record<string, TypedArray>>;
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly q16?: number;
  /** Expected values of channel 0, or of `channel`. */
  readonly channel?: number;
  readonly expected: readonly (readonly number[])[];
}

/** Weights of 8 outputs that are zero but for those given as [index, value]. */
function sparse(length: number, ...entries: readonly (readonly [number, number])[]): Int16Array {
  const values = new Int16Array(length);
  for (const [index, value] of entries) values[index] = value;
  return values;
}

/** A per-quality table `[101][8]`, zero but for channel 0 of two rows. */
function table(rows: Readonly<Record<number, number>>): Int16Array {
  const values = new Int16Array(101 * 8);
  for (const [row, value] of Object.entries(rows)) values[Number(row) * 8] = value;
  return values;
}

const identity = sparse(64, ...Array.from({ length: 8 }, (_, i) => [i * 9, 1] as const));
const noBias = new Int32Array(8);
const input5x3 = plane([
  [1, 2, 3, 4, 5],
  [6, 7, 8, 9, 10],
  [11, 12, 13, 14, 15],
]);

const cases: readonly Case[] = [
  {
    title: 'a 1x1 convolution adds the bias and the products of its inputs',
    network: [convOp()],
    // Output 1 reads inputs 0 and 7: 3 * x0 - 2 * x7 + 100.
    tensors: {
      weight: sparse(64, [8, 3], [15, -2]),
      bias: Int32Array.of(0, 100, 0, 0, 0, 0, 0, 0),
    },
    inputs: {
      input: { height: 1, width: 2, channels: 8, data: sparse(16, [0, 10], [7, 4], [8, -5]) },
    },
    channel: 1,
    expected: [[122, 85]],
  },
  {
    title: 'rounding adds half and floors: halves go up, also for negative values',
    network: [convOp({ shift: 1 })],
    tensors: { weight: identity, bias: noBias },
    inputs: { input: plane([[1, 3, -1, -3, -2, 2, 0]]) },
    expected: [[1, 2, 0, -1, -1, 1, 0]],
  },
  {
    title: 'rounding by four bits',
    network: [convOp({ shift: 4 })],
    tensors: { weight: identity, bias: noBias },
    inputs: { input: plane([[7, 8, 23, 24, -8, -9, -24, -25]]) },
    expected: [[0, 1, 1, 2, 0, -1, -1, -2]],
  },
  {
    title: 'leaky keeps positive values and takes the floor of an eighth of negative ones',
    network: [convOp({ activation: 'leaky' })],
    tensors: { weight: identity, bias: noBias },
    inputs: { input: plane([[5, 0, -1, -8, -9, -32768]]) },
    expected: [[5, 0, -1, -1, -2, -4096]],
  },
  {
    title: 'leaky acts on the rounded value before saturation',
    network: [convOp({ activation: 'leaky', shift: 1 })],
    tensors: { weight: sparse(64, [0, 32]), bias: noBias },
    // -32768 * 32 / 2 = -524288, an eighth of it is -65536, saturated; 12 * 32 / 2 = 192.
    inputs: { input: plane([[-32768, 12, -16]]) },
    expected: [[-32768, 192, -32]],
  },
  {
    title: 'results saturate to 16 bits, before the residual and after it',
    network: [convOp({ residual: 'residual' })],
    tensors: { weight: sparse(64, [0, 4]), bias: noBias },
    inputs: { input: plane([[30000, -30000, 30000, 10]]), residual: plane([[-7, 7, 1, -50]]) },
    expected: [[32760, -32761, 32767, -10]],
  },
  {
    title: 'two weights of the smallest value and the smallest inputs do not wrap',
    network: [convOp({ shift: 15 })],
    tensors: { weight: sparse(64, [0, -32768], [1, -32767]), bias: noBias },
    inputs: {
      input: { height: 1, width: 1, channels: 8, data: sparse(8, [0, -32768], [1, -32768]) },
    },
    // 2^30 + 32767 * 2^15 + 2^14 is just below 2^31; shifted 65535, saturated.
    expected: [[32767]],
  },
  {
    title: 'a 3x3 convolution is centred and reads zeros outside',
    network: [convOp({ kernel: 3 })],
    // Input 0 of output 0: taps left (3), centre (4) and below right (8).
    tensors: { weight: sparse(8 * 72, [3 * 8, 100], [4 * 8, 10], [8 * 8, 1]), bias: noBias },
    inputs: { input: input5x3 },
    expected: [
      [17, 128, 239, 350, 450],
      [72, 683, 794, 905, 1000],
      [110, 1220, 1330, 1440, 1550],
    ],
  },
  {
    title: 'a stride of 2 centres on even rows and columns, the last included',
    network: [convOp({ kernel: 3, stride: 2 })],
    tensors: { weight: sparse(8 * 72, [3 * 8, 100], [4 * 8, 10], [8 * 8, 1]), bias: noBias },
    inputs: { input: input5x3 },
    expected: [
      [17, 239, 450],
      [110, 1330, 1550],
    ],
  },
  {
    title: 'a 1x1 convolution with a stride of 2 takes every other position',
    network: [convOp({ stride: 2 })],
    tensors: { weight: identity, bias: noBias },
    inputs: { input: input5x3 },
    expected: [
      [1, 3, 5],
      [11, 13, 15],
    ],
  },
  {
    title: 'a depthwise convolution weighs nine neighbours of its own channel',
    network: [
      {
        op: 'depthwise',
        input: 'input',
        output: 'output',
        channels: 8,
        weight: 'weight',
        bias: 'bias',
        shift: 1,
      },
    ],
    // Channel 0: above left (0), above (1) and right (5), and a bias of 1.
    tensors: {
      weight: sparse(72, [0, 2000], [8, 200], [5 * 8, 20]),
      bias: Int32Array.of(1, 0, 0, 0, 0, 0, 0, 0),
    },
    inputs: { input: input5x3 },
    // The bias of 1 becomes a half that rounds up.
    expected: [
      [21, 31, 41, 51, 1],
      [171, 1281, 2391, 3501, 4501],
      [721, 6831, 7941, 9051, 10001],
    ],
  },
  {
    title: 'a gain rounds and saturates, its factor interpolated between two qualities',
    network: [{ op: 'gain', input: 'input', output: 'output', table: 'table', shift: 4 }],
    // q16 = 50*16 + 4: (100*12 + 131*4 + 8) >> 4 = 108.
    tensors: { table: table({ 50: 100, 51: 131 }) },
    inputs: { input: plane([[10, -10, 32000, -32000, 2]]) },
    q16: 804,
    expected: [[68, -67, 32767, -32768, 14]],
  },
  {
    title: 'the last quality has no neighbour above',
    network: [{ op: 'gain', input: 'input', output: 'output', table: 'table', shift: 0 }],
    tensors: { table: table({ 99: 5, 100: 3 }) },
    inputs: { input: plane([[10, -10]]) },
    q16: 1600,
    expected: [[30, -30]],
  },
  {
    title: 'an offset saturates, its term interpolated and rounded up at halves',
    network: [{ op: 'offset', input: 'input', output: 'output', table: 'table' }],
    // (-5*8 + 0*8 + 8) >> 4 = -2.
    tensors: { table: table({ 10: -5 }) },
    inputs: { input: plane([[10, -32767, 32767]]) },
    q16: 168,
    expected: [[8, -32768, 32765]],
  },
  {
    title: 'a concatenation has the channels of the first input, then those of the second',
    network: [{ op: 'concat', inputs: ['first', 'second'], output: 'output' }],
    inputs: { first: plane([[1, 2]], 16), second: plane([[3, 4]]) },
    channel: 16,
    expected: [[3, 4]],
  },
];

for (const backend of backends) {
  for (const { title, network, tensors = {}, inputs, q16 = 0, channel, expected } of cases) {
    test(`${backend}: ${title}`, (t) => {
      const engine = createEngine(bareModel(tensors), { backend });
      t.deepEqual(channelOf(engine.run(network, inputs, q16), channel), expected);
    });
  }

  test(`${backend}: shuffle moves each quarter of the channels to its place in a 2x2 square`, (t) => {
    const data = Int16Array.from({ length: 2 * 32 }, (_, index) => index);
    const network: Op[] = [{ op: 'shuffle', input: 'input', output: 'output' }];
    const engine = createEngine(bareModel({}), { backend });
    const output = engine.run(network, { input: { height: 1, width: 2, channels: 32, data } }, 0);
    t.deepEqual([output.height, output.width, output.channels], [2, 4, 8]);
    t.deepEqual(channelOf(output, 0), [
      [0, 8, 32, 40],
      [16, 24, 48, 56],
    ]);
    t.deepEqual(channelOf(output, 7), [
      [7, 15, 39, 47],
      [23, 31, 55, 63],
    ]);
  });

  test(`${backend}: unshuffle gathers a 2x2 square into four times the channels`, (t) => {
    const data = Int16Array.from({ length: 2 * 4 * 8 }, (_, index) => index);
    const network: Op[] = [{ op: 'unshuffle', input: 'input', output: 'output' }];
    const engine = createEngine(bareModel({}), { backend });
    const output = engine.run(network, { input: { height: 2, width: 4, channels: 8, data } }, 0);
    t.deepEqual([output.height, output.width, output.channels], [1, 2, 32]);
    const [[first, second], ...rest] = [0, 8, 16, 24].map((at) => channelOf(output, at)[0]);
    t.deepEqual([first, second], [0, 16]);
    t.deepEqual(rest, [
      [8, 24],
      [32, 48],
      [40, 56],
    ]);
  });

  test(`${backend}: a head computes the rows of the group of each position's parity`, (t) => {
    // 32 outputs in four groups of 8; the bias of an output is its number, weights are zero but for input 0.
    const weight = sparse(32 * 8, ...Array.from({ length: 32 }, (_, i) => [i * 8, 100] as const));
    const bias = Int32Array.from({ length: 32 }, (_, index) => index);
    const head = convOp({ outChannels: 32 });
    const model = bareModel({ weight, bias }, [head, head, head, head]);
    const engine = createEngine(model, { backend });
    const features = plane([
      [1, 2, 3],
      [4, 5, 6],
      [7, 8, 9],
    ]);
    const firstRowOf = (step: number) => channelOf(engine.runHead(step, features), 3);
    // Group of parity p in step s is p XOR [0, 3, 1, 2][s]; output 3 of group g is 8g + 3.
    t.deepEqual(firstRowOf(0), [
      [103, 211, 303],
      [419, 527, 619],
      [703, 811, 903],
    ]);
    t.deepEqual(firstRowOf(1), [
      [127, 219, 327],
      [411, 503, 611],
      [727, 819, 927],
    ]);
    t.deepEqual(firstRowOf(2)[0], [111, 203, 311]);
    t.deepEqual(firstRowOf(3)[0], [119, 227, 319]);
  });

  test(`${backend}: what does not fit is refused by name`, (t) => {
    const engine = createEngine(bareModel({ weight: identity, bias: noBias }), { backend });
    const refuse = (network: readonly Op[], inputs: Record<string, Tensor>, message: RegExp) => {
      const run = () => engine.run(network, inputs, 0);
      t.throws(run, { code: 'INVALID_ARGUMENT', message });
    };
    const conv = [convOp()];
    refuse(conv, {}, /a tensor for register input but received undefined/);
    refuse(conv, { input: plane([[1]], 16) }, /8 channels for register input but received 16/);
    refuse(conv, { input: { ...plane([[1]]), width: 2 } }, /16 values for register input/);
    refuse(conv, { input: { ...plane([[1]]), height: 0 } }, /sides from 1 to 8192/);
    const unshuffle: Op[] = [{ op: 'unshuffle', input: 'input', output: 'output' }];
    refuse(unshuffle, { input: plane([[1, 2, 3]]) }, /an even size for register input.*3x1/);
    const concat: Op[] = [{ op: 'concat', inputs: ['a', 'b'], output: 'output' }];
    refuse(concat, { a: plane([[1]]), b: plane([[1, 2]]) }, /the size 1x1 for register b/);
    const inputs = { input: plane([[1]]), residual: plane([[1, 2]]) };
    refuse([convOp({ residual: 'residual' })], inputs, /size of the output for residual residual/);
    t.throws(() => engine.run(conv, { input: plane([[1]]) }, 1601), { message: /from 0 to 1600/ });
    t.throws(() => engine.run(conv, { input: plane([[1]]) }, 0.5), { message: /integer/ });
    // A failed run leaves nothing behind.
    t.deepEqual(channelOf(engine.run(conv, { input: plane([[42]]) }, 0)), [[42]]);
  });
}

test('the SIMD backend is the default where it exists, and other names are refused', (t) => {
  t.is(createEngine(bareModel({})).backend, 'simd');
  const backend = 'gpu' as 'simd';
  t.throws(() => createEngine(bareModel({}), { backend }), { code: 'INVALID_ARGUMENT' });
});
