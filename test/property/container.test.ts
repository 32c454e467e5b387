import test from 'ava';
import fc from 'fast-check';
import { readContainer, writeContainer } from '../../codec/bitstream/container.ts';
import { writeHeader } from '../../codec/bitstream/header.ts';
import { type Header, headerFields } from '../../codec/bitstream/header-fields.ts';
import { NicError } from '../../codec/errors.ts';
import { tileGrid } from '../../codec/latent/tile-grid.ts';

const header = fc
  .record(
    Object.fromEntries(
      headerFields.map(({ name, min, max }) => [
        name,
        fc.integer({ min, max: name === 'width' || name === 'height' ? 4000 : max }),
      ]),
    ),
  )
  .map((record) => record as Header)
  .map((fields) => (fields.prior < 2 ? { ...fields, priorHash: 0 } : fields));

const payloads = (count: number) =>
  fc.array(fc.uint8Array({ minLength: 5, maxLength: 200 }), { minLength: count, maxLength: count });

const file = header.chain((fields) =>
  fc.record({
    header: fc.constant(fields),
    ancillary: fc
      .uniqueArray(
        fc.record({
          type: fc.integer({ min: 0x80, max: 0xff }),
          // EXIF and XMP have at least one byte.
          payload: fc.uint8Array({ minLength: 1, maxLength: 200 }),
        }),
        { selector: ({ type }) => type, maxLength: 4 },
      )
      .map((sections) => sections.sort((a, b) => a.type - b.type)),
    tiles: payloads(tileGrid(fields.width, fields.height).count),
    alphas: payloads(fields.alpha * tileGrid(fields.width, fields.height).count),
  }),
);

test('any header and sections come back from their bytes', (t) => {
  fc.assert(
    fc.property(file, ({ header, ancillary, tiles, alphas }) => {
      const bytes = writeContainer(writeHeader(header), ancillary, tiles, alphas);
      const container = readContainer(bytes);
      t.deepEqual(container.header, header);
      t.deepEqual(
        container.ancillary.map(({ type, payload }) => ({ type, payload: payload.slice() })),
        ancillary.map(({ type, payload }) => ({ type, payload: payload.slice() })),
      );
      t.deepEqual(
        container.tiles.map(({ payload }) => payload.slice()),
        tiles.map((payload) => payload.slice()),
      );
      t.deepEqual(
        container.alphas.map(({ payload }) => payload.slice()),
        alphas.map((payload) => payload.slice()),
      );
    }),
    { numRuns: 200 },
  );
});

test('changed bytes are refused, or are just what would be written for what they say', (t) => {
  let accepted = 0;
  fc.assert(
    fc.property(
      file,
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), {
        minLength: 1,
        maxLength: 3,
      }),
      fc.boolean(),
      ({ header, ancillary, tiles, alphas }, changes, inFront) => {
        const bytes = writeContainer(writeHeader(header), ancillary, tiles, alphas);
        for (const [place, value] of changes) {
          bytes[place % (inFront ? Math.min(40, bytes.length) : bytes.length)] = value;
        }
        try {
          const container = readContainer(bytes);
          accepted++;
          t.deepEqual(
            writeContainer(
              writeHeader(container.header),
              container.ancillary,
              container.tiles.map(({ payload }) => payload),
              container.alphas.map(({ payload }) => payload),
            ),
            bytes,
          );
        } catch (error) {
          t.true(error instanceof NicError, String(error));
        }
      },
    ),
    { numRuns: 1500 },
  );
  t.true(accepted > 100);
});
