import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { runCli } from '../helpers/run-cli.ts';

let folder: string;

test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nic-completion-'));
  await mkdir(join(folder, 'photos'));
  await writeFile(join(folder, 'photo one.png'), '');
  await writeFile(join(folder, 'other.nic'), '');
  const { stdout } = await runCli(['completion', 'bash']);
  await writeFile(join(folder, 'nic.bash'), stdout);
});

test.after.always(() => rm(folder, { recursive: true }));

/** What bash offers for the last of the words. */
function complete(...words: string[]): string[] {
  const script = `
    source ./nic.bash
    [[ "$(complete -p nic)" == *'-F _nic nic' ]] || exit 1
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
    _nic
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  const args = ['--norc', '-u', '-c', script, 'bash', 'nic', ...words];
  const offered = execFileSync('bash', args, { cwd: folder, encoding: 'utf8' });
  return offered.split('\n').filter(Boolean).sort();
}

test('bash completes commands and those below them', (t) => {
  t.deepEqual(complete('en'), ['encode']);
  t.true(complete('').includes('verify') && complete('').includes('completion'));
  t.deepEqual(complete('train', ''), ['aux', 'curve', 'export', 'filter', 'run']);
  t.deepEqual(complete('dataset', 'f'), ['fetch']);
  t.deepEqual(complete('completion', ''), ['bash', 'fish', 'zsh']);
  t.deepEqual(complete('--v'), ['--version']);
});

test('bash completes options of the command at hand', (t) => {
  t.deepEqual(complete('encode', 'a.png', '--q'), ['--quality', '--quiet']);
  t.deepEqual(complete('decode', '--q'), ['--quiet']);
  t.deepEqual(complete('decode', '--reg'), ['--region']);
  t.deepEqual(complete('train', 'run', '--log'), ['--log-every']);
  t.deepEqual(complete('report', '--no'), ['--no-published']);
});

test('every command but completion has --json', (t) => {
  for (const command of ['encode', 'decode', 'inspect', 'verify', 'report']) {
    t.deepEqual(complete(command, '--js'), ['--json'], command);
  }
  for (const group of ['dataset', 'train']) {
    for (const command of complete(group, '')) {
      t.true(complete(group, command, '--js').includes('--json'), `${group} ${command}`);
    }
  }
  t.deepEqual(complete('completion', '--js'), []);
});

test('bash completes choices and files, and nothing for a number', (t) => {
  t.deepEqual(complete('encode', '--backend', 's'), ['scalar', 'simd']);
  t.deepEqual(complete('decode', '--format', 'w'), ['webp']);
  t.deepEqual(complete('decode', '--format', '=', 'w'), ['webp']);
  t.deepEqual(complete('decode', '--format', '='), complete('decode', '--format', ''));
  t.deepEqual(complete('dataset', 'add', '--split', 't'), ['test', 'training']);
  t.deepEqual(complete('encode', 'ph'), ['photo one.png', 'photos']);
  t.deepEqual(complete('decode', '--model', 'o'), ['other.nic']);
  t.deepEqual(complete('encode', '--out-dir', 'photos'), ['photos']);
  t.deepEqual(complete('encode', '-q', ''), []);
  t.deepEqual(complete('encode', '--size', ''), []);
});

test('the scripts for zsh and fish name every command and option of that for bash', async (t) => {
  const [bash, zsh, fish] = await Promise.all(
    ['bash', 'zsh', 'fish'].map(async (shell) => {
      const { stdout, stderr, exitCode } = await runCli(['completion', shell]);
      t.deepEqual([exitCode, stderr], [0, ''], shell);
      return stdout.toString();
    }),
  );
  t.is(zsh, `autoload -U +X bashcompinit && bashcompinit\n${bash}`);
  const lists = [...bash.matchAll(/options='([^']+)'/g)].map(([, list]) => list).join(' ');
  const options = new Set([...lists.matchAll(/--([a-z-]+)/g)].map(([, name]) => name));
  t.true(options.size > 30);
  for (const name of options) t.true(fish.includes(` -l ${name}`), name);
  for (const name of ['encode', 'curve', 'fetch', 'fish']) {
    t.regex(fish, new RegExp(`-a '[a-z ]*${name}`), name);
  }
});

test('help and the scripts know the same options', async (t) => {
  for (const command of ['encode', 'decode', 'verify', 'inspect', 'report']) {
    const help = (await runCli([command, '--help'])).stdout.toString();
    const known = complete(command, '-');
    const shown = [...help.matchAll(/^ +(?:-\w, )?--([a-z-]+)/gm)].map(([, name]) => name);
    t.true(shown.length > 3);
    for (const name of shown.filter((name) => name !== 'version')) {
      t.true(known.includes(`--${name}`) || known.includes(`--no-${name}`), `${command} ${name}`);
    }
  }
});
