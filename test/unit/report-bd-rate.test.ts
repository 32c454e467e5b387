import test from 'ava';
import { bdRate, risingPoints, valueAtRate } from '../../reports/bd-rate.ts';
import { pchip } from '../../reports/pchip.ts';
import { readPublished } from '../../reports/published.ts';

const rates = [0.1, 0.2, 0.4, 0.8, 1.6];
const curve = rates.map((bpp, i) => ({ bpp, value: 26 + 3 * i + 0.1 * i * i }));

test('PCHIP gives the values and the integral of another implementation', (t) => {
  // scipy.interpolate.PchipInterpolator 1.17
  const interpolant = pchip([0, 1, 2.5, 3, 5, 8], [1, 1.5, 4, 3.5, 3.6, 9]);
  const expected: readonly (readonly [number, number])[] = [
    [0.25, 1.0480043317],
    [1.7, 2.7730399707],
    [2.7, 3.824],
    [4, 3.5271186441],
    [6.5, 5.2655720339],
    [7.9, 8.7163782486],
  ];
  for (const [x, y] of expected) t.true(Math.abs(interpolant.at(x) - y) < 1e-9, `${x}`);
  t.true(Math.abs(interpolant.integrate(0.5, 7) - 23.064524219900804) < 1e-9);
});

test('PCHIP refuses knots that do not rise', (t) => {
  t.throws(() => pchip([0, 1, 1], [0, 1, 2]), { instanceOf: RangeError });
  t.throws(() => pchip([0], [0]), { instanceOf: RangeError });
});

test('half the bits at every quality are a BD-rate of -50 %, twice the bits of +100 %', (t) => {
  const half = curve.map(({ bpp, value }) => ({ bpp: bpp / 2, value }));
  t.true(Math.abs((bdRate(curve, half)?.percent ?? 0) + 50) < 1e-9);
  t.true(Math.abs((bdRate(half, curve)?.percent ?? 0) - 100) < 1e-9);
  t.is(bdRate(curve, curve)?.percent, 0);
});

test('a BD-rate states the qualities that both curves cover, and a band narrows them', (t) => {
  const shifted = curve.map(({ bpp, value }) => ({ bpp, value: value + 2 }));
  const whole = bdRate(curve, shifted);
  t.is(whole?.from, 28);
  t.is(whole?.to, curve[4].value);
  const band = bdRate(curve, shifted, { from: 30, to: 33 });
  t.deepEqual([band?.from, band?.to], [30, 33]);
});

test('curves without a common quality, or of one point, have no BD-rate', (t) => {
  const far = curve.map(({ bpp, value }) => ({ bpp, value: value + 100 }));
  t.is(bdRate(curve, far), undefined);
  t.is(bdRate(curve, curve.slice(0, 1)), undefined);
});

test('points that cost more for less quality are left out of a curve', (t) => {
  const points = [
    { bpp: 0.3, value: 29 },
    { bpp: 0.1, value: 27 },
    { bpp: 0.1, value: 26 },
    { bpp: 0.2, value: 30 },
    { bpp: 0.5, value: Number.NaN },
  ];
  t.deepEqual(risingPoints(points), [
    { bpp: 0.1, value: 27 },
    { bpp: 0.2, value: 30 },
  ]);
});

test('the quality at a rate is interpolated between points and unknown outside of them', (t) => {
  t.is(valueAtRate(curve, 0.4), curve[2].value);
  const between = valueAtRate(curve, 0.3) ?? 0;
  t.true(between > curve[1].value && between < curve[2].value);
  t.is(valueAtRate(curve, 0.09), undefined);
  t.is(valueAtRate(curve, 1.7), undefined);
});

test('published curves have the BD-rates against VVC intra that the literature gives', async (t) => {
  const published = await readPublished('kodak');
  const pointsOf = (id: string) => {
    const codec = published.find((candidate) => candidate.id === id);
    return (codec?.points ?? []).map(({ bpp, psnrRgb }) => ({ bpp, value: psnrRgb }));
  };
  const expected = {
    'bmshj2018-hyperprior-mse': 30,
    'shallowntc-2-layer-syn': 35,
    'mbt2018-mean-mse': 21,
    'mbt2018-mse': 11,
    av1: 16,
    'evc-ss': 7,
    'coolchic-v5.0': -7,
    'elic2022-mse': -7,
    mlicplusplus: -15,
    'hpcm-large': -20,
  };
  for (const [id, percent] of Object.entries(expected)) {
    const rate = bdRate(pointsOf('vtm'), pointsOf(id));
    t.true(Math.abs((rate?.percent ?? Number.NaN) - percent) < 0.7, `${id}: ${rate?.percent}`);
  }
});
