// `nic decode --realism`: which decoder was used is in what it prints and in what it writes.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import anyTest, { type TestFn } from 'ava';
import { createCodec } from '../../src/index.ts';
import { decodeFile, readImage } from '../../src/node.ts';
import { drawnPicture } from '../helpers/drawn-picture.ts';
import { randomModel } from '../helpers/random-model.ts';
import { randomPerceptual } from '../helpers/random-perceptual.ts';
import { runCli, writeRandomModel } from '../helpers/run-cli.ts';

const test = anyTest as TestFn<{ readonly folder: string }>;

/** A folder with in.nic, the model random.json with its perceptual auxiliary, and bare.json without. */
test.beforeEach(async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'nic-realism-'));
  const model = await writeRandomModel(folder);
  await writeRandomModel(folder, 'bare');
  const { manifest, data } = randomPerceptual(randomModel());
  await writeFile(join(folder, 'random.perceptual.json'), JSON.stringify(manifest));
  await writeFile(join(folder, 'random.perceptual.bin'), data);
  const codec = await createCodec({ model, threads: 0 });
  await writeFile(join(folder, 'in.nic'), await codec.encode(drawnPicture(60, 40)));
  await codec.close();
  Object.assign(t.context, { folder });
});

test.afterEach.always((t) => rm(t.context.folder, { recursive: true }));

const noteOf = async (path: string) => {
  const { metadata } = await readImage(path);
  return metadata?.xmp && /nic:realism="([^"]+)"/.exec(new TextDecoder().decode(metadata.xmp))?.[1];
};

test('decode says that it used the perceptual decoder, on stderr, as JSON and in the picture', async (t) => {
  const { folder } = t.context;
  const nic = (args: string) => runCli(args.split(' '), { cwd: folder });
  const half = await nic('decode in.nic half.png --realism 0.5 --model random.json');
  t.is(half.exitCode, 0, half.stderr);
  t.regex(half.stderr, /bits a pixel, perceptual decoder, realism 0\.5\n$/);
  t.is(await noteOf(join(folder, 'half.png')), '0.5');
  const full = await nic('decode in.nic full.png --realism 1 --model random.json --json');
  const { decoder, realism } = JSON.parse(full.stdout.toString());
  t.deepEqual({ decoder, realism }, { decoder: 'perceptual', realism: 1 });

  const codec = await createCodec({ model: join(folder, 'random.json') });
  const bytes = await readFile(join(folder, 'in.nic'));
  for (const [name, realism] of [
    ['half', 0.5],
    ['full', 1],
  ] as const) {
    const { data } = await codec.decode(bytes, { realism });
    t.deepEqual((await readImage(join(folder, `${name}.png`))).data, data);
  }
  const output = join(folder, 'api.png');
  t.is((await decodeFile(join(folder, 'in.nic'), output, { codec, realism: 1 })).realism, 1);
  t.is(await noteOf(output), '1');
  await codec.close();
});

test('decode without realism is the faithful decoder, and says so', async (t) => {
  const { folder } = t.context;
  const nic = (args: string) => runCli(args.split(' '), { cwd: folder });
  const plain = await nic('decode in.nic plain.png --model bare.json --json');
  const { decoder, realism } = JSON.parse(plain.stdout.toString());
  t.deepEqual({ decoder, realism }, { decoder: 'faithful', realism: 0 });
  const zero = await nic('decode in.nic zero.png --model random.json --realism 0');
  t.notRegex(zero.stderr, /perceptual/);
  t.deepEqual(await readFile(join(folder, 'zero.png')), await readFile(join(folder, 'plain.png')));
});

test('a model without a perceptual decoder ends with the exit code of models', async (t) => {
  const { folder } = t.context;
  const run = await runCli('decode in.nic out.png --model bare.json --realism 1'.split(' '), {
    cwd: folder,
  });
  t.is(run.exitCode, 4);
  t.regex(run.stderr, /perceptual/);
  t.regex(run.stderr, /\[MODEL_NOT_FOUND\]\n$/);
});

test('realism is a number from 0 to 1', async (t) => {
  const run = await runCli('decode in.nic out.png --realism 2'.split(' '), {
    cwd: t.context.folder,
  });
  t.is(run.exitCode, 2);
  t.regex(run.stderr, /Expected a number from 0 to 1 for --realism but received "2"/);
});
