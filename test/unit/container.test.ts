import test from 'ava';
import { readContainer, writeContainer } from '../../codec/bitstream/container.ts';
import { writeHeader } from '../../codec/bitstream/header.ts';
import { inspectBitstream } from '../../codec/inspect.ts';

function headerOf(width: number, height: number): Uint8Array {
  return writeHeader({
    majorVersion: 1,
    minorVersion: 0,
    modelId: 1,
    modelHash: 0x01020304,
    prior: 0,
    priorHash: 0,
    alpha: 0,
    grey: 0,
    q16: 801,
    width,
    height,
  });
}

const stream = (length: number) => Uint8Array.from({ length }, (_, index) => index);

test('a picture of one tile has 18 bytes of header and 3 bytes of section around its stream', (t) => {
  t.is(writeContainer(headerOf(768, 512), [], [stream(2400)]).length, 18 + 3 + 2400);
});

test('sections are found where they were written', (t) => {
  const ancillary = [
    { type: 0x81, payload: stream(300) },
    { type: 0xff, payload: stream(0) },
  ];
  const tiles = [stream(5), stream(200), stream(7)];
  const bytes = writeContainer(headerOf(2049, 8), ancillary, tiles);
  const container = readContainer(bytes);
  t.deepEqual(
    container.ancillary.map(({ type, payload }) => ({ type, payload: payload.slice() })),
    ancillary,
  );
  t.deepEqual(
    container.tiles.map(({ payload }) => payload.slice()),
    tiles,
  );
  for (const { payload, payloadOffset } of container.tiles) {
    t.is(payload.byteOffset - bytes.byteOffset, payloadOffset);
  }
  const info = inspectBitstream(bytes);
  t.deepEqual(
    info.sections.map(({ name, critical, sizeBytes }) => ({ name, critical, sizeBytes })),
    [
      { name: 'section 0x81', critical: false, sizeBytes: 1 + 2 + 300 + 4 },
      { name: 'section 0xff', critical: false, sizeBytes: 1 + 1 + 4 },
      { name: 'tile 0', critical: true, sizeBytes: 1 + 1 + 5 },
      { name: 'tile 1', critical: true, sizeBytes: 1 + 2 + 200 },
      { name: 'tile 2', critical: true, sizeBytes: 1 + 1 + 7 },
    ],
  );
  t.is(
    info.headerBytes + info.sections.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    bytes.length,
  );
  t.like(info, {
    width: 2049,
    height: 8,
    quality: 50.0625,
    modelHash: '01020304',
    tileColumns: 3,
    tileRows: 1,
    bitsPerPixel: (bytes.length * 8) / (2049 * 8),
  });
});

test('pixels are counted before anything else is read', (t) => {
  const bytes = headerOf(65535, 65535);
  t.throws(() => readContainer(bytes), { code: 'TOO_MANY_PIXELS' });
  t.throws(() => inspectBitstream(bytes, { maxPixels: 2 ** 32 }), { code: 'TRUNCATED' });
  const small = writeContainer(headerOf(10, 10), [], [stream(5)]);
  t.throws(() => inspectBitstream(small, { maxPixels: 99 }), { code: 'TOO_MANY_PIXELS' });
  t.notThrows(() => inspectBitstream(small, { maxPixels: 100 }));
});

test('inspect takes bytes only', (t) => {
  t.throws(() => inspectBitstream('file.nic' as unknown as Uint8Array), {
    code: 'INVALID_ARGUMENT',
    message: 'Expected a Uint8Array for bytes but received "file.nic" of type string',
  });
});
