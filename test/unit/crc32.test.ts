import test from 'ava';
import { crc32 } from '../../codec/bitstream/crc32.ts';

const text = (value: string) => new TextEncoder().encode(value);

test('crc32 gives the published check values', (t) => {
  t.is(crc32(text('123456789')), 0xcbf43926);
  t.is(crc32(text('')), 0);
  t.is(crc32(text('The quick brown fox jumps over the lazy dog')), 0x414fa339);
});

test('crc32 of a continuation is that of the whole, wherever it is cut', (t) => {
  const bytes = Uint8Array.from({ length: 100 }, (_, index) => (index * 37) & 255);
  for (let cut = 0; cut <= bytes.length; cut++) {
    t.is(crc32(bytes.subarray(cut), crc32(bytes.subarray(0, cut))), crc32(bytes));
  }
});

test('crc32 of bytes does not depend on where they start in their buffer', (t) => {
  const bytes = Uint8Array.from({ length: 40 }, (_, index) => index * index);
  for (let start = 0; start < 9; start++) {
    const moved = new Uint8Array(start + bytes.length);
    moved.set(bytes, start);
    t.is(crc32(moved.subarray(start)), crc32(bytes));
  }
});
