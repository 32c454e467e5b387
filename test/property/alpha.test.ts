import test from 'ava';
import fc from 'fast-check';
import { compressAlpha } from '../../codec/alpha/compress-alpha.ts';
import { decompressAlpha } from '../../codec/alpha/decompress-alpha.ts';
import { fillHidden } from '../../codec/alpha/fill-hidden.ts';
import {
  createEngine,
  decodePicture,
  encodePicture,
  encodeToTarget,
  inlineExecutor,
  inspectBitstream,
} from '../../codec/index.ts';
import { drawnPicture } from '../helpers/drawn-picture.ts';
import { modelOf } from '../helpers/model-of.ts';
import { randomModel } from '../helpers/random-model.ts';

const model = modelOf(randomModel());
const context = { model, executor: inlineExecutor(createEngine(model)) };
const checksumSeed = 99;

function roundTrip(alpha: Uint8Array, width: number, height: number) {
  const payload = compressAlpha({ alpha, width, height, checksumSeed });
  return { payload, alpha: decompressAlpha({ payload, width, height, checksumSeed }) };
}

/** Planes of noise, of few values and of flat runs. */
const planes = fc
  .tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }))
  .chain(([width, height]) => {
    const size = { minLength: width * height, maxLength: width * height };
    const few = fc.constantFrom(0, 255, 128);
    return fc.record({
      width: fc.constant(width),
      height: fc.constant(height),
      alpha: fc.oneof(
        fc.uint8Array(size),
        fc.array(few, size).map((list) => Uint8Array.from(list)),
      ),
    });
  });

test('any alpha comes back exactly', (t) => {
  fc.assert(
    fc.property(planes, ({ width, height, alpha }) => {
      t.deepEqual(roundTrip(alpha, width, height).alpha, alpha);
    }),
    { numRuns: 300 },
  );
});

test('a changed byte, a cut or a longer payload is refused', (t) => {
  const alpha = drawnPicture(60, 50, 1).data;
  const { payload } = roundTrip(alpha, 60, 50);
  const decode = (changed: Uint8Array) =>
    decompressAlpha({ payload: changed, width: 60, height: 50, checksumSeed });
  for (let at = 0; at < payload.length; at += 7) {
    const error = t.throws(() => decode(payload.with(at, payload[at] ^ 0x20)), {
      name: 'BitstreamError',
    });
    t.regex(String((error as { code?: string }).code), /CORRUPT_ALPHA|CHECKSUM_MISMATCH/);
    t.throws(() => decode(payload.slice(0, Math.max(6, at))), { name: 'BitstreamError' });
  }
  t.throws(() => decode(Uint8Array.of(...payload.slice(0, -4), 0, ...payload.slice(-4))), {
    code: 'CORRUPT_ALPHA',
  });
});

test('flat alpha takes 5 bytes and a mask little more than its outline', (t) => {
  const side = 512;
  t.is(roundTrip(new Uint8Array(side * side).fill(9), side, side).payload.length, 5);
  const disc = Uint8Array.from({ length: side * side }, (_, i) =>
    Math.hypot((i % side) - 256, Math.floor(i / side) - 256) < 200 ? 255 : 0,
  );
  const { length } = roundTrip(disc, side, side).payload;
  t.true(length < 700, `${length} bytes`);
});

test('alpha of a picture is exact over tiles, and an opaque one is dropped', async (t) => {
  const [width, height] = [1040, 33];
  const picture = { ...drawnPicture(width, height), alpha: drawnPicture(width, height, 1, 5).data };
  const bytes = await encodePicture(picture, context, { quality: 40 });
  t.true(inspectBitstream(bytes).alpha);
  const names = inspectBitstream(bytes).sections.map(({ name }) => name);
  t.deepEqual(names, ['alpha 0', 'tile 0', 'alpha 1', 'tile 1']);
  t.deepEqual((await decodePicture(bytes, context)).alpha, picture.alpha);

  const opaque = { ...picture, alpha: new Uint8Array(width * height).fill(255) };
  const { data, channels } = picture;
  const plain = await encodePicture({ width, height, channels, data }, context, { quality: 40 });
  t.deepEqual(await encodePicture(opaque, context, { quality: 40 }), plain);

  const maxBytes = bytes.length + 200;
  const target = await encodeToTarget(picture, context, { maxBytes });
  t.true(target.bytes.length <= maxBytes);
  t.deepEqual((await decodePicture(target.bytes, context)).alpha, picture.alpha);
  const wrong = { ...picture, alpha: new Uint8Array(7) };
  await t.throwsAsync(encodePicture(wrong, context, { quality: 1 }), { code: 'INVALID_ARGUMENT' });
});

test('colors under alpha 0 come from their surroundings and visible ones stay', (t) => {
  const [width, height] = [64, 48];
  const alpha = Uint8Array.from({ length: width * height }, (_, i) => (i % width < 32 ? 200 : 0));
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) =>
    Math.floor(i / 3) % width < 32 ? 180 + (i % 3) : 0,
  );
  const filled = fillHidden({ width, height, channels: 3, data, alpha });
  for (let i = 0; i < filled.length; i++) t.is(filled[i], 180 + (i % 3));
  t.is(data[3 * 40], 0);
  const hidden = fillHidden({ width, height, channels: 3, data, alpha: alpha.map(() => 0) });
  t.true(hidden.every((value) => value === 128));
});
