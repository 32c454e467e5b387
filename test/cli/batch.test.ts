import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import anyTest, { type TestFn } from 'ava';
import sharp from 'sharp';
import { drawnPicture } from '../helpers/drawn-picture.ts';
import { runCli, writeRandomModel } from '../helpers/run-cli.ts';

interface Context {
  /** A folder with `a.png`, `in/b.png`, `in/deep/c.jpg`, `in/notes.txt` and `random.json`. */
  readonly folder: string;
  /** Runs `nic` in the folder. */
  nic(args: string): ReturnType<typeof runCli>;
  path(name: string): string;
}

const test = anyTest as TestFn<Context>;
const model = '--model random.json -t 0';

test.beforeEach(async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'nic-batch-'));
  const path = (name: string) => join(folder, name);
  await writeRandomModel(folder);
  await mkdir(path('in/deep'), { recursive: true });
  const raw = { width: 30, height: 20, channels: 3 } as const;
  for (const [seed, name] of ['a.png', 'in/b.png', 'in/deep/c.jpg'].entries()) {
    await sharp(drawnPicture(30, 20, 3, seed).data, { raw }).toFile(path(name));
  }
  await writeFile(path('in/notes.txt'), 'no picture');
  const nic = (args: string) => runCli(args.split(' ').filter(Boolean), { cwd: folder });
  Object.assign(t.context, { folder, path, nic });
});

test.afterEach.always((t) => rm(t.context.folder, { recursive: true }));

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

test('files and folders are coded and decoded below --out-dir, with the bytes of a single one', async (t) => {
  const { nic, path } = t.context;
  const encoded = await nic(`encode a.png in --out-dir out -j 2 -q 40 ${model}`);
  t.is(encoded.exitCode, 0, encoded.stderr);
  t.is(encoded.stdout.length, 0);
  t.deepEqual(await filesIn(path('out')), ['a.nic', 'b.nic', 'deep/c.nic']);
  t.regex(encoded.stderr, /^nic: in\/deep\/c\.jpg -> out\/deep\/c\.nic: 30x20, /m);
  t.regex(encoded.stderr, /^nic: 3 done, 0 skipped, 0 failed\n$/m);
  await nic(`encode in/b.png single.nic -q 40 ${model}`);
  t.deepEqual(await readFile(path('out/b.nic')), await readFile(path('single.nic')));

  const decoded = await nic(`decode out -o back --format webp --quiet ${model}`);
  t.is(decoded.exitCode, 0, decoded.stderr);
  t.is(decoded.stderr, '');
  t.deepEqual(await filesIn(path('back')), ['a.webp', 'b.webp', 'deep/c.webp']);
  await nic(`decode single.nic single.webp ${model}`);
  t.deepEqual(await readFile(path('back/b.webp')), await readFile(path('single.webp')));
});

test('one that fails is reported, the rest goes on, the exit code is that of the first', async (t) => {
  const { nic, path } = t.context;
  await writeFile(path('in/bad.png'), 'no picture');
  const encoded = await nic(`encode nowhere.png in a.png --out-dir out ${model}`);
  t.is(encoded.exitCode, 1);
  t.deepEqual(await filesIn(path('out')), ['a.nic', 'b.nic', 'deep/c.nic']);
  t.regex(encoded.stderr, /^nic: nowhere\.png: no such file or folder \[ENOENT\]$/m);
  t.regex(encoded.stderr, /^nic: in\/bad\.png: The picture cannot be read.*\[UNREADABLE_IMAGE\]$/m);
  t.regex(encoded.stderr, /^nic: 3 done, 0 skipped, 2 failed\n$/m);

  const bytes = await readFile(path('out/a.nic'));
  bytes[bytes.length - 20] ^= 1;
  await writeFile(path('out/a.nic'), bytes);
  const damagedFirst = await nic(`decode out/a.nic nowhere.nic out/b.nic -o x -j 3 ${model}`);
  t.is(damagedFirst.exitCode, 3, damagedFirst.stderr);
  const missingFirst = await nic(`decode nowhere.nic out/a.nic out/b.nic -o y -j 3 ${model}`);
  t.is(missingFirst.exitCode, 1, missingFirst.stderr);
  t.deepEqual(await filesIn(path('y')), ['b.png']);
});

test('--json gives an object a picture, one a line', async (t) => {
  const { nic, path } = t.context;
  const { stdout, stderr, exitCode } = await nic(
    `encode a.png nowhere.png --out-dir out --json ${model}`,
  );
  t.is(exitCode, 1);
  t.is(stderr, '');
  const [done, failed] = stdout
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  t.like(done, {
    status: 'done',
    input: { path: 'a.png', format: 'png' },
    output: { path: 'out/a.nic', sizeBytes: (await stat(path('out/a.nic'))).size },
    width: 30,
  });
  t.like(failed, { status: 'failed', input: { path: 'nowhere.png' }, code: 'ENOENT' });
});

test('--dry-run writes nothing and names what would be written', async (t) => {
  const { nic, folder } = t.context;
  const before = await filesIn(folder);
  const { stderr, exitCode } = await nic('encode in --out-dir out --dry-run');
  t.is(exitCode, 0);
  t.is(
    stderr,
    'nic: in/b.png -> out/b.nic\nnic: in/deep/c.jpg -> out/deep/c.nic\n' +
      'nic: 2 to do, 0 skipped, 0 failed\n',
  );
  const here = await nic('encode . --out-dir out --dry-run');
  t.regex(here.stderr, /^nic: a\.png -> out\/a\.nic\nnic: in\/b\.png -> out\/in\/b\.nic\n/);
  t.deepEqual(await filesIn(folder), before);
});

test('outputs are kept without --force; --resume skips the newer and replaces the older', async (t) => {
  const { nic, path } = t.context;
  t.is((await nic(`encode in --out-dir out ${model}`)).exitCode, 0);
  const good = await readFile(path('out/b.nic'));
  await writeFile(path('out/b.nic'), 'newer');
  await writeFile(path('out/deep/c.nic'), 'older');
  await utimes(path('out/deep/c.nic'), 1000, 1000);

  const refused = await nic(`encode in --out-dir out ${model}`);
  t.is(refused.exitCode, 1);
  t.is(refused.stderr.match(/exists.*--force replaces it \[FILE_EXISTS\]/g)?.length, 2);

  const resumed = await nic(`encode in --out-dir out --resume ${model}`);
  t.is(resumed.exitCode, 0, resumed.stderr);
  t.regex(resumed.stderr, /^nic: 1 done, 1 skipped, 0 failed\n$/m);
  t.is(await readFile(path('out/b.nic'), 'utf8'), 'newer');
  t.not(await readFile(path('out/deep/c.nic'), 'utf8'), 'older');

  t.is((await nic(`encode in --out-dir out --force ${model}`)).exitCode, 0);
  t.deepEqual(await readFile(path('out/b.nic')), good);
});

const usageErrors: readonly (readonly [string, RegExp])[] = [
  ['encode a.png x.nic --resume', /--resume needs --out-dir/],
  ['decode x.nic a.png --jobs 2', /--jobs needs --out-dir/],
  ['encode in a.png b.png', /more than one input needs --out-dir/],
  ['encode - --out-dir out', /- cannot be used with --out-dir/],
  ['encode a.png --out-dir out -j -', /for --jobs but received "-"/],
  ['encode a.png in --out-dir out -j 0', /from 1 to 64 for --jobs/],
  ['encode in in/b.gif in/b.jpg --out-dir out', /in\/b\.png and in\/b\.gif would both be written/],
  ['verify --model a.json --model b.json x.nic', /Expected --model once/],
  ['verify --backend simd --backend simd x.nic', /Expected --backend once/],
  ['encode a.png -q 1 -q 2 x.nic', /Expected --quality once/],
  ['encode a.png --out-dir a --out-dir b', /Expected --out-dir once/],
  ['decode x.nic x.png --region 0,0,1,1 --region 0,0,1,1', /Expected --region once/],
  ['decode x.nic x.png --format png --format png', /Expected --format once/],
];

for (const [args, message] of usageErrors) {
  test(`a usage error of "nic ${args}" is one line, exit code 2, no output`, async (t) => {
    const { nic, folder } = t.context;
    const before = await filesIn(folder);
    const { stderr, stdout, exitCode } = await nic(args);
    t.is(exitCode, 2, stderr);
    t.regex(stderr, message);
    t.is(stderr.indexOf('\n'), stderr.length - 1, stderr);
    t.is(stdout.length, 0);
    t.deepEqual(await filesIn(folder), before);
  });
}
