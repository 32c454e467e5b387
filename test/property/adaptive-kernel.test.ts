// The kernel of the prior `adaptive` against the coder of any prior: the same intervals of any symbols, and the same symbols or the same
// error of any stream.
import test from 'ava';
import fc from 'fast-check';
import { type Engine, groupsOfStep } from '../../codec/engine/engine.ts';
import { cdfTables } from '../../codec/entropy/cdf-tables.ts';
import { DecisionReader } from '../../codec/entropy/decision-reader.ts';
import { DecisionWriter } from '../../codec/entropy/decision-writer.ts';
import { RansDecoder } from '../../codec/entropy/rans-decoder.ts';
import { RansEncoder } from '../../codec/entropy/rans-encoder.ts';
import { createEngine, NicError } from '../../codec/index.ts';
import { zeroTensor } from '../../codec/latent/crop-tensor.ts';
import type { StepParameters } from '../../codec/latent/hyper-prior.ts';
import { stepCoder } from '../../codec/prior/prior-coder.ts';
import { modelOf } from '../helpers/model-of.ts';
import { randomModel, randomSource } from '../helpers/random-model.ts';

const channels = 64;
const groupSize = channels / 4;
const model = modelOf(randomModel({ latentChannels: channels, seed: 311 }));
const simd = createEngine(model, { backend: 'simd' });
const scalar = createEngine(model, { backend: 'scalar' });
const tables = cdfTables(model);
const { skipBelow } = model.manifest.entropy;

interface CodedStep {
  readonly parameters: StepParameters;
  readonly symbols: Int16Array;
}

interface Tile {
  readonly height: number;
  readonly width: number;
  readonly steps: readonly CodedStep[];
}

/** Scales of all tables, and symbols of any size that the format allows, most of them about `spread`. */
function drawTile(height: number, width: number, spread: number, seed: number): Tile {
  const random = randomSource(seed);
  const features = zeroTensor(height, width, 8);
  const count = height * width * groupSize;
  const steps = [0, 1, 2, 3].map((step) => {
    const groups = groupsOfStep(step);
    const scales = Uint8Array.from({ length: count }, () => Math.floor(64 * random()));
    const places = Uint32Array.from(scales, (_, index) => {
      const position = Math.floor(index / groupSize);
      const parity = ((Math.floor(position / width) & 1) << 1) | ((position % width) & 1);
      return position * channels + groups[parity] * groupSize + (index % groupSize);
    });
    const symbols = Int16Array.from(scales, (scale) => {
      if (scale < skipBelow) return 0;
      const size = Math.floor(-Math.log(1 - random()) * spread);
      const magnitude = random() < 0.005 ? tables.maxMagnitude : size;
      return (random() < 0.5 ? -1 : 1) * Math.min(magnitude, tables.maxMagnitude);
    });
    return { parameters: { scales, means: new Int16Array(count), places, features }, symbols };
  });
  return { height, width, steps };
}

function coderOf(coder: DecisionReader | DecisionWriter, engine: Engine, tile: Tile) {
  return stepCoder(coder, engine, 'adaptive', { ...tile, quality: 800 });
}

function intervalsOf(engine: Engine, tile: Tile): Uint32Array {
  const writer = new DecisionWriter();
  const coder = coderOf(writer, engine, tile);
  for (const [step, { parameters, symbols }] of tile.steps.entries()) {
    coder.codeStep(step, parameters, symbols.slice());
  }
  return writer.intervals;
}

/** The symbols of all steps and the checksum behind them, or code, message and place of an error. */
function outcomeOf(engine: Engine, tile: Tile, payload: Uint8Array): unknown {
  try {
    const decoder = new RansDecoder(tables, payload);
    const coder = coderOf(new DecisionReader(decoder), engine, tile);
    const steps = tile.steps.map(({ parameters }, step) => {
      const symbols = new Int16Array(parameters.scales.length);
      coder.codeStep(step, parameters, symbols);
      return symbols;
    });
    return { steps, checksum: decoder.finish() };
  } catch (error) {
    if (!(error instanceof NicError)) throw error;
    return { ...error, message: error.message };
  }
}

const anyTile = fc
  .tuple(
    fc.integer({ min: 1, max: 9 }),
    fc.integer({ min: 1, max: 9 }),
    fc.constantFrom(0.4, 2, 12, 150),
    fc.nat({ max: 1e6 }),
  )
  .map((args) => drawTile(...args));

function streamOf(tile: Tile, checksum: number): Uint8Array {
  const encoder = new RansEncoder(tables);
  encoder.pushIntervals(intervalsOf(scalar, tile));
  return encoder.finish(checksum);
}

test('the kernel writes the intervals of the scalar coder and reads its symbols', (t) => {
  fc.assert(
    fc.property(anyTile, fc.nat({ max: 2 ** 32 - 1 }), (tile, checksum) => {
      t.deepEqual(intervalsOf(simd, tile), intervalsOf(scalar, tile));
      const expected = { steps: tile.steps.map(({ symbols }) => symbols), checksum };
      t.deepEqual(outcomeOf(simd, tile, streamOf(tile, checksum)), expected);
    }),
    { numRuns: 60 },
  );
});

test('the kernel makes of a damaged stream what the scalar coder makes of it', (t) => {
  const messages = new Set<string>();
  const damage = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    flip: fc.nat(255),
    cut: fc.boolean(),
  });
  fc.assert(
    fc.property(anyTile, damage, (tile, { at, flip, cut }) => {
      const stream = streamOf(tile, 12345);
      const place = Math.floor(at * (stream.length - 1));
      stream[place] ^= flip;
      const payload = cut ? stream.subarray(0, place) : stream;
      const outcome = outcomeOf(simd, tile, payload);
      t.deepEqual(outcome, outcomeOf(scalar, tile, payload));
      const { message } = outcome as { readonly message?: string };
      if (message) messages.add(message.replace(/.*: the stream /, ''));
    }),
    { numRuns: 300 },
  );
  t.true(messages.has('ends before its last symbol'), [...messages].join('; '));
});

test('an escape that is too large is refused in both directions', (t) => {
  const tile = drawTile(2, 3, 2, 7);
  const { parameters, symbols } = tile.steps[0];
  const coded = parameters.scales.findIndex((scale) => scale >= skipBelow);
  for (const magnitude of [tables.maxMagnitude + 1, 32767]) {
    symbols[coded] = -magnitude;
    const writer = new DecisionWriter();
    const error = { code: 'CORRUPT_LATENTS', message: /escape out of range/ };
    t.throws(() => coderOf(writer, scalar, tile).codeStep(0, parameters, symbols.slice()), error);
    t.throws(() => intervalsOf(simd, tile), error);
    const encoder = new RansEncoder(tables);
    encoder.pushIntervals(writer.intervals);
    const payload = encoder.finish(1);
    t.like(outcomeOf(scalar, tile, payload), { code: error.code });
    t.deepEqual(outcomeOf(simd, tile, payload), outcomeOf(scalar, tile, payload));
  }
});
