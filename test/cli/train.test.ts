// `nic train` with a stand-in for Python that answers as the trainer does; training/tests has the trainer's own tests.
import {
  chmod,
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import anyTest, { type TestFn } from 'ava';
import sharp from 'sharp';
import { trainingFolder } from '../../src/train/config.ts';
import { type CliOptions, runCli, writeRandomModel } from '../helpers/run-cli.ts';

interface Context {
  /** A folder with `photos`, and `python` as it should be. */
  readonly folder: string;
  nic(args: string, options?: CliOptions): ReturnType<typeof runCli>;
}

const test = anyTest as TestFn<Context>;

const complete = {
  python: '3.12.1',
  modules: { torch: '2.13.0+cu130', numpy: '2.4.6', pillow: '12.0.0' },
  gpus: ['Graphics Card'],
};

const validation = [
  { quality: 10, bpp: 0.1, psnr: 27.5, ms_ssim: 0.9 },
  { quality: 35, bpp: 0.25, psnr: 31.5 },
  { quality: 85, bpp: 1.1, psnr: 38.5 },
];

/** Leaves its arguments in args.json, prints a log, and saves as the trainer does. */
const trainer = `
const args = process.argv.slice(2);
const value = (name) => args[args.indexOf(name) + 1];
writeFileSync('args.json', JSON.stringify({ args, path: process.env.PYTHONPATH }));
const run = value('--run');
mkdirSync(run, { recursive: true });
const print = (line) => {
  appendFileSync(run + '/log.jsonl', JSON.stringify(line) + '\\n');
  console.log(JSON.stringify(line));
};
const end = (how) => {
  writeFileSync(run + '/checkpoint.pt', 'weights');
  print({ step: 200, seconds: 60, end: how });
  process.exit(how === 'finished' ? 0 : 130);
};
process.on('SIGTERM', () => end('interrupted'));
console.log(JSON.stringify({ pictures: 3, device: 'cpu' }));
print({ step: 100, seconds: 30, loss: 1.25, bpp: 0.5, psnr: 33, factor: 1, crops_per_second: 8 });
print({ step: 200, seconds: 60, loss: 1.125, bpp: 0.25, psnr: 32, factor: 0.5, crops_per_second: 8 });
print({ step: 200, seconds: 60, validation: ${JSON.stringify(validation)} });
`;

async function writePython(path: string, probe: unknown, body: string): Promise<void> {
  const script = `#!/usr/bin/env node
const { appendFileSync, copyFileSync, mkdirSync, writeFileSync } = process.getBuiltinModule('node:fs');
if (process.argv[2] === '-c') {
  console.log(${JSON.stringify(JSON.stringify(probe))});
  process.exit();
}
${body}
`;
  await writeFile(path, script);
  await chmod(path, 0o755);
}

async function writePhoto(path: string, side: number): Promise<void> {
  const create = { width: side, height: side + 8, channels: 3, background: '#46a' } as const;
  await sharp({ create }).png().toFile(path);
}

test.beforeEach(async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'nic-train-'));
  await mkdir(join(folder, 'photos', 'inner'), { recursive: true });
  await writePhoto(join(folder, 'photos', 'a.png'), 64);
  await writePhoto(join(folder, 'photos', 'inner', 'b.png'), 80);
  await writePhoto(join(folder, 'photos', 'small.png'), 40);
  await writePython(join(folder, 'python'), complete, `${trainer}end('finished');`);
  Object.assign(t.context, {
    folder,
    nic: (args: string, options?: CliOptions) =>
      runCli(args.split(' ').filter(Boolean), { cwd: folder, ...options }),
  });
});

test.afterEach.always((t) => rm(t.context.folder, { recursive: true }));

const start = 'train run photos --config tiny --run r --python ./python';

async function argsOf(folder: string): Promise<{ args: string[]; path: string }> {
  return JSON.parse(await readFile(join(folder, 'args.json'), 'utf8'));
}

test('a run shows Python, photographs, progress and validation, and leaves its curves', async (t) => {
  const { folder, nic } = t.context;
  const { exitCode, stdout, stderr } = await nic(`${start} --hours 0.05`);
  t.is(exitCode, 0, stderr);
  t.is(stdout.length, 0);
  t.deepEqual(stderr.replace(folder, '.').trimEnd().split('\n'), [
    'nic: ./python: Python 3.12.1, torch 2.13.0+cu130, Graphics Card',
    'nic: 2 photographs, 0.00 GiB in memory; 1 smaller than 64 pixels are left out',
    'nic: starting r',
    'nic: step 100, loss 1.250, 0.500 bpp, 33.00 dB, 8.0 crops/s, 3 min left',
    'nic: step 200, loss 1.125, 0.250 bpp, 32.00 dB, 8.0 crops/s, 2 min left',
    'nic: validation at step 200: 27.50 dB at 0.100 bpp, 31.50 dB at 0.250 bpp, 38.50 dB at 1.100 bpp',
    'nic: r/curve.html',
  ]);
  const { args, path } = await argsOf(folder);
  t.deepEqual(args.slice(0, 3), ['-m', 'nic_training', 'train']);
  t.true(args[args.indexOf('--config') + 1].endsWith('nic_training/configs/tiny.json'));
  t.is(args[args.indexOf('--data') + 1], join(folder, 'photos'));
  t.is(args[args.indexOf('--max-seconds') + 1], '180');
  t.regex(path, /training/);
  t.deepEqual((await readdir(join(folder, 'r'))).sort(), [
    'checkpoint.pt',
    'curve.html',
    'log.jsonl',
    'settings.json',
  ]);
  const page = await readFile(join(folder, 'r', 'curve.html'), 'utf8');
  t.regex(page, /<th>MS-SSIM, dB<\/th>/);
  t.true(page.includes('<td class="number">27.500</td><td class="number">10.000</td>'));
  t.true(page.includes('<td class="number">31.500</td><td class="number">–</td>'));
});

test('a run goes on with what it was started with', async (t) => {
  const { folder, nic } = t.context;
  await nic(`${start} --steps 400 --threads 2`);
  t.is((await argsOf(folder)).args.at(-3), '400');
  const { exitCode, stderr } = await nic('train run --run r --hours 2 --log-every 7');
  t.is(exitCode, 0, stderr);
  t.regex(stderr, /nic: going on with r\n/);
  const { args } = await argsOf(folder);
  t.is(args[args.indexOf('--data') + 1], join(folder, 'photos'));
  t.deepEqual(args.slice(-6), ['--max-seconds', '7200', '--threads', '2', '--log-every', '7']);
});

test('a run does not go on with another config, and keeps what it was started with', async (t) => {
  const { folder, nic } = t.context;
  const [settings, mine] = [join(folder, 'r', 'settings.json'), join(folder, 'mine.json')];
  const writeConfig = (values: object) =>
    writeFile(mine, JSON.stringify({ crop: 64, batch: 4, ...values }));
  await writeConfig({ model: { latent_channels: 32, synthesis_blocks: 1 } });
  await nic(start.replace('tiny', 'mine.json'));
  const before = await readFile(settings, 'utf8');
  await rm(join(folder, 'args.json'));

  const other = await nic(start);
  t.is(other.exitCode, 1);
  t.is(
    other.stderr,
    `nic: r was started with the config ${mine} and cannot go on with tiny: start another run [UNUSABLE_CONFIG]\n`,
  );
  await writeConfig({ model: { latent_channels: 48, synthesis_blocks: 1 } });
  for (const args of ['train run --run r', start.replace('tiny', './mine.json')]) {
    const edited = await nic(args);
    t.is(edited.exitCode, 1);
    t.regex(edited.stderr, /as "model": \{"latent_channels":32,.*\[UNUSABLE_CONFIG\]\n$/);
  }
  t.is(await readFile(settings, 'utf8'), before);
  t.false((await readdir(folder)).includes('args.json'));

  await writeConfig({ learning_rate: 1, model: { synthesis_blocks: 1, latent_channels: 32 } });
  const { exitCode, stderr } = await nic('train run --run r');
  t.is(exitCode, 0, stderr);
});

test('settings that the trainer refuses are not those that a run goes on with', async (t) => {
  const { folder, nic } = t.context;
  const settings = join(folder, 'r', 'settings.json');
  await nic(start);
  const before = await readFile(settings, 'utf8');
  const body = `console.error('ValueError: no'); process.exit(1);`;
  await writePython(join(folder, 'python'), complete, body);
  t.is((await nic('train run photos/inner --run r --hours 5')).exitCode, 1);
  t.is(await readFile(settings, 'utf8'), before);
  await rm(settings);
  t.is((await nic(start)).exitCode, 1);
  t.false((await readdir(join(folder, 'r'))).includes('settings.json'));
});

test('a run without a checkpoint can be started with another config', async (t) => {
  const { folder, nic } = t.context;
  await nic(start);
  await rm(join(folder, 'r', 'checkpoint.pt'));
  await copyFile(
    join(trainingFolder, 'nic_training/configs/tiny.json'),
    join(folder, 'other.json'),
  );
  const { exitCode, stderr } = await nic(start.replace('tiny', 'other.json'));
  t.is(exitCode, 0, stderr);
  t.regex(stderr, /nic: starting r\n/);
});

test('a checkpoint to start from has to be there, until the run has one of its own', async (t) => {
  const { folder, nic } = t.context;
  for (const [initial, path] of [
    ['photos', 'photos/checkpoint.pt'],
    ['nothing.pt', 'nothing.pt'],
  ]) {
    const { exitCode, stderr } = await nic(`${start} --initial ${initial}`);
    t.is(exitCode, 1);
    t.true(stderr.endsWith(`there is no file ${join(folder, path)} [NOT_A_RUN]\n`), stderr);
  }
  t.deepEqual((await readdir(folder)).sort(), ['photos', 'python']);
  const weights = join(folder, 'photos', 'checkpoint.pt');
  await writeFile(weights, 'weights');
  t.is((await nic(`${start} --initial photos`)).exitCode, 0);
  const { args } = await argsOf(folder);
  t.is(args[args.indexOf('--initial') + 1], weights);
  await rm(weights);
  t.is((await nic('train run --run r')).exitCode, 0);
});

test('a run goes on from another folder with the Python that it was started with', async (t) => {
  const { folder, nic } = t.context;
  await nic(start);
  const { exitCode, stderr } = await nic('train run --run ../r', { cwd: join(folder, 'photos') });
  t.is(exitCode, 0, stderr);
  t.true(stderr.startsWith(`nic: ${join(folder, 'python')}: Python`));
  const command = await nic(start.replace('./python', 'no-python'));
  t.regex(command.stderr, /^nic: no-python cannot be started/);
});

test('the trainer gets all folders of photographs', async (t) => {
  const { folder, nic } = t.context;
  const { exitCode, stderr } = await nic(start.replace('photos', 'photos/inner photos'));
  t.is(exitCode, 0, stderr);
  const { args } = await argsOf(folder);
  const at = args.indexOf('--data');
  t.deepEqual(args.slice(at + 1, at + 3), [join(folder, 'photos/inner'), join(folder, 'photos')]);
});

test('several processes are started by torchrun', async (t) => {
  const { folder, nic } = t.context;
  t.is((await nic(`${start} --processes 2`)).exitCode, 0);
  const { args } = await argsOf(folder);
  t.deepEqual(args.slice(0, 7), [
    '-m',
    'torch.distributed.run',
    '--standalone',
    '--nproc-per-node=2',
    '-m',
    '--',
    'nic_training',
  ]);
  const odd = await nic(`${start} --processes 3`);
  t.is(odd.exitCode, 2);
  t.regex(odd.stderr, /The batch of 4 crops cannot be divided over 3 processes/);
});

test('--json passes the lines of the trainer through', async (t) => {
  const { exitCode, stdout, stderr } = await t.context.nic(`${start} --json`);
  t.is(exitCode, 0, stderr);
  const lines = stdout
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  t.deepEqual(lines[0], { pictures: 3, device: 'cpu' });
  t.deepEqual(lines[3].validation, validation);
  t.notRegex(stderr, /step/);
});

test('an interrupt lets the trainer save, and exits with 130', async (t) => {
  const { folder, nic } = t.context;
  await writePython(join(folder, 'python'), complete, `${trainer}setInterval(() => {}, 1000);`);
  const { exitCode, stderr } = await nic(start, {
    onStart(child) {
      child.stdin.end();
      child.stderr.on('data', (text) => {
        if (String(text).includes('validation at')) child.kill('SIGINT');
      });
    },
  });
  t.is(exitCode, 130);
  t.regex(stderr, /nic: ended; nic train run --run r goes on from its last checkpoint\n$/);
  const log = await readFile(join(folder, 'r', 'log.jsonl'), 'utf8');
  t.regex(log, /"interrupted"/);
});

test('a run that is interrupted before anything was saved says so', async (t) => {
  const { folder, nic } = t.context;
  const body = `console.log('{"pictures": 3}'); setInterval(() => {}, 1000);`;
  await writePython(join(folder, 'python'), complete, body);
  const { exitCode, stderr } = await nic(`${start} --json`, {
    onStart(child) {
      child.stdin.end();
      child.stdout.once('data', () => child.kill('SIGINT'));
    },
  });
  t.is(exitCode, 130);
  t.regex(stderr, /nic: starting r\nnic: ended before anything was saved\n$/);
});

test('a trainer that fails is an error with its last words', async (t) => {
  const { folder, nic } = t.context;
  const body = `console.error('Traceback\\n  File\\nValueError: no picture'); process.exit(1);`;
  await writePython(join(folder, 'python'), complete, body);
  const { exitCode, stderr } = await nic(start);
  t.is(exitCode, 1);
  t.regex(
    stderr,
    /The trainer ended with exit code 1: ValueError: no picture \[TRAINER_FAILED\]\n$/,
  );
});

test('the last words of a trainer are found by any name and from several processes', async (t) => {
  const { folder, nic } = t.context;
  const launcher = 'torch.distributed.elastic.multiprocessing.errors.ChildFailedError: ';
  for (const [lines, words] of [
    [['_pickle.UnpicklingError: Weights'], '_pickle.UnpicklingError: Weights'],
    [['torch.OutOfMemoryError: CUDA', '', 'at all.Errors'], 'torch.OutOfMemoryError: CUDA'],
    [['[rank1]: ValueError: no', launcher], 'ValueError: no'],
  ] as const) {
    const body = `console.error(${JSON.stringify(lines.join('\n'))}); process.exit(1);`;
    await writePython(join(folder, 'python'), complete, body);
    const { stderr } = await nic(start);
    t.true(stderr.endsWith(`exit code 1: ${words} [TRAINER_FAILED]\n`), stderr);
  }
});

test('everything that Python lacks is named with the command that installs it', async (t) => {
  const { folder, nic } = t.context;
  const modules = { torch: null, numpy: '1.26.4', pillow: '12.0.0' };
  await writePython(join(folder, 'python'), { ...complete, modules, gpus: [] }, '');
  const { exitCode, stderr } = await nic(start);
  t.is(exitCode, 1);
  t.is(
    stderr.replaceAll(folder, '.'),
    'nic: ./python (Python 3.12.1): torch is missing, numpy 1.26.4 is too old; run: ' +
      './python -m pip install "torch>=2.11" "numpy>=2.0" [PYTHON_INCOMPLETE]\n',
  );
});

test('an old Python and a missing one are named', async (t) => {
  const { folder, nic } = t.context;
  await writePython(join(folder, 'python'), { ...complete, python: '3.9.2' }, '');
  const old = await nic(start);
  t.is(old.exitCode, 1);
  t.regex(
    old.stderr,
    /is Python 3\.9\.2 but the trainer needs 3\.11 or later.*\[PYTHON_INCOMPLETE\]/,
  );
  const missing = await nic('train run photos --run r --python ./nothing');
  t.is(missing.exitCode, 1);
  t.regex(missing.stderr, /\/nothing cannot be started.*\[PYTHON_NOT_FOUND\]/);
});

test('files that are no pictures are named, and the trainer is not started', async (t) => {
  const { folder, nic } = t.context;
  await writeFile(join(folder, 'photos', 'torn.jpg'), 'no picture');
  const { exitCode, stderr } = await nic(start);
  t.is(exitCode, 1);
  t.regex(stderr, /These are no pictures: \S*torn\.jpg \[UNUSABLE_PHOTOS\]\n$/);
  t.false((await readdir(folder)).includes('args.json'));
});

test('photographs that are all smaller than a crop, and a folder that is not there, are refused', async (t) => {
  const { nic } = t.context;
  const small = await nic('train run photos --run r --python ./python --config base');
  t.regex(small.stderr, /No picture in \S*photos: 3 are smaller than 256x256 \[UNUSABLE_PHOTOS\]/);
  const none = await nic('train run nowhere --run r --python ./python');
  t.regex(none.stderr, /nowhere is no folder that can be read \[UNUSABLE_PHOTOS\]/);
  t.deepEqual([small.exitCode, none.exitCode], [1, 1]);
});

test('a command line that cannot be understood is a usage error', async (t) => {
  const { nic } = t.context;
  for (const [args, message] of [
    ['train', /Expected run, filter, export, curve or aux/],
    ['train run --run r', /Expected a folder of photographs/],
    ['train aux uncertainty --out o', /Expected a folder of photographs/],
    ['train aux uncertainty photos --out o', /Expected --validation/],
    ['train aux uncertainty photos --validation photos --out o', /Expected --checkpoint/],
    ['train aux uncertainty photos', /out/],
    [`${start} --hours 1 --steps 5`, /Expected --hours or --steps, not both/],
    [`${start} --hours 1 --hours 2`, /Expected --hours once/],
    ['train curve r --out a --out b', /Expected --out once/],
    [`${start} --hours 0`, /Expected a number from 0\.001 to 10000 for --hours/],
    [`${start} --steps 0`, /Expected an integer from 1 to 1000000000 for --steps/],
    ['train export --run r', /out/],
    ['train filter --run r --crops 0', /Expected an integer from 1 to 1000000 for --crops/],
  ] as const) {
    const { exitCode, stderr } = await nic(args);
    t.is(exitCode, 2, args);
    t.regex(stderr, message);
  }
  const config = await nic('train run photos --run r --python ./python --config nothing');
  t.is(config.exitCode, 1);
  t.regex(config.stderr, /for --config but received "nothing" \[UNUSABLE_CONFIG\]/);
});

test('export writes a model that the codec has coded a picture with', async (t) => {
  const { folder, nic } = t.context;
  await nic(start);
  const path = await writeRandomModel(folder);
  const copies = ['json', 'bin', 'encoder.json', 'encoder.bin'].map(
    (end) =>
      `copyFileSync(${JSON.stringify(path.replace('json', end))}, value('--out') + '/mine.${end}');`,
  );
  const body = `const args = process.argv.slice(2);
const value = (name) => args[args.indexOf(name) + 1];
writeFileSync('args.json', JSON.stringify({ args }));
mkdirSync(value('--out'), { recursive: true });
${copies.join('\n')}`;
  await writePython(join(folder, 'python'), complete, body);
  const result = await nic('train export --run r --out model --name mine --id 9');
  const { args } = await argsOf(folder);
  t.is(args[args.indexOf('--checkpoint') + 1], 'r/checkpoint.pt');
  t.is(args[args.indexOf('--id') + 1], '9');
  t.is(args[args.indexOf('--data') + 1], join(folder, 'photos'));
  t.false(args.includes('--encoder'));
  // The weights are random, so the slope does not come back as one.
  t.is(result.exitCode, 1);
  t.regex(result.stderr, /codes a plain slope with only [-\d.]+ dB/);

  await nic('train export --run r --out model --name mine --encoder');
  const ofEncoder = (await argsOf(folder)).args;
  t.true(ofEncoder.includes('--encoder'));
  t.false(ofEncoder.includes('--id'));
  const both = await nic('train export --run r --out model --name mine --encoder --id 9');
  t.is(both.exitCode, 2);
  t.regex(both.stderr, /Expected --encoder or --id, not both/);

  await copyFile(join(folder, 'random.json'), join(folder, 'model', 'mine.bin'));
  await writePython(join(folder, 'python'), complete, '');
  const damaged = await nic('train export --run r --out model --name mine');
  t.is(damaged.exitCode, 4);
  t.regex(damaged.stderr, /\[INVALID_MODEL\]/);
  const nothing = await nic('train export --run photos --out model');
  t.is(nothing.exitCode, 1);
  t.regex(nothing.stderr, /photos has no checkpoint\.pt \[NOT_A_RUN\]/);
});

test('the help of filter has the defaults of the trainer', async (t) => {
  const trainer = new URL('../../../training/nic_training/__main__.py', import.meta.url);
  const source = /def add_filter[\s\S]*?\n\n/.exec(await readFile(trainer, 'utf8'))?.[0] ?? '';
  const help = (await runCli(['train', 'filter', '--help'])).stdout.toString();
  for (const name of ['crops', 'steps']) {
    const [, value] = new RegExp(`'--${name}', type=int, default=(\\d+)`).exec(source) ?? [];
    t.regex(help, new RegExp(`--${name} .*\\[default: ${value}\\]`), name);
  }
});

test('filter trains on the photographs of the run and says what it saves', async (t) => {
  const { folder, nic } = t.context;
  await nic(start);
  const printed = { heldOut: 4, after: [1.25, null, 2, 3, 4.5] };
  await writePython(
    join(folder, 'python'),
    complete,
    `writeFileSync('args.json', JSON.stringify({ args: process.argv.slice(2) }));
console.error('filter: 0 of 40 crops');
console.log('${JSON.stringify(printed)}');`,
  );
  const bases = await readFile(join(trainingFolder, 'nic_training', 'bases.py'), 'utf8');
  t.regex(bases, /^CROP = 512\b/m);
  await writePhoto(join(folder, 'photos', 'below.png'), 500);
  const small = await nic('train filter --run r --crops 40 --steps 9');
  t.is(small.exitCode, 1);
  t.regex(small.stderr, /4 are smaller than 512x512/);
  await writePhoto(join(folder, 'photos', 'large.png'), 512);
  const result = await nic('train filter --run r --crops 40 --steps 9');
  t.is(result.exitCode, 0, result.stderr);
  t.regex(result.stderr, /filter: 0 of 40 crops/);
  t.regex(result.stderr, /filters save 1\.3 %, -, 2\.0 %, 3\.0 %, 4\.5 % of the bits .* 4 crops/);
  const { args } = await argsOf(folder);
  const given = (name: string) => args[args.indexOf(name) + 1];
  t.is(args[args.indexOf('nic_training') + 1], 'filter');
  t.deepEqual(['--checkpoint', '--crops', '--steps', '--data'].map(given), [
    ...['r/checkpoint.pt', '40', '9', join(folder, 'photos')],
  ]);
  const json = await nic('train filter --run r --json');
  t.deepEqual(JSON.parse(json.stdout.toString()), printed);
  const nothing = await nic('train filter --run photos');
  t.is(nothing.exitCode, 1);
  t.regex(nothing.stderr, /photos has no checkpoint\.pt \[NOT_A_RUN\]/);
});

const auxiliaryTrainer = `
const args = process.argv.slice(2);
writeFileSync('args.json', JSON.stringify({ args }));
const print = (line) => console.log(JSON.stringify(line));
print({ step: 50, seconds: 30, loss: 1.25, factor: 1 });
`;

test('aux trains a small model beside a base model and shows what it brings', async (t) => {
  const { folder, nic } = t.context;
  const body = `${auxiliaryTrainer}print({ step: 90, seconds: 60, measured: { nats: 1.5, rank_correlation: 0.75 } });`;
  await writePython(join(folder, 'python'), complete, body);
  const result = await nic(
    'train aux uncertainty photos photos/inner --validation photos --checkpoint photos --model b.json ' +
      '--out o --minutes 1 --threads 2 --python ./python',
  );
  t.is(result.exitCode, 0, result.stderr);
  t.deepEqual(result.stderr.trimEnd().split('\n'), [
    'nic: ./python: Python 3.12.1, torch 2.13.0+cu130, Graphics Card',
    'nic: 7 photographs, those to validate on included',
    'nic: step 50, loss 1.250, 30 s left',
    'nic: measured: nats 1.5, rank correlation 0.75',
    'nic: written to o',
  ]);
  t.deepEqual(
    (await argsOf(folder)).args.join(' '),
    '-m nic_training aux uncertainty --out o --run nic-run-uncertainty --data photos photos/inner ' +
      '--validation photos --checkpoint photos/checkpoint.pt --manifest b.json --max-seconds 60 --threads 2',
  );
});

test('aux needs neither photographs nor a base model for xor, and can be interrupted', async (t) => {
  const { folder, nic } = t.context;
  const body = `${auxiliaryTrainer}process.on('SIGTERM', () => process.exit(130)); setInterval(() => {}, 1000);`;
  await writePython(join(folder, 'python'), complete, body);
  const interrupted = () =>
    nic('train aux xor --out o --run r --python ./python', {
      onStart(child) {
        child.stdin.end();
        child.stderr.on('data', (text) => {
          if (String(text).includes('step 50')) child.kill('SIGINT');
        });
      },
    });
  const result = await interrupted();
  t.is(result.exitCode, 130);
  t.regex(result.stderr, /nic: ended before anything was saved\n$/);
  await mkdir(join(folder, 'r'));
  await writeFile(join(folder, 'r', 'checkpoint.pt'), 'weights');
  const { stderr } = await interrupted();
  t.regex(stderr, /nic: ended; the same command goes on from the last checkpoint in r\n$/);
  t.is((await argsOf(folder)).args.join(' '), '-m nic_training aux xor --out o --run r');
});

test('aux passes the lines of the trainer through with --json, and its failure on', async (t) => {
  const { folder, nic } = t.context;
  const body = `${auxiliaryTrainer}console.error('ValueError: b.json was not exported from it'); process.exit(1);`;
  await writePython(join(folder, 'python'), complete, body);
  const result = await nic('train aux xor --out o --python ./python --json');
  t.is(result.exitCode, 1);
  t.deepEqual(JSON.parse(result.stdout.toString()), {
    step: 50,
    seconds: 30,
    loss: 1.25,
    factor: 1,
  });
  t.regex(result.stderr, /b\.json was not exported from it \[TRAINER_FAILED\]\n$/);
});

test('curve joins the runs of several stages in one page without requests', async (t) => {
  const { folder, nic } = t.context;
  await nic(start);
  await nic(start.replace('--run r', '--run second'));
  const { exitCode, stderr } = await nic('train curve r second --out stages.html');
  t.is(exitCode, 0, stderr);
  const page = await readFile(join(folder, 'stages.html'), 'utf8');
  for (const text of [
    '<title>Training: r, second</title>',
    'r: 200 steps in 1 min, finished; second: 200 steps in 1 min, finished; 2 min in all.',
    'dB</b><span>PSNR on the validation pictures at 1 bpp',
  ]) {
    t.true(page.includes(text), text);
  }
  t.false(/(?:src|href)="https?:/.test(page.replace(/<script>.*?<\/script>/gs, '')));

  const json = JSON.parse((await nic('train curve r --json')).stdout.toString());
  t.is(json[0].losses.length, 2);
  t.deepEqual(json[0].validations[0].rows, validation);
  const none = await nic('train curve photos');
  t.is(none.exitCode, 1);
  t.regex(none.stderr, /photos has no log\.jsonl: it is no folder of a run \[NOT_A_RUN\]/);
});
