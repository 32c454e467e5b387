import test from 'ava';
import { complexityOf } from '../../codec/engine/complexity.ts';
import { modelOf } from '../helpers/model-of.ts';
import { randomModel } from '../helpers/random-model.ts';

test('operations a pixel and parameters of a model agree with a count by hand', (t) => {
  const model = modelOf(
    randomModel({
      latentChannels: 32,
      hyperChannels: 16,
      priorChannels: 32,
      analysisChannels: 24,
      synthesisChannels: 16,
      blocks: 2,
    }),
  );
  const block = (channels: number) => 6 * channels ** 2 + 9 * channels;
  // A picture pixel has 1/64 position at 1/8, 1/256 at 1/16, 1/1024 at 1/32 and 1/4096 at 1/64.
  const analysis = (192 * 24 + 3 * block(24)) / 64 + (9 * 24 * 32) / 256;
  const hyperAnalysis =
    (32 * 16 + block(16)) / 256 + (64 * 16 + block(16)) / 1024 + (64 * 16) / 4096;
  const hyperSynthesis =
    (16 * 64) / 4096 + (block(16) + 16 * 64) / 1024 + (block(16) + 16 * 32) / 256;
  const context = (32 * 24 + 3 * 64 * 24 + 4 * block(24) + 4 * 24 * 16) / 256;
  const synthesis = (32 * 64) / 256 + (2 * block(16) + 9 * 16 * 192) / 64;

  const complexity = complexityOf(model);
  const close = (actual: number, expected: number) =>
    t.true(Math.abs(actual - expected / 1000) < 1e-9);
  close(complexity.analysis, analysis);
  close(complexity.hyperAnalysis, hyperAnalysis);
  close(complexity.hyperSynthesis, hyperSynthesis);
  close(complexity.context, context);
  close(complexity.synthesis, synthesis);
  const filter = 3 * 118;
  close(complexity.filter, filter);
  close(complexity.encoder, analysis + hyperAnalysis + hyperSynthesis + context + synthesis);
  close(complexity.decoder, hyperSynthesis + context + synthesis + filter);
  const bare = complexityOf(modelOf(randomModel({ filters: 0 })));
  t.is(bare.filter, 0);
  t.is(bare.decoder, bare.hyperSynthesis + bare.context + bare.synthesis);
  t.is(bare.encoder, bare.analysis + bare.hyperAnalysis + bare.hyperSynthesis + bare.context);

  // Weights, biases: a block has 6 C^2 + 9 C weights and 6 C biases.
  const parameters = (channels: number) => block(channels) + 6 * channels;
  const up = 16 * 64 + 64 + parameters(16);
  const shared =
    2 * up +
    16 * 32 +
    32 +
    (32 * 24 + 24 + 3 * (64 * 24 + 24) + 4 * parameters(24)) +
    4 * (24 * 64 + 64);
  t.is(
    complexity.decoderParameters,
    shared + (32 * 64 + 64) + 2 * parameters(16) + (9 * 16 * 192 + 192),
  );
  t.is(
    complexity.encoderParameters,
    shared +
      (192 * 24 + 24) +
      3 * parameters(24) +
      (9 * 24 * 32 + 32) +
      (32 * 16 + 16) +
      2 * parameters(16) +
      2 * (64 * 16 + 16),
  );
});

test('a tensor that several networks share is one set of parameters', (t) => {
  const model = modelOf(randomModel());
  const { networks } = model.manifest;
  const [start, later] = networks.context;
  const context = [start, later, later, later];
  const shared = {
    ...model,
    manifest: { ...model.manifest, networks: { ...networks, context } },
  };
  const first = complexityOf(model);
  const second = complexityOf(shared);
  t.is(second.context, first.context);
  const saved = 2 * (64 * 24 + 24 + 6 * 24 ** 2 + 9 * 24 + 6 * 24);
  t.is(first.decoderParameters - second.decoderParameters, saved);
});
