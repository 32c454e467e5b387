// Both decoders of alpha on the same bytes, right and wrong ones: equal samples, or both refuse.
import test from 'ava';
import fc from 'fast-check';
import { compressAlpha } from '../../codec/alpha/compress-alpha.ts';
import { decompressAlpha } from '../../codec/alpha/decompress-alpha.ts';
import { crc32 } from '../../codec/bitstream/crc32.ts';
import { NicError } from '../../codec/index.ts';
import { decodeAlpha } from '../conformance/plain-decoder.ts';

const checksumSeed = 7;

interface Plane {
  readonly width: number;
  readonly height: number;
  readonly alpha: Uint8Array;
}

/** The samples that a stream gives, sealed with their checksum where the plain decoder takes it; else undefined. */
function decodeBoth(stream: Uint8Array, { width, height }: Plane) {
  const payload = Uint8Array.of(...stream, 0, 0, 0, 0);
  let plain: Uint8Array | undefined;
  try {
    plain = Uint8Array.from(decodeAlpha(payload, height, width).flat());
  } catch {
    plain = undefined;
  }
  if (plain) new DataView(payload.buffer).setUint32(stream.length, crc32(plain, checksumSeed));
  try {
    return { plain, fast: decompressAlpha({ payload, width, height, checksumSeed }) };
  } catch (error) {
    if (!(error instanceof NicError)) throw error;
    return { plain, fast: undefined, code: error.code };
  }
}

const planes: fc.Arbitrary<Plane> = fc
  .tuple(fc.integer({ min: 1, max: 24 }), fc.integer({ min: 1, max: 24 }))
  .chain(([width, height]) => {
    const size = { minLength: width * height, maxLength: width * height };
    return fc.record({
      width: fc.constant(width),
      height: fc.constant(height),
      alpha: fc.oneof(
        fc.uint8Array(size),
        fc.array(fc.constantFrom(0, 255, 77), size).map((list) => Uint8Array.from(list)),
      ),
    });
  });

const streamOf = ({ alpha, width, height }: Plane) =>
  compressAlpha({ alpha, width, height, checksumSeed }).slice(0, -4);

test('both decoders give the samples of a coded plane', (t) => {
  fc.assert(
    fc.property(planes, (plane) => {
      t.deepEqual(decodeBoth(streamOf(plane), plane), { plain: plane.alpha, fast: plane.alpha });
    }),
    { numRuns: 200 },
  );
});

test('both decoders agree on changed, cut and longer streams', (t) => {
  const outcomes = { taken: 0, refused: 0 };
  const change = fc.record({
    at: fc.nat(),
    removed: fc.integer({ min: 0, max: 3 }),
    added: fc.uint8Array({ maxLength: 3 }),
  });
  fc.assert(
    fc.property(planes, change, (plane, { at, removed, added }) => {
      const stream = [...streamOf(plane)];
      stream.splice(at % stream.length, removed, ...added);
      if (stream.length === 0) return;
      const { plain, fast, code } = decodeBoth(Uint8Array.from(stream), plane);
      t.deepEqual(fast, plain);
      if (plain === undefined) t.is(code, 'CORRUPT_ALPHA');
      outcomes[plain ? 'taken' : 'refused']++;
    }),
    { numRuns: 600 },
  );
  t.true(outcomes.taken > 10 && outcomes.refused > 100, JSON.stringify(outcomes));
});

test('both decoders agree on streams of noise, of planes of a few samples as well', (t) => {
  const noise = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 40 }),
    fc.array(fc.constantFrom(0, 0, 0, 255, 1), { minLength: 1, maxLength: 12 }),
  );
  fc.assert(
    fc.property(planes, noise, fc.boolean(), (plane, list, small) => {
      const size = small ? { ...plane, width: 1, height: 1 + (plane.height % 3) } : plane;
      const { plain, fast, code } = decodeBoth(Uint8Array.from(list), size);
      t.deepEqual(fast, plain);
      if (plain === undefined) t.is(code, 'CORRUPT_ALPHA');
    }),
    { numRuns: 1500 },
  );
});
