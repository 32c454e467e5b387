import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { configNames, findConfig, trainingFolder } from '../../src/train/config.ts';
import { curvesOf } from '../../src/train/curves.ts';
import { describeMeasured, describeStep, duration, secondsLeft } from '../../src/train/describe.ts';
import { parseLogLine, readLog } from '../../src/train/log.ts';
import { requirements } from '../../src/train/python.ts';

test('a log whose last steps were taken twice has each step once', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'nic-log-'));
  const steps = [50, 100, 150, 100, 150];
  const text = steps.map((step, i) => JSON.stringify({ step, seconds: i, loss: i })).join('\n');
  await writeFile(join(folder, 'log.jsonl'), `${text}\n{"step": 200, "sec`);
  const lines = await readLog(folder);
  t.deepEqual(
    lines.map(({ step, loss }) => [step, loss]),
    [
      [50, 0],
      [100, 1],
      [100, 3],
      [150, 4],
    ],
  );
  await rm(folder, { recursive: true });
});

test('text that is no line of a log is none', (t) => {
  for (const text of ['', 'warning', '{}', 'null', '[1]', '{"pictures": 3}', '{"step": "1"}']) {
    t.is(parseLogLine(text), undefined, text);
  }
});

test('the time that is left follows from the budget that is given', (t) => {
  const line = { step: 100, seconds: 40, crops_per_second: 10 };
  t.is(secondsLeft(line, { seconds: 3600 }, 4), 3560);
  t.is(secondsLeft(line, { seconds: 10 }, 4), 0);
  t.is(secondsLeft(line, { steps: 600, seconds: 3600 }, 4), 200);
  t.is(secondsLeft({ step: 1, seconds: 1 }, { steps: 600, seconds: 3600 }, 4), undefined);
});

test('a step without a PSNR is described without one', (t) => {
  t.is(
    describeStep({ step: 3, seconds: 1, loss: 2, bpp: 1 }, undefined),
    'step 3, loss 2.000, 1.000 bpp',
  );
});

test('what is measured is shown by groups', (t) => {
  t.is(describeMeasured({ saved: 0.05, low_rates: 0.1 }), 'measured: saved 0.05, low rates 0.1');
  const values = { psnr: 24.5, texture: 0.25 };
  t.is(
    describeMeasured({ 20: { base: values, perceptual: { psnr: 23 } }, 35: { base: values } }),
    'measured: 20 base: psnr 24.5, texture 0.25; 20 perceptual: psnr 23; 35 base: psnr 24.5, texture 0.25',
  );
});

test('durations have two units at most', (t) => {
  t.deepEqual([4.6, 59.6, 3599, 5280, 7200, 200_000].map(duration), [
    '5 s',
    '1 min',
    '1 h',
    '1 h 28 min',
    '2 h',
    '2 d 7 h',
  ]);
});

test('PSNR is interpolated at rates inside of a validation only', (t) => {
  const rows = [
    { quality: 50, bpp: 0.5, psnr: 34 },
    { quality: 10, bpp: 0.1, psnr: 28 },
  ];
  const { validations, hours } = curvesOf('run', [{ step: 5, seconds: 7200, validation: rows }]);
  const [low, middle, high] = validations[0].psnrAtRates;
  t.true(low !== null && low > 28 && low < 34);
  t.is(middle, 34);
  t.is(high, null);
  t.is(hours, 2);
  const single = curvesOf('run', [{ step: 5, seconds: 1, validation: [rows[0]] }]);
  t.deepEqual(single.validations[0].psnrAtRates, [null, null, null]);
});

test('every config in the package can be trained with', async (t) => {
  const names = await configNames();
  t.true(names.includes('base') && names.includes('cpu') && names.includes('tiny'));
  for (const name of names) t.true((await findConfig(name)).crop % 64 === 0, name);
});

test('what Python needs is what training/pyproject.toml says', async (t) => {
  const text = await readFile(join(trainingFolder, 'pyproject.toml'), 'utf8');
  t.true(text.includes(`requires-python = ">=${requirements.python}"`));
  for (const [name, version] of Object.entries(requirements.modules)) {
    t.true(text.includes(`"${name}>=${version}"`), name);
  }
});
