import test from 'ava';
import fc from 'fast-check';
import type { CdfTables } from '../../codec/entropy/cdf-tables.ts';
import { RansDecoder } from '../../codec/entropy/rans-decoder.ts';
import { RansEncoder } from '../../codec/entropy/rans-encoder.ts';
import { BitstreamError } from '../../codec/errors.ts';

const maxMagnitude = 1024;

/** Tables from weights: any frequencies of at least 1 that sum to 65536, last slot the escape. */
function tablesOf(weights: readonly (readonly number[])[]): CdfTables {
  const cdf: number[] = [];
  const offset: number[] = [];
  const radius: number[] = [];
  for (const list of weights) {
    const sum = list.reduce((total, weight) => total + weight, 0);
    const frequencies = list.map(
      (weight) => 1 + Math.floor((weight / sum) * (65536 - list.length)),
    );
    const missing = 65536 - frequencies.reduce((total, value) => total + value, 0);
    frequencies[frequencies.indexOf(Math.max(...frequencies))] += missing;
    offset.push(cdf.length);
    radius.push(list.length / 2 - 1);
    cdf.push(0);
    for (const frequency of frequencies) cdf.push(cdf[cdf.length - 1] + frequency);
  }
  return {
    cdf: Int32Array.from(cdf),
    offset: Int32Array.from(offset),
    radius: Int32Array.from(radius),
    maxMagnitude,
  };
}

const weight = fc.oneof(
  fc.constant(1e-9),
  fc.double({ min: 1e-6, max: 1, noNaN: true }),
  fc.constant(1e6),
);
const weights = fc
  .integer({ min: 0, max: 40 })
  .chain((radius) => fc.array(weight, { minLength: 2 * radius + 2, maxLength: 2 * radius + 2 }));
const tables = fc.array(weights, { minLength: 1, maxLength: 5 }).map(tablesOf);

const symbol = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -3, max: 3 }) },
  { weight: 3, arbitrary: fc.integer({ min: -45, max: 45 }) },
  { weight: 1, arbitrary: fc.integer({ min: -maxMagnitude, max: maxMagnitude }) },
  { weight: 1, arbitrary: fc.constantFrom(-maxMagnitude, maxMagnitude) },
);

interface Run {
  skipBelow: number;
  scales: Uint8Array;
  symbols: Int16Array;
}

const coded = tables.chain((table) =>
  fc.record({
    tables: fc.constant(table),
    checksum: fc.oneof(
      fc.constantFrom(0, 0xffffffff, 0x7fffff, 0x800000),
      fc.integer({ min: 0, max: 0xffffffff }),
    ),
    runs: fc.array(
      fc
        .tuple(
          fc.array(fc.tuple(fc.nat({ max: table.offset.length - 1 }), symbol), { maxLength: 300 }),
          fc.integer({ min: 0, max: 2 }),
        )
        .map(
          ([pairs, skipBelow]): Run => ({
            skipBelow,
            scales: Uint8Array.from(pairs, ([scale]) => scale),
            symbols: Int16Array.from(pairs, ([scale, value]) => (scale < skipBelow ? 0 : value)),
          }),
        ),
      { maxLength: 4 },
    ),
  }),
);

function encode(table: CdfTables, runs: readonly Run[], checksum: number): Uint8Array {
  const encoder = new RansEncoder(table);
  for (const { scales, symbols, skipBelow } of runs) encoder.push(scales, symbols, skipBelow);
  return encoder.finish(checksum);
}

/** Decodes `bytes` with the scales of `runs`. */
function decode(table: CdfTables, like: readonly Run[], bytes: Uint8Array) {
  const decoder = new RansDecoder(table, bytes);
  const runs = like.map(({ scales, skipBelow }): Run => {
    const symbols = new Int16Array(scales.length).fill(99);
    decoder.read(scales, symbols, skipBelow);
    return { skipBelow, scales, symbols };
  });
  return { runs, checksum: decoder.finish() };
}

test('any symbols under any tables come back, with the checksum', (t) => {
  fc.assert(
    fc.property(coded, ({ tables, runs, checksum }) => {
      const bytes = encode(tables, runs, checksum);
      t.deepEqual(decode(tables, runs, bytes), { runs, checksum });
    }),
    { numRuns: 300 },
  );
});

test('any change of a stream is refused or is the encoding of what it decodes to', (t) => {
  let accepted = 0;
  fc.assert(
    fc.property(
      coded,
      fc.nat(),
      fc.integer({ min: 0, max: 255 }),
      fc.constantFrom('set', 'cut', 'append', 'insert'),
      ({ tables, runs, checksum }, place, value, kind) => {
        const bytes = encode(tables, runs, checksum);
        const index = place % bytes.length;
        const changed = {
          set: () => bytes.map((byte, position) => (position === index ? value : byte)),
          cut: () => bytes.slice(0, index),
          append: () => Uint8Array.of(...bytes, value),
          insert: () => Uint8Array.of(...bytes.slice(0, index), value, ...bytes.slice(index)),
        }[kind]();
        try {
          const decoded = decode(tables, runs, changed);
          accepted++;
          t.deepEqual(encode(tables, decoded.runs, decoded.checksum), changed);
        } catch (error) {
          if (!(error instanceof BitstreamError)) throw error;
          t.is(error.code, 'CORRUPT_LATENTS');
          t.true((error.offset as number) <= changed.length);
        }
      },
    ),
    { numRuns: 1000 },
  );
  t.true(accepted > 0);
});

test('a cut stream never decodes', (t) => {
  fc.assert(
    fc.property(coded, fc.nat(), ({ tables, runs, checksum }, place) => {
      const bytes = encode(tables, runs, checksum);
      const cut = bytes.slice(0, place % bytes.length);
      t.throws(() => decode(tables, runs, cut), { code: 'CORRUPT_LATENTS' });
    }),
  );
});

test('a long stream takes its ideal size, within 0.01 % and 6 bytes with the checksum', (t) => {
  const decay = [0.3, 0.7, 0.97];
  const table = tablesOf(
    decay.map((base) => Array.from({ length: 102 }, (_, slot) => base ** Math.abs(slot - 50))),
  );
  const count = 300_000;
  const scales = new Uint8Array(count);
  const symbols = new Int16Array(count);
  let bits = 0;
  let state = 1;
  for (let index = 0; index < count; index++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    const scale = index % 3;
    const { cdf, offset } = table;
    let slot = 0;
    while (cdf[offset[scale] + slot + 1] <= state >>> 16) slot++;
    if (slot === 101) slot = 50;
    scales[index] = scale;
    symbols[index] = slot - 50;
    const start = offset[scale] + slot;
    bits += 16 - Math.log2(cdf[start + 1] - cdf[start]);
  }
  const bytes = encode(table, [{ skipBelow: 0, scales, symbols }], 0x12345678);
  t.true(bytes.length * 8 < bits * 1.0001 + 6 * 8, `${bytes.length * 8} bits for ${bits}`);
  t.true(bytes.length * 8 > bits, `${bytes.length * 8} bits for ${bits}`);
});

test('an empty stream takes 5 bytes', (t) => {
  const table = tablesOf([[1, 1]]);
  for (const checksum of [0, 1, 0xffffffff]) t.is(encode(table, [], checksum).length, 5);
});
