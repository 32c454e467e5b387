import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import anyTest, { type TestFn } from 'ava';
import { decodeCases, goldenFolder, readGolden, refuseCases } from '../helpers/golden-files.ts';
import { runCli } from '../helpers/run-cli.ts';

interface Context {
  /** A folder with `in/good.nic`, `in/deep/bad.NIC`, `in/deep/more.nic`, `in/notes.txt` and `empty/`. */
  readonly folder: string;
  /** Runs `nic verify` in the folder with the model of the golden files. */
  verify(args: string, stdin?: Uint8Array): ReturnType<typeof runCli>;
}

const test = anyTest as TestFn<Context>;
const model = ['--model', `${goldenFolder}model.json`, '-t', '0'];

test.beforeEach(async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'nic-verify-'));
  await mkdir(join(folder, 'in/deep'), { recursive: true });
  await mkdir(join(folder, 'empty'));
  await writeFile(join(folder, 'in/good.nic'), readGolden('decode/odd-size.nic'));
  await writeFile(join(folder, 'in/deep/more.nic'), readGolden('decode/alpha.nic'));
  await writeFile(join(folder, 'in/deep/bad.NIC'), readGolden('refuse/last-byte-changed.nic'));
  await writeFile(join(folder, 'in/notes.txt'), 'no picture');
  const verify = (args: string, stdin?: Uint8Array) =>
    runCli(['verify', ...args.split(' '), ...model], { cwd: folder, stdin });
  Object.assign(t.context, { folder, verify });
});

test.afterEach.always((t) => rm(t.context.folder, { recursive: true }));

test('a folder stands for all .nic files below it, in the order of their names', async (t) => {
  for (const jobs of ['', ' -j 3']) {
    const { stdout, stderr, exitCode } = await t.context.verify(`in${jobs}`);
    t.is(exitCode, 3, stderr);
    t.regex(
      stdout.toString(),
      /^in\/deep\/bad\.NIC: FAILED, .*\[CHECKSUM_MISMATCH\]\nin\/deep\/more\.nic: ok\nin\/good\.nic: ok\n$/,
    );
    t.is(stderr, 'nic: 3 files: 2 ok, 1 failed\n');
  }
});

test('--json gives an object a file, one a line, then their numbers', async (t) => {
  const { stdout, stderr, exitCode } = await t.context.verify('in nowhere.nic --json -j 2');
  t.is(exitCode, 3);
  t.is(stderr, '');
  const lines = stdout.toString().trimEnd().split('\n');
  const [bad, more, good, missing, last] = lines.map((line) => JSON.parse(line));
  t.like(bad, { path: 'in/deep/bad.NIC', ok: false, code: 'CHECKSUM_MISMATCH' });
  t.deepEqual(more, { path: 'in/deep/more.nic', ok: true });
  t.deepEqual(good, { path: 'in/good.nic', ok: true });
  t.like(missing, { path: 'nowhere.nic', ok: false, code: 'ENOENT' });
  t.deepEqual(last, { summary: { files: 4, ok: 2, failed: 2 } });
  t.is(lines.length, 5);
});

test('--quiet names only what failed, and nothing where all is whole', async (t) => {
  const failed = await t.context.verify('in --quiet');
  t.regex(failed.stdout.toString(), /^in\/deep\/bad\.NIC: FAILED, [^\n]*\n$/);
  t.is(failed.stderr, '');
  const whole = await t.context.verify('in/good.nic in/deep/more.nic --quiet');
  t.deepEqual([whole.exitCode, whole.stdout.length, whole.stderr], [0, 0, '']);
});

test('the exit code is the highest of what was found', async (t) => {
  const { folder, verify } = t.context;
  await writeFile(join(folder, 'model.nic'), readGolden('refuse/other-model-id.nic'));
  await writeFile(join(folder, 'large.nic'), readGolden('refuse/too-many-pixels.nic'));
  for (const [args, code] of [
    ['in/good.nic', 0],
    ['nowhere.nic in/good.nic', 1],
    ['in nowhere.nic', 3],
    ['model.nic in nowhere.nic', 4],
    ['large.nic model.nic in nowhere.nic', 5],
  ] as const) {
    t.is((await verify(args)).exitCode, code, args);
  }
});

test('a folder without a .nic file is no success', async (t) => {
  const { stderr, exitCode } = await t.context.verify('empty');
  t.is(exitCode, 2);
  t.is(stderr, 'nic: No .nic file in empty [USAGE]\n');
});

test('the files of the golden set are verified as they decode', async (t) => {
  const run = async (...paths: string[]) => {
    const places = paths.map((path) => goldenFolder + path);
    const { stdout } = await t.context.verify(`${places.join(' ')} --json`);
    return JSON.parse(stdout.toString().trimEnd().split('\n').at(-1) as string).summary;
  };
  const decoded = decodeCases().map(({ name }) => `decode/${name}.nic`);
  const files = decoded.length;
  t.deepEqual(await run(...decoded), { files, ok: files, failed: 0 });
  const refused = refuseCases().length;
  t.deepEqual(await run('refuse'), { files: refused, ok: 0, failed: refused });
});

test('on a terminal the progress of all files is one line that is gone in the end', (t) => {
  const main = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));
  const command = [process.execPath, main, 'verify', 'in', ...model].join(' ');
  // `script` lends the program a terminal, where standard output and error are one.
  const shown = execFileSync('script', ['-qec', `${command} || true`, '/dev/null'], {
    cwd: t.context.folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.regex(shown, /nic: 0 of 3 files, in\/deep\/bad\.NIC/);
  t.regex(shown, /nic: 2 of 3 files, in\/good\.nic, \d+ s left/);
  const screen = shown.split('\n').map((line) => line.slice(line.lastIndexOf('\u001b[2K') + 1));
  t.is(screen.filter((line) => line.includes(' of 3 files')).length, 0, shown);
});
