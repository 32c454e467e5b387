import test from 'ava';
import {
  auxiliaryOf,
  createEngine,
  decodePicture,
  encodePicture,
  inlineExecutor,
  type Model,
  ModelError,
  parseModel,
  withAuxiliary,
} from '../../codec/index.ts';
import { drawnPicture } from '../helpers/drawn-picture.ts';
import { modelOf } from '../helpers/model-of.ts';
import { randomModel } from '../helpers/random-model.ts';
import { randomLstm, randomRbm } from '../helpers/random-prior.ts';

const random = randomModel({ seed: 1 });
const { manifest, data } = random;
const model = modelOf(random);

/** An auxiliary synthesis: that of the model under other tensor names. */
function perceptual() {
  const names = new Set<string>();
  const rename = (name: string) => {
    names.add(name);
    return `perceptual.${name}`;
  };
  const synthesis = manifest.networks.synthesis.map((op) => {
    const copy: Record<string, unknown> = { ...op };
    for (const key of ['weight', 'bias', 'table']) {
      if (typeof copy[key] === 'string') copy[key] = rename(copy[key]);
    }
    return copy;
  });
  const tensors = Object.fromEntries(
    Array.from(names, (name) => [`perceptual.${name}`, manifest.tensors[name]]),
  );
  return {
    format: 'nic-auxiliary',
    version: 1,
    kind: 'perceptual',
    name: 'random.perceptual',
    base: manifest.sha256,
    sha256: manifest.sha256,
    networks: { synthesis },
    parameters: { halo: manifest.synthesisHalo },
    tables: {},
    tensors,
  };
}

test('an auxiliary is merged with its base model, which does not change', (t) => {
  const extended = withAuxiliary(model, perceptual(), data);
  t.is(auxiliaryOf(extended, 'perceptual').name, 'random.perceptual');
  t.deepEqual([...model.auxiliaries.keys()], ['encoder']);
  const engine = createEngine(extended);
  const { latentChannels, networks } = manifest;
  const input = {
    height: 2,
    width: 3,
    channels: latentChannels,
    data: Int16Array.from({ length: 6 * latentChannels }, (_, index) => (index * 37) % 301),
  };
  t.deepEqual(
    engine.run(auxiliaryOf(extended, 'perceptual').networks.synthesis, { input }, 800).data,
    engine.run(networks.synthesis, { input }, 800).data,
  );
});

test('a model without the auxiliary says which one is missing', (t) => {
  t.throws(() => auxiliaryOf(model, 'perceptual'), {
    instanceOf: ModelError,
    code: 'MODEL_NOT_FOUND',
    message: /'perceptual'/,
  });
});

const faults: [string, Record<string, unknown>, object][] = [
  ['another base', { base: '0'.repeat(64) }, { code: 'MODEL_MISMATCH' }],
  ['an unknown kind', { kind: 'oracle' }, { message: /for kind / }],
  ['an unknown key', { extra: 1 }, { message: /Unknown field .*extra/ }],
  ['another format', { format: 'nic-model' }, { message: /nic-auxiliary/ }],
  ['a missing network', { networks: {} }, { message: /networks\.synthesis/ }],
  [
    'a network of no use',
    { networks: { ...perceptual().networks, more: [] } },
    { message: /more/ },
  ],
  [
    'a parameter that is no integer',
    { parameters: { halo: 1.5 } },
    { message: /parameters\.halo/ },
  ],
  ['no halo', { parameters: {} }, { message: /parameters\.halo/ }],
  ['a parameter of no use', { parameters: { halo: 2, more: 1 } }, { message: /more/ }],
  ['a tensor without the prefix', { tensors: manifest.tensors }, { code: 'INVALID_MODEL' }],
  [
    'a network of another shape',
    { networks: { synthesis: manifest.networks.hyperSynthesis } },
    { code: 'INVALID_MODEL' },
  ],
];

for (const [name, change, expected] of faults) {
  test(`an auxiliary with ${name} is refused`, (t) => {
    t.throws(() => withAuxiliary(model, { ...perceptual(), ...change }, data), {
      instanceOf: ModelError,
      ...expected,
    });
  });
}

test('a trained prior whose tables do not fit the base is refused by name', (t) => {
  const base = randomModel({ seed: 1 });
  const other = randomModel({ seed: 1, latentChannels: 64 });
  for (const make of [randomLstm, randomRbm]) {
    const { manifest: own, data: bytes } = make(base);
    t.notThrows(() => withAuxiliary(model, own, bytes));
    const foreign = { ...make(other).manifest, base: manifest.sha256 };
    t.throws(() => withAuxiliary(model, foreign, make(other).data), {
      instanceOf: ModelError,
      message: /^Expected int16 \[.*\] for tables\./,
    });
    t.throws(() => withAuxiliary(model, { ...own, parameters: { hidden: 0 } }, bytes), {
      message: /parameters\.hidden/,
    });
  }
});

test('a hidden bias of the RBM that could leave 32 bits is refused', (t) => {
  const { manifest: own, data: bytes } = randomRbm(randomModel({ seed: 1 }));
  const copy = bytes.slice();
  const { offset } = own.tensors['rbm.hiddenBias'];
  new DataView(copy.buffer).setInt32(offset, 2 ** 24, true);
  t.notThrows(() => withAuxiliary(model, own, copy));
  new DataView(copy.buffer).setInt32(offset, -(2 ** 24) - 1, true);
  t.throws(() => withAuxiliary(model, own, copy), { message: /tables\.hiddenBias/ });
});

test('an encoder must have the networks of an encoder and the shapes of its model', (t) => {
  const [{ manifest: own, data: bytes }] = random.auxiliaries;
  const other = randomModel({ seed: 1, latentChannels: 64 }).auxiliaries[0];
  const bare = parseModel(manifest, data);
  t.notThrows(() => withAuxiliary(bare, own, bytes));
  const { analysis } = own.networks;
  for (const [change, message] of [
    [{ networks: { analysis } }, /hyperAnalysis/],
    [{ parameters: { halo: 3, inputShift: 9 } }, /0 to 8 for parameters\.inputShift/],
    [{ parameters: { halo: 3 } }, /parameters\.inputShift/],
    [{ parameters: { ...own.parameters, more: 1 } }, /Unknown field parameters\.more/],
    [{ tables: { more: own.networks.analysis[0].output } }, /Unknown field tables\.more/],
  ] as const) {
    t.throws(() => withAuxiliary(bare, { ...own, ...change }, bytes), {
      code: 'INVALID_MODEL',
      message,
    });
  }
  const foreign = { ...other.manifest, base: manifest.sha256 };
  t.throws(() => withAuxiliary(bare, foreign, other.data), { message: /networks\.analysis/ });
});

test('a model without its encoder decodes, and says what encoding lacks', async (t) => {
  const context = (model: Model) => ({ model, executor: inlineExecutor(createEngine(model)) });
  const picture = drawnPicture(40, 30);
  const bytes = await encodePicture(picture, context(model), { quality: 50 });
  const bare = parseModel(manifest, data);
  t.deepEqual(
    await decodePicture(bytes, context(bare)),
    await decodePicture(bytes, context(model)),
  );
  await t.throwsAsync(encodePicture(picture, context(bare), { quality: 50 }), {
    instanceOf: ModelError,
    code: 'MODEL_NOT_FOUND',
    message: /'encoder'/,
  });
});
