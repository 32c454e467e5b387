import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import anyTest, { type TestFn } from 'ava';
import sharp from 'sharp';
import { drawnPicture } from '../helpers/drawn-picture.ts';
import { type CliOptions, runCli } from '../helpers/run-cli.ts';

interface Context {
  folder: string;
  nic(args: string, options?: CliOptions): ReturnType<typeof runCli>;
}

const test = anyTest as TestFn<Context>;

test.beforeEach(async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'nic-report-cli-'));
  t.context.folder = folder;
  t.context.nic = (args, options) => runCli(args.split(' '), { cwd: folder, ...options });
  const pictures = join(folder, 'photos');
  await mkdir(pictures);
  for (const seed of [1, 2]) {
    const { width, height, data } = drawnPicture(192, 176, 3, seed);
    await sharp(data, { raw: { width, height, channels: 3 } })
      .png()
      .toFile(join(pictures, `picture-${seed}.png`));
  }
});

test.afterEach.always((t) => rm(t.context.folder, { recursive: true }));

test('report measures a folder, and draws the same report from the rows alone', async (t) => {
  const { folder, nic } = t.context;
  const run = await nic(
    'report photos --codecs mozjpeg,webp:effort=0 --qualities 10,40,80 --format html,json,csv,md,svg,png --pictures 1 --rates 0.8',
  );
  t.is(run.exitCode, 0, run.stderr);
  t.regex(
    run.stderr,
    /nic: 12 points measured, 0 were stored, 0 failed: report\/results\/photos\n/,
  );
  t.deepEqual((await readdir(join(folder, 'report'))).sort(), [
    'curve.png',
    'curve.svg',
    'report.csv',
    'report.html',
    'report.json',
    'report.md',
    'results',
  ]);
  const html = await readFile(join(folder, 'report', 'report.html'), 'utf8');
  t.true(html.includes('data:image/jpeg;base64,') && html.includes('data:image/webp;base64,'));

  const again = await nic('report --rows report/results/photos -o again --format csv,json');
  t.is(again.exitCode, 0, again.stderr);
  for (const name of ['report.csv', 'report.json']) {
    t.is(
      await readFile(join(folder, 'again', name), 'utf8'),
      await readFile(join(folder, 'report', name), 'utf8'),
      name,
    );
  }
});

test('a report that was interrupted goes on with the same command', async (t) => {
  const { folder, nic } = t.context;
  const command = 'report photos --codecs avif:effort=9 --qualities 10,20,30,40,50,60,70,80';
  const stopped = await nic(`${command} --format csv`, {
    onStart(child) {
      child.stdin.end();
      // Interrupts as soon as the first rows are on disk.
      const rows = join(folder, 'report', 'results', 'photos', 'avif-effort-9.json');
      const timer = setInterval(() => {
        if (!existsSync(rows) || child.killed) return;
        child.kill('SIGINT');
      }, 5);
      child.on('exit', () => clearInterval(timer));
    },
  });
  t.is(stopped.exitCode, 130, stopped.stderr);
  t.regex(stopped.stderr, /^nic: interrupted/m);
  const finished = await nic(`${command} --format csv --json`);
  t.is(finished.exitCode, 0, finished.stderr);
  const { measured, reused, failed } = JSON.parse(finished.stdout.toString());
  t.true(reused >= 1, `${reused} rows were reused`);
  t.deepEqual([measured + reused, failed], [16, 0]);
});

test('a codec that fails is a bug in the report, not the end of it', async (t) => {
  const { folder, nic } = t.context;
  const run = await nic('report photos --codecs jpeg,webp:effort=0 --qualities 50,101 --format md');
  t.is(run.exitCode, 0, run.stderr);
  t.regex(run.stderr, /4 points failed; the report lists them/);
  const markdown = await readFile(join(folder, 'report', 'report.md'), 'utf8');
  t.regex(markdown, /\| \*\*JPEG 4:2:0\*\* \| [\d.]+ \| [\d.]+ \| 1 \| 2 \|/);
});

test('failures of other qualities do not count, and a run of nothing else ends with exit code 1', async (t) => {
  const { nic } = t.context;
  const command = 'report photos --codecs webp:effort=0 --format csv';
  const wrong = await nic(`${command} --qualities 500`);
  t.is(wrong.exitCode, 1, wrong.stderr);
  t.regex(wrong.stderr, /2 points failed/);
  const right = await nic(`${command} --qualities 50 --json`);
  t.is(right.exitCode, 0, right.stderr);
  t.like(JSON.parse(right.stdout.toString()), { measured: 2, failed: 0 });
  const again = await nic(`${command} --qualities 50,500`);
  t.is(again.exitCode, 0, again.stderr);
  t.regex(again.stderr, /2 points failed/);
});

test('the help of report says what it replaces', async (t) => {
  const { stdout } = await t.context.nic('report --help');
  t.regex(stdout.toString().replace(/\s+/g, ' '), /an earlier report in it is drawn anew/);
});

test('wrong use of report is one line and exit code 2', async (t) => {
  const { nic } = t.context;
  const refused = async (args: string, message: RegExp) => {
    const { exitCode, stderr } = await nic(args);
    t.is(exitCode, 2, `${args}: ${stderr}`);
    t.regex(stderr, message);
    t.is(stderr.trim().split('\n').length, 1, stderr);
  };
  await refused('report', /Expected a folder of pictures, or stored rows with --rows/);
  await refused('report photos --codecs gif', /Expected one of nic, .* but received "gif"/);
  await refused('report photos --format pdf', /Expected one of html, .* but received "pdf"/);
  await refused('report photos --rates fast', /Expected numbers from 0 for --rates/);
  await refused('report . --codecs jpeg', /Expected a folder with pictures/);
  await refused('report photos --jobs 0', /--jobs/);
});
