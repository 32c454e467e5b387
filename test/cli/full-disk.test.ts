// Outputs that cannot be written: one line, exit code 1, and no part of a file.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import sharp from 'sharp';
import { drawnPicture } from '../helpers/drawn-picture.ts';
import { runCli, writeRandomModel } from '../helpers/run-cli.ts';

const main = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));
let folder: string;
const options = ['--model', 'random.json', '-t', '0'];

test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nic-full-'));
  await writeRandomModel(folder);
  const { data, ...raw } = drawnPicture(90, 60);
  await sharp(data, { raw }).png().toFile(join(folder, 'in.png'));
});

/** Runs nic as the `"$@"` of a command of the shell. */
async function runInBash(
  command: string,
  args: readonly string[],
): Promise<{ readonly exitCode: number | null; readonly stderr: string }> {
  const child = spawn('bash', ['-c', command, 'bash', process.execPath, main, ...args], {
    cwd: folder,
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk;
  });
  const [exitCode] = (await once(child, 'close')) as [number | null];
  return { exitCode, stderr };
}

test.after.always(() => rm(folder, { recursive: true }));

test('a full device is named in one line', async (t) => {
  const result = await runCli(['encode', 'in.png', '/dev/full', ...options], { cwd: folder });
  t.is(result.exitCode, 1);
  t.is(result.stderr, 'nic: /dev/full: no space left on the device [ENOSPC]\n');
});

test('a full device as stdout is named in one line', async (t) => {
  for (const args of [
    ['encode', 'in.png', '-', ...options],
    ['inspect', '--model', 'random.json'],
    ['inspect', '--model', 'random.json', '--json'],
    ['verify', 'nowhere.nic', ...options],
    ['completion', 'bash'],
    ['--help'],
  ]) {
    const { exitCode, stderr } = await runInBash('exec "$@" > /dev/full', args);
    t.is(exitCode, 1, stderr);
    t.is(stderr, 'nic: stdout: no space left on the device [ENOSPC]\n', args[0]);
  }
});

test('a file that outgrows what may be written is named in one line and leaves nothing', async (t) => {
  const target = join(folder, 'limited');
  await mkdir(target);
  // Under a limit of 0 blocks every write fails, as on a full disk; the signal for it is ignored.
  const command = `trap '' XFSZ; ulimit -f 0; exec "$@"`;
  const args = ['encode', 'in.png', 'limited/out.nic', ...options];
  const { exitCode, stderr } = await runInBash(command, args);
  t.is(exitCode, 1, stderr);
  t.regex(stderr, /^nic: limited\/out\.nic: [^\n]*\[EFBIG\]\n$/);
  t.deepEqual(await readdir(target), []);
});

test('a folder that may not be written to is named in one line and stays as it is', async (t) => {
  const target = join(folder, 'read-only');
  await mkdir(target);
  await writeFile(join(target, 'kept'), 'as it was');
  await chmod(target, 0o555);
  // The administrator may write everywhere but in /proc.
  const path = process.getuid?.() === 0 ? '/proc/out.nic' : 'read-only/out.nic';
  const result = await runCli(['encode', 'in.png', path, ...options], { cwd: folder });
  t.is(result.exitCode, 1);
  t.regex(result.stderr, /^nic: [^\n]*out\.nic: [^\n]*\[(EACCES|ENOENT|EROFS|EPERM)\]\n$/);
  t.deepEqual(await readdir(target), ['kept']);
  await chmod(target, 0o755);
});

test('a killed encode leaves no half file under the name of the output', async (t) => {
  const target = join(folder, 'killed');
  await mkdir(target);
  await writeFile(join(target, 'out.nic'), 'as it was');
  for (const delayMs of [200, 500, 900]) {
    const args = ['encode', 'in.png', 'killed/out.nic', '--force', ...options];
    await runCli(args, {
      cwd: folder,
      onStart: (child) => setTimeout(() => child.kill('SIGKILL'), delayMs),
    });
    const checked = await runCli(['verify', 'killed/out.nic', ...options], { cwd: folder });
    // Either nothing has happened yet or all of it.
    t.true(checked.exitCode === 0 || /NOT_NIC/.test(checked.stdout.toString()), `${delayMs} ms`);
  }
});
