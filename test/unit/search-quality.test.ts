import test from 'ava';
import fc from 'fast-check';
import { searchQuality } from '../../src/api/search-quality.ts';

/** Files whose size grows with the quality, along a line of any bend. */
function filesOf(bend: number, smallest: number, growth: number) {
  const calls: number[] = [];
  return {
    calls,
    sizeAt: (quality: number) => Math.floor(smallest * growth ** ((quality / 100) ** bend)),
    async encodeAt(quality: number): Promise<Uint8Array> {
      calls.push(quality);
      return new Uint8Array(this.sizeAt(quality));
    },
  };
}

test('the largest quality that fits is found, with few tries', async (t) => {
  const bends = fc.double({ min: 0.4, max: 2.5, noNaN: true });
  const sizes = fc.integer({ min: 60, max: 60_000 });
  await fc.assert(
    fc.asyncProperty(bends, sizes, async (bend, maxBytes) => {
      const files = filesOf(bend, 50, 1000);
      const found = await searchQuality((quality) => files.encodeAt(quality), maxBytes);
      t.truthy(found);
      if (!found) return;
      t.true(found.bytes.length <= maxBytes);
      t.is(found.bytes.length, files.sizeAt(found.quality));
      if (found.quality < 100) t.true(files.sizeAt(found.quality + 1 / 16) > maxBytes);
      t.true(files.calls.length <= 24, `${files.calls.length} tries`);
    }),
    { numRuns: 60 },
  );
});

test('a size below the smallest file is not met, one above the largest gives quality 100', async (t) => {
  const files = filesOf(1, 50, 1000);
  t.is(await searchQuality((quality) => files.encodeAt(quality), 49), undefined);
  const found = await searchQuality((quality) => files.encodeAt(quality), 1e6);
  t.is(found?.quality, 100);
});
