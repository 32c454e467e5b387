// The committed rows of Kodak: against measurements made before with the same settings by another program, and
// against the README.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { aggregate } from '../../reports/aggregate.ts';
import { bdRate } from '../../reports/bd-rate.ts';
import { pointsOf } from '../../reports/compare.ts';
import { readRowsFiles } from '../../reports/rows.ts';

const folder = fileURLToPath(new URL('../../../reports/results/kodak', import.meta.url));
const files = await readRowsFiles(folder);
const report = aggregate(files);

/** Quality, mean bpp, mean PSNR in dB, mean MS-SSIM: sharp 0.35.5, cjxl 0.7.0. */
const measuredBefore: Readonly<
  Record<string, readonly (readonly [number, number, number, number])[]>
> = {
  jpeg: [
    [12, 0.2978, 27.327, 0.90942],
    [50, 0.8688, 32.174, 0.97688],
    [92, 2.5585, 38.86, 0.99415],
  ],
  mozjpeg: [
    [1, 0.0541, 21.03, 0.69562],
    [12, 0.1861, 26.362, 0.89148],
    [35, 0.4918, 30.073, 0.96263],
    [75, 1.0675, 33.799, 0.98624],
    [96, 3.2113, 40.614, 0.99673],
  ],
  'mozjpeg:chroma=444': [
    [12, 0.2221, 26.584, 0.89526],
    [50, 0.7776, 31.654, 0.97731],
    [92, 2.7361, 39.02, 0.99633],
  ],
  webp: [
    [1, 0.1545, 26.981, 0.89912],
    [25, 0.427, 30.719, 0.95982],
    [70, 0.8773, 34.481, 0.98153],
    [96, 3.0148, 42.1, 0.99633],
  ],
  avif: [
    [8, 0.096, 26.799, 0.9042],
    [25, 0.1938, 28.939, 0.9459],
    [45, 0.5037, 32.884, 0.97915],
    [65, 1.0459, 36.728, 0.99086],
    [85, 1.9947, 40.83, 0.99568],
  ],
  jxl: [
    [15, 0.1823, 26.886, 0.91084],
    [5, 0.5038, 30.883, 0.96446],
    [1.7, 1.1864, 35.887, 0.98691],
    [0.5, 2.7326, 41.463, 0.996],
  ],
};

for (const [key, points] of Object.entries(measuredBefore)) {
  test(`the committed curve of ${key} is the one that was measured before`, (t) => {
    const curve = report.curves.find((candidate) => candidate.key === key);
    for (const [quality, bpp, psnr, msSsim] of points) {
      const point = curve?.mean.find((candidate) => candidate.quality === quality);
      t.truthy(point, `quality ${quality}`);
      t.true(Math.abs((point?.bpp ?? 0) / bpp - 1) < 0.002, `bpp at ${quality}`);
      t.true(Math.abs((point?.psnrRgb ?? 0) - psnr) < 0.02, `PSNR at ${quality}`);
      t.true(Math.abs((point?.msSsim ?? 0) - msSsim) < 1e-4, `MS-SSIM at ${quality}`);
    }
  });
}

test('the BD-rates of the other codecs against mozjpeg are those computed before', (t) => {
  const psnrOf = (key: string) => {
    const curve = report.curves.find((candidate) => candidate.key === key);
    return pointsOf(curve?.mean ?? [], 'psnrRgb');
  };
  for (const [key, percent] of [
    ['webp', -27.1],
    ['avif', -43.9],
    ['jxl', -19.1],
    ['mozjpeg:chroma=444', 14.6],
  ] as const) {
    const rate = bdRate(psnrOf('mozjpeg'), psnrOf(key))?.percent ?? Number.NaN;
    t.true(Math.abs(rate - percent) < 0.3, `${key}: ${rate}`);
  }
});

test('every committed codec has eight points or more over all 24 pictures, and no failure', (t) => {
  t.is(report.dataset.pictures.length, 24);
  for (const { key, mean, failures } of report.curves) {
    t.true(mean.length >= 8, key);
    t.is(failures.length, 0, key);
  }
});

test('no pixels of the data set are committed with its results', (t) => {
  for (const { rows, codec } of files) {
    for (const row of rows) {
      for (const value of Object.values(row)) {
        t.true(value === null || String(value).length < 40, `${codec.spec}: ${value}`);
      }
    }
  }
});

test('the figure and the table of the README are what the committed rows give', (t) => {
  const main = fileURLToPath(new URL('../../reports/main.js', import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [main, '--check'], { encoding: 'utf8' });
  t.is(status, 0, stderr);
});
