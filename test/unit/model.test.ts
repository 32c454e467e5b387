// The model parser accepts a valid model and names what is wrong with any other.
import test from 'ava';
import fc from 'fast-check';
import { parseModel } from '../../codec/engine/model.ts';
import { ModelError } from '../../codec/errors.ts';
import { randomModel } from '../helpers/random-model.ts';

const { manifest, data } = randomModel();
type Json = Record<string, unknown>;

/** A copy of the manifest with the value at a path of keys replaced, or removed if undefined. */
function withValue(path: string | readonly string[], value: unknown): Json {
  const copy = structuredClone(manifest) as unknown as Json;
  const keys = typeof path === 'string' ? path.split('.') : [...path];
  const last = keys.pop() as string;
  const parent = keys.reduce((node, key) => node[key] as Json, copy);
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return copy;
}

/** A copy of the data with one element of a tensor changed. */
function withElement(name: string, index: number, value: number): Uint8Array {
  const copy = data.slice();
  const { dtype, offset } = manifest.tensors[name];
  const view = new DataView(copy.buffer);
  if (dtype === 'int16') view.setInt16(offset + 2 * index, value, true);
  else if (dtype === 'uint16') view.setUint16(offset + 2 * index, value, true);
  else if (dtype === 'uint8') view.setUint8(offset + index, value);
  else view.setInt32(offset + 4 * index, value, true);
  return copy;
}

test('a valid model gives typed views of its tensors', (t) => {
  const model = parseModel(JSON.parse(JSON.stringify(manifest)), data);
  t.is(model.manifest.latentChannels, 32);
  t.is(model.tensors.size, Object.keys(manifest.tensors).length);
  const cdf = model.tensors.get(manifest.entropy.cdf);
  t.true(cdf instanceof Uint32Array);
  t.is(cdf?.[0], 0);
  t.true(model.tensors.get('conv0.weight') instanceof Int16Array);
  t.true(model.tensors.get('conv0.bias') instanceof Int32Array);
});

test('data at any offset of its buffer, and in a Buffer, gives the same tensors', (t) => {
  const buffer = Buffer.alloc(data.length + 3);
  buffer.set(data, 3);
  const model = parseModel(manifest, buffer.subarray(3));
  t.deepEqual(
    model.tensors.get('conv0.weight'),
    parseModel(manifest, data).tensors.get('conv0.weight'),
  );
});

const conv = 'networks.hyperSynthesis.0';
const refused: readonly (readonly [string, string, unknown, RegExp])[] = [
  ['another format', 'format', 'onnx', /Expected format nic-model, version 1 but received onnx/],
  ['another version', 'version', 2, /version 1 but received nic-model, version 2/],
  ['an id of 0', 'id', 0, /an integer from 1 to 255 for id but received 0/],
  ['a missing name', 'name', undefined, /a non-empty string for name but received undefined/],
  ['a short hash', 'sha256', 'abc', /64 hexadecimal digits for sha256/],
  ['odd latent channels', 'latentChannels', 40, /a multiple of 32 for latentChannels/],
  ['text for a number', 'latentBits', '6', /latentBits but received '6' of type string/],
  ['too large a shift of pixels', 'outputShift', 9, /0 to 8 for outputShift/],
  ['a fractional halo', 'synthesisHalo', 1.5, /for synthesisHalo/],
  ['a single lambda', 'lambda', [0.1], /an array of 2 items for lambda/],
  ['a falling lambda', 'lambda', [0.3, 0.1], /two rising numbers above 0 for lambda/],
  ['a lambda of 0', 'lambda', [0, 0.1], /two rising numbers above 0 for lambda/],
  ['an endless lambda', 'lambda', [1, Infinity], /two rising numbers above 0 for lambda/],
  ['another number of qualities', 'qualityLevels', 64, /one of 101 for qualityLevels/],
  ['no networks', 'networks', undefined, /an object for networks/],
  ['three context steps', 'networks.context', [[], [], []], /an array of 4 items/],
  ['an unknown operation', `${conv}.op`, 'softmax', /networks\.hyperSynthesis\[0\]\.op/],
  [
    'an unknown field',
    `${conv}.dilation`,
    2,
    /Unknown field networks\.hyperSynthesis\[0\]\.dilation/,
  ],
  ['an unknown activation', `${conv}.activation`, 'relu', /one of none, leaky/],
  ['a kernel of 5', `${conv}.kernel`, 5, /one of 1, 3/],
  ['a shift of 31', `${conv}.shift`, 31, /an integer from 0 to 30/],
  ['channels that are no multiple of 8', `${conv}.outChannels`, 20, /a multiple of 8/],
  ['channels that disagree', `${conv}.inChannels`, 24, /weight but tensor conv0.weight is/],
  ['a register that nobody wrote', `${conv}.input`, 'x', /'x' is read before it is written/],
  ['a residual of other channels', `${conv}.residual`, 'input', /residual: expected 64 channels/],
  ['a tensor that is not there', `${conv}.weight`, 'w', /names no tensor: 'w'/],
  ['a tensor of another type', `${conv}.bias`, 'cdf', /Expected int32 \[64\]/],
  ['no output', 'networks.synthesis', [], /register 'output' is read before/],
  ['an output of another size', 'networks.synthesis.9.stride', 2, /synthesis: expected an output/],
  ['a head with an activation', 'networks.heads.0.activation', 'leaky', /a plain 1x1 convolution/],
  ['unaligned tensors', 'tensors.cdf.offset', 8, /a multiple of 16 for tensors\.cdf\.offset/],
  ['a tensor beyond the data', 'tensors.cdf.offset', 2 ** 40, /Tensor cdf ends at byte/],
  ['a negative size', 'tensors.cdf.shape', [-1], /tensors\.cdf\.shape\[0\]/],
  ['an enormous size', 'tensors.cdf.shape', [2 ** 30, 2 ** 30, 2 ** 30], /ends at byte/],
  ['a tensor without shape', 'tensors.cdf.shape', [], /at least one size for tensors\.cdf\.shape/],
  ['a scale table that falls', 'entropy.scaleTable.5', 0.01, /ascending/],
  ['a scale table of 63', 'entropy.scaleTable', [1], /an array of 64 items/],
  ['no contexts', 'entropy.contexts', undefined, /an object for entropy\.contexts/],
  [
    'no contexts of z',
    'entropy.contexts.hyper',
    undefined,
    /an object for entropy\.contexts\.hyper/,
  ],
  [
    'contexts of other channels',
    'entropy.contexts.latents.balance',
    'contexts.hyper.balance',
    /Expected int16 \[32, 9, 4\] for entropy\.contexts\.latents\.balance/,
  ],
  [
    'links of other channels',
    'entropy.contexts.latents.links',
    'contexts.hyper.balance',
    /Expected int16 \[32, 32\] for entropy\.contexts\.latents\.links/,
  ],
  ['skipBelow out of range', 'entropy.skipBelow', 65, /0 to 64 for entropy\.skipBelow/],
];

for (const [title, path, value, message] of refused) {
  test(`${title} is refused by name`, (t) => {
    const parse = () => parseModel(withValue(path, value), data);
    t.throws(parse, { instanceOf: ModelError, code: 'INVALID_MODEL', message });
  });
}

const { cdf, cdfLength, cdfRadius, cdfOffset, hyperScaleIndex } = manifest.entropy;
const damaged: readonly (readonly [string, Uint8Array, RegExp])[] = [
  [
    'a cdf that stands still',
    withElement(cdf, 2, 0),
    /cdf of scale 0 does not increase at entry 2/,
  ],
  ['a cdf that does not start at 0', withElement(cdf, 0, 1), /scale 0 does not run from 0/],
  ['a cdf outside of the table', withElement(cdfOffset, 3, 1e6), /scale 3 lies outside/],
  ['a cdf whose length is not 2R+3', withElement(cdfLength, 4, 4), /scale 4 has 4 entries/],
  ['a radius that disagrees', withElement(cdfRadius, 4, 0), /for radius 0/],
  ['a hyper scale index of 64', withElement(hyperScaleIndex, 9, 64), /hyperScaleIndex holds 64/],
];

for (const [title, bytes, message] of damaged) {
  test(`${title} is refused`, (t) => {
    t.throws(() => parseModel(manifest, bytes), { code: 'INVALID_MODEL', message });
  });
}

test('the accumulator bound is exact: one more unit of weight or bias is refused', (t) => {
  const { weight, bias, shift, inChannels } = manifest.networks.hyperSynthesis[0] as Extract<
    (typeof manifest.networks.hyperSynthesis)[number],
    { op: 'conv' }
  >;
  const copy = data.slice();
  const row = new Int16Array(copy.buffer, manifest.tensors[weight].offset, inChannels).fill(0);
  const biases = new Int32Array(copy.buffer, manifest.tensors[bias].offset, 1);
  row.set([-32768, 32767]);
  const spare = 2 ** 31 - 1 - 65535 * 32768 - 2 ** (shift - 1);
  biases[0] = -spare;
  t.notThrows(() => parseModel(manifest, copy));
  biases[0] = spare + 1;
  t.throws(() => parseModel(manifest, copy), {
    message: /accumulator of output 0 can reach 21474836/,
  });
  biases[0] = 0;
  row[2] = -1;
  t.throws(() => parseModel(manifest, copy), {
    message: /networks\.hyperSynthesis\[0\].*output 0/,
  });
});

test('truncated data is refused', (t) => {
  const parse = () => parseModel(manifest, data.subarray(0, data.length - 16));
  t.throws(parse, { code: 'INVALID_MODEL', message: /but the data has/ });
});

/** Paths of all values in a JSON tree. */
function pathsOf(node: unknown): string[][] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) => [
    [key],
    ...pathsOf(value).map((rest) => [key, ...rest]),
  ]);
}

test('a manifest with any one value replaced gives a model or a ModelError', (t) => {
  const paths = pathsOf(manifest);
  const property = fc.property(fc.constantFrom(...paths), fc.jsonValue(), (path, value) => {
    try {
      parseModel(withValue(path, value), data);
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
    }
  });
  t.notThrows(() => fc.assert(property, { numRuns: 500 }));
  for (const value of [undefined, null, 5, 'text', [], {}]) {
    t.throws(() => parseModel(value, data), { instanceOf: ModelError });
  }
});
