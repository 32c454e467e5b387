import test from 'ava';
import { ByteReader } from '../../codec/bitstream/byte-reader.ts';
import { ByteWriter } from '../../codec/bitstream/byte-writer.ts';
import { describeHeader, readHeader, writeHeader } from '../../codec/bitstream/header.ts';
import { type Header, headerFields, magic } from '../../codec/bitstream/header-fields.ts';
import { BitstreamError } from '../../codec/errors.ts';

const header: Header = {
  majorVersion: 1,
  minorVersion: 0,
  modelId: 3,
  modelHash: 0xfedcba98,
  prior: 0,
  priorHash: 0,
  alpha: 0,
  grey: 1,
  q16: 1000,
  width: 768,
  height: 100,
};

test('the header has the bytes that FORMAT.md gives', (t) => {
  t.deepEqual(
    [...writeHeader(header)],
    [...magic, 0x10, 3, 0xfe, 0xdc, 0xba, 0x98, 0x08 | 3, 0xe8, 0x80, 0x06, 100],
  );
});

/** With the field that only trained priors have. */
const trained: Header = { ...header, prior: 2, priorHash: 0x01020304 };

test('a header takes at most 24 bytes, 20 without a trained prior', (t) => {
  t.is(writeHeader({ ...header, width: 65535, height: 65535 }).length, 20);
  t.is(writeHeader({ ...trained, width: 65535, height: 65535 }).length, 24);
});

test('a trained prior adds its hash before the size', (t) => {
  const bytes = writeHeader(trained);
  t.deepEqual(
    [...bytes],
    [...magic, 0x10, 3, 0xfe, 0xdc, 0xba, 0x98, 0x48 | 3, 0xe8, 1, 2, 3, 4, 0x80, 0x06, 100],
  );
  t.deepEqual(readHeader(new ByteReader(bytes)), trained);
  t.true(
    describeHeader(trained).some(({ name, value }) => name === 'priorHash' && value === '01020304'),
  );
});

test('a header with any field out of range is not written', (t) => {
  for (const { name, min, max } of headerFields) {
    for (const value of [min - 1, max + 1, 0.5, Number.NaN]) {
      t.throws(() => writeHeader({ ...trained, [name]: value }), { instanceOf: RangeError });
    }
  }
});

test('the header is printed field by field', (t) => {
  t.deepEqual(
    describeHeader(header).map(({ name, value }) => `${name}=${value}`),
    [
      'majorVersion=1',
      'minorVersion=0',
      'modelId=3',
      'modelHash=fedcba98',
      'prior=0 (base)',
      'alpha=0',
      'grey=1',
      'q16=1000 (quality 62.5)',
      'width=768',
      'height=100',
    ],
  );
});

test('every cut of a header is reported as truncated, at its end', (t) => {
  const bytes = writeHeader(header);
  for (let length = 0; length < bytes.length; length++) {
    const cut = bytes.slice(0, length);
    const error = t.throws(() => readHeader(new ByteReader(cut)), { instanceOf: BitstreamError });
    t.is(error.code, 'TRUNCATED');
    t.is(error.offset, length);
  }
  t.deepEqual(readHeader(new ByteReader(bytes)), header);
});

for (const [value, bytes] of [
  [0, [0]],
  [127, [0x7f]],
  [128, [0x80, 0x01]],
  [16384, [0x80, 0x80, 0x01]],
  [0xffffffff, [0xff, 0xff, 0xff, 0xff, 0x0f]],
] as const) {
  test(`the number ${value} takes ${bytes.length} bytes`, (t) => {
    const writer = new ByteWriter();
    writer.writeVarint(value);
    t.deepEqual([...writer.toBytes()], [...bytes]);
    t.is(new ByteReader(Uint8Array.from(bytes)).readVarint('number'), value);
  });
}

test('a number in a longer form, above 32 bits or without an end is refused', (t) => {
  for (const bytes of [
    [0x80, 0x00],
    [0xff, 0x80, 0x00],
    [0xff, 0xff, 0xff, 0xff, 0x10],
    [0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
  ]) {
    t.throws(() => new ByteReader(Uint8Array.from(bytes)).readVarint('number'), {
      code: 'INVALID_FIELD',
    });
  }
});
