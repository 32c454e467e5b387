import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import anyTest, { type TestFn } from 'ava';
import sharp from 'sharp';
import { aggregate } from '../../reports/aggregate.ts';
import { bundleModules } from '../../reports/html/bundle.ts';
import { createMeasurePool } from '../../reports/measure-pool.ts';
import { isFailed, parseRowsFile, type Row, readRowsFiles } from '../../reports/rows.ts';
import { type RunOptions, runCodecs } from '../../reports/run.ts';
import { drawnPicture } from '../helpers/drawn-picture.ts';

interface Context {
  folder: string;
  options: RunOptions;
}

const test = anyTest as TestFn<Context>;

test.beforeEach(async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'nic-run-'));
  for (const [name, seed] of [
    ['a.png', 1],
    ['b.png', 2],
  ] as const) {
    const { width, height, data } = drawnPicture(176, 170, 3, seed);
    await sharp(data, { raw: { width, height, channels: 3 } })
      .png()
      .toFile(join(folder, name));
  }
  t.context.folder = folder;
  t.context.options = {
    folder,
    name: 'drawn',
    specs: ['webp:effort=0', 'jpeg'],
    rowsFolder: join(folder, 'rows'),
    qualities: [10, 50, 90],
  };
});

test.afterEach.always((t) => rm(t.context.folder, { recursive: true }));

async function readRows(options: RunOptions, name: string): Promise<readonly Row[]> {
  const path = join(options.rowsFolder, name);
  return parseRowsFile(await readFile(path, 'utf8'), path).rows;
}

test('a run that was stopped goes on without measuring again', async (t) => {
  const { options } = t.context;
  const controller = new AbortController();
  const first = runCodecs({
    ...options,
    signal: controller.signal,
    onProgress: ({ done }) => {
      if (done === 4) controller.abort();
    },
  });
  // Not throwsAsync: to ava, a DOMException is no error.
  const reason = await first.then(
    () => undefined,
    (error: unknown) => error,
  );
  t.is((reason as Error | undefined)?.name, 'AbortError');
  const before = await readRows(options, 'webp-effort-0.json');
  // One more may have been under way when the run was stopped.
  t.true(before.length === 4 || before.length === 5);

  const second = await runCodecs(options);
  t.is(second.reused, before.length);
  t.is(second.measured, 12 - before.length);
  const after = await readRows(options, 'webp-effort-0.json');
  for (const row of before)
    t.true(after.some((other) => JSON.stringify(other) === JSON.stringify(row)));

  const third = await runCodecs(options);
  t.deepEqual([third.measured, third.reused, third.failed], [0, 12, 0]);
  const report = aggregate(await readRowsFiles(options.rowsFolder));
  t.deepEqual(
    report.curves.map(({ mean }) => mean.length),
    [3, 3],
  );
});

test('pictures that are measured side by side give the rows of one after the other', async (t) => {
  const { options } = t.context;
  const other = join(options.folder, 'other-rows');
  await runCodecs(options);
  await runCodecs({ ...options, rowsFolder: other, jobs: 2 });
  const withoutTimes = (rows: readonly Row[]) =>
    rows.map((row) => ({ ...row, encodeMs: 0, decodeMs: 0 }));
  t.deepEqual(
    withoutTimes(await readRows({ ...options, rowsFolder: other }, 'jpeg.json')),
    withoutTimes(await readRows(options, 'jpeg.json')),
  );
});

test('rows of another version are measured again, and it is said', async (t) => {
  const { options } = t.context;
  const path = join(options.rowsFolder, 'jpeg.json');
  await runCodecs({ ...options, specs: ['jpeg'] });
  const file = JSON.parse(await readFile(path, 'utf8'));
  file.codec.versions.mozjpeg = 'older';
  await writeFile(path, JSON.stringify(file));
  const notices: string[] = [];
  const result = await runCodecs({
    ...options,
    specs: ['jpeg'],
    onNotice: (message) => notices.push(message),
  });
  t.is(result.measured, 6);
  t.regex(notices.join('\n'), /6 stored rows of JPEG 4:2:0 are of another version \(mozjpeg older/);
});

test('rows of a picture that changed are measured again, those of others are kept', async (t) => {
  const { options } = t.context;
  await runCodecs({ ...options, specs: ['jpeg'] });
  const { width, height, data } = drawnPicture(176, 170, 3, 7);
  await sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toFile(join(options.folder, 'b.png'));
  const result = await runCodecs({ ...options, specs: ['jpeg'] });
  t.deepEqual([result.measured, result.reused], [3, 3]);
});

test('a picture that fails is a row with its error, and the others go on', async (t) => {
  const { options } = t.context;
  // 101 is no quality of JPEG.
  const result = await runCodecs({ ...options, specs: ['jpeg'], qualities: [50, 101, 90] });
  t.deepEqual([result.measured, result.failed], [4, 2]);
  const rows = await readRows(options, 'jpeg.json');
  const failed = rows.filter(isFailed);
  t.deepEqual(
    failed.map(({ picture, quality }) => [picture, quality]),
    [
      ['a.png', 101],
      ['b.png', 101],
    ],
  );
  t.regex(failed[0].error, /quality/);
});

test('a codec that hangs costs its points, and nothing else', async (t) => {
  const { folder } = t.context;
  const pool = createMeasurePool(1);
  const rows: Row[] = [];
  const task = { picture: 'a.png', path: join(folder, 'a.png') };
  await pool.run({ ...task, spec: 'jpeg', qualities: [10, 20] }, (row) => rows.push(row));
  await pool.close();
  t.deepEqual(rows, [
    { picture: 'a.png', quality: 10, error: 'No result within 0.001 s' },
    { picture: 'a.png', quality: 20, error: 'No result within 0.001 s' },
  ]);
});

test('a folder without pictures is refused', async (t) => {
  const { folder, options } = t.context;
  await writeFile(join(folder, 'rows.txt'), '');
  await Promise.all(['a.png', 'b.png'].map((name) => rm(join(folder, name))));
  await t.throwsAsync(runCodecs(options), { message: /folder with pictures/ });
});

test('the script of the page is joined from its modules alone', async (t) => {
  const script = await bundleModules(new URL('../../reports/html/client/main.js', import.meta.url));
  t.false(/^(import|export)\b/m.test(script));
  for (const name of ['pchip', 'bdRate', 'drawCurves', 'startViewer']) {
    t.is(script.match(new RegExp(`^function ${name}\\(`, 'gm'))?.length, 1, name);
  }
  const outside = new URL('../../reports/html/page.js', import.meta.url);
  await t.throwsAsync(bundleModules(outside), { message: /cannot be joined/ });
});
