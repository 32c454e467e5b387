import test from 'ava';
import fc from 'fast-check';
import { searchPsnr, searchSize } from '../../codec/search-size.ts';

/** All files are of one. */
const curve = () => 0;

/** Files whose size grows with the quality along a line of any bend, with noise; the guess knows of neither. */
function filesOf(bend: number, growth: number, factor: number, noise: number) {
  const sizeAt = (q16: number) =>
    30 + Math.floor(200 * growth ** ((q16 / 1600) ** bend) * (1 + noise * Math.sin(q16 * 7.3)));
  return {
    sizeAt,
    codeAt: async (q16: number) => new Uint8Array(sizeAt(q16)),
    guessAt: (q16: number) => (200 * growth ** (q16 / 1600)) / factor,
    fixedBytes: () => 30,
    curve,
  };
}

test('a size is never exceeded, is met within 2 % where it can be, and takes few tries', async (t) => {
  let tries = 0;
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.double({ min: 0.7, max: 1.4, noNaN: true }),
      fc.double({ min: 0.6, max: 1.6, noNaN: true }),
      fc.integer({ min: 400, max: 200_000 }),
      async (bend, factor, maxBytes) => {
        const files = filesOf(bend, 400, factor, 0.002);
        const result = await searchSize({ ...files, maxBytes });
        t.truthy(result.found);
        if (!result.found) return;
        const { q16, bytes } = result.found;
        t.is(bytes.length, files.sizeAt(q16));
        t.true(bytes.length <= maxBytes);
        if (q16 < 1600) t.true(bytes.length >= 0.98 * maxBytes, `${bytes.length} of ${maxBytes}`);
        t.true(result.tries <= 12, `${result.tries} tries`);
        tries += result.tries;
        runs++;
      },
    ),
    { numRuns: 200, seed: 4 },
  );
  t.true(tries / runs < 4, `${tries / runs} tries on average`);
});

test('a guess that is of no use still ends at the right quality', async (t) => {
  const files = { ...filesOf(1, 400, 1, 0), guessAt: () => 1 };
  const { found, tries } = await searchSize({ ...files, maxBytes: 9000 });
  t.true(found !== undefined && found.bytes.length <= 9000 && found.bytes.length >= 8820);
  t.true(tries < 30);
});

test('a size below the smallest file is not met, and the smallest is named', async (t) => {
  const files = filesOf(1, 400, 1, 0);
  const result = await searchSize({ ...files, maxBytes: 229 });
  t.is(result.found, undefined);
  t.is(result.smallestBytes, 230);
  const all = await searchSize({ ...files, maxBytes: 1e6 });
  t.is(all.found?.q16, 1600);
});

test('a PSNR is reached, by no more than 0.05 dB where the qualities are that close, with few tries', async (t) => {
  let tries = 0;
  let runs = 0;
  for (const bend of [0.8, 1, 1.2]) {
    for (const floor of [0, 2, 20]) {
      const psnrAt = (q16: number) =>
        -10 * Math.log10(10 ** -(2.4 + 2.2 * (q16 / 1600) ** bend) + floor * 1e-5);
      for (let target = 25; target < psnrAt(1600) - 0.1; target += 0.37) {
        const tryAt = async (q16: number) => {
          const psnr = psnrAt(q16) + 0.002 * Math.sin(q16);
          return { q16, psnr };
        };
        const guessAt = (q16: number) => 23 + (20 * q16) / 1600;
        const result = await searchPsnr({ tryAt, guessAt, target });
        const psnr = result.found?.psnr ?? 0;
        t.true(psnr >= target && psnr <= target + 0.05, `${psnr} for ${target}`);
        t.true(result.tries <= 12, `${result.tries} tries`);
        tries += result.tries;
        runs++;
      }
    }
  }
  t.true(tries / runs < 4.5, `${tries / runs} tries on average`);
});

test('with wide steps the lowest quality that reaches a PSNR is found, however wrong the guess', async (t) => {
  const psnrAt = (q16: number) => Math.floor(q16 / 100);
  const tryAt = async (q16: number) => ({ q16, psnr: psnrAt(q16) });
  for (const guessAt of [() => 0, () => 100, (q16: number) => q16]) {
    const { found } = await searchPsnr({ tryAt, guessAt, target: 7.5 });
    t.is(found?.q16, 800);
  }
});

test('a PSNR that no quality reaches is not found, and the best is named', async (t) => {
  const flat = async (q16: number) => ({ q16, psnr: 30 });
  const { found, bestPsnr } = await searchPsnr({
    tryAt: flat,
    guessAt: () => 30,
    target: 31,
  });
  t.is(found, undefined);
  t.is(bestPsnr, 30);
  const exact = async (q16: number) => ({ q16, psnr: Infinity });
  const lossless = await searchPsnr({
    tryAt: exact,
    guessAt: (q16) => q16,
    target: 31,
  });
  t.is(lossless.found?.q16, 0);
});

test('a search ends where sizes fall with the quality', async (t) => {
  const sizeAt = (q16: number) => (q16 < 100 ? 900 : 800 - Math.floor(q16 / 4));
  for (const maxBytes of [200, 395, 401, 600, 775, 899, 1000]) {
    const result = await searchSize({
      codeAt: async (q16) => new Uint8Array(sizeAt(q16)),
      guessAt: (q16) => 500 + q16,
      fixedBytes: () => 30,
      curve,
      maxBytes,
    });
    t.true(result.tries < 30, `${result.tries} tries`);
    t.true((result.found?.bytes.length ?? 0) <= maxBytes);
  }
});

/** Sizes of an analysis at the first quality and at each that is further than 32 from the last, off by how far they are from it. */
function reanalyzed(valueAt: (q16: number) => number, error: number) {
  let analyzed = Number.NaN;
  return {
    curve: () => analyzed,
    valueAt: (q16: number): number => {
      if (!(Math.abs(q16 - analyzed) <= 32)) analyzed = q16;
      return valueAt(q16) * (1 + (error * (q16 - analyzed)) / 32);
    },
  };
}

test('a size is met where the files of another analysis have other sizes', async (t) => {
  for (const error of [-0.05, 0.05]) {
    for (const factor of [0.4, 0.7, 1.4, 2.5]) {
      for (let maxBytes = 400; maxBytes < 80_000; maxBytes *= 1.13) {
        const files = filesOf(1.1, 400, factor, 0);
        const { valueAt, curve } = reanalyzed(files.sizeAt, error);
        const codeAt = async (q16: number) => new Uint8Array(Math.round(valueAt(q16)));
        const { found, tries } = await searchSize({ ...files, codeAt, curve, maxBytes });
        const size = found?.bytes.length ?? 0;
        t.true(size <= maxBytes && size >= 0.98 * maxBytes, `${size} of ${maxBytes}`);
        t.true(tries <= 12, `${tries} tries`);
      }
    }
  }
});
