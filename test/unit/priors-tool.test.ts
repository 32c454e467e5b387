// `npm run priors`: on a random model with small random auxiliaries.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import anyTest, { type TestFn } from 'ava';
import { createCodec } from '../../src/index.ts';
import { writeImage } from '../../src/node.ts';
import { measurePriors, type PriorRow } from '../../tooling/priors/measure.ts';
import { markdownTables, summarize } from '../../tooling/priors/summary.ts';
import { drawnPicture } from '../helpers/drawn-picture.ts';
import { randomModel } from '../helpers/random-model.ts';
import { randomLstm, randomRbm } from '../helpers/random-prior.ts';
import { writeRandomModel } from '../helpers/run-cli.ts';

const test = anyTest as TestFn<{ readonly folder: string; readonly model: string }>;
const main = fileURLToPath(new URL('../../tooling/priors/main.js', import.meta.url));

/** A folder with two pictures in it, and a model with the auxiliary rbm and without lstm. */
test.beforeEach(async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'nic-priors-'));
  await writeImage(join(folder, 'a.png'), drawnPicture(48, 40));
  await writeImage(join(folder, 'b.png'), drawnPicture(33, 17, 1, 2));
  await writeImage(join(folder, 'c.png'), drawnPicture(64, 32, 3, 3));
  const model = await writeRandomModel(folder);
  await writeAuxiliary(folder, 'rbm', randomRbm(randomModel()));
  Object.assign(t.context, { folder, model });
});

test.afterEach.always((t) => rm(t.context.folder, { recursive: true }));

async function writeAuxiliary(
  folder: string,
  kind: string,
  { manifest, data }: { readonly manifest: object; readonly data: Uint8Array },
): Promise<void> {
  await writeFile(join(folder, `random.${kind}.json`), JSON.stringify(manifest));
  await writeFile(join(folder, `random.${kind}.bin`), data);
}

async function priors(args: readonly string[]) {
  const child = spawn(process.execPath, [main, ...args]);
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk;
  });
  const [exitCode] = (await once(child, 'close')) as [number | null];
  return { stdout, stderr, exitCode };
}

test('rows and tables of every prior, with the sizes that the library gives', async (t) => {
  const { folder, model } = t.context;
  await writeAuxiliary(folder, 'lstm', randomLstm(randomModel()));
  const json = join(folder, 'out.json');
  const args = ['--qualities', '20,80', '--every', '2', '--model', model, '--json', json];
  const { stdout, stderr, exitCode } = await priors([folder, ...args]);
  t.is(exitCode, 0, stderr);

  const result = JSON.parse(await readFile(json, 'utf8'));
  t.deepEqual(
    result.dataset.pictures.map(({ name }: { name: string }) => name),
    ['a.png', 'c.png'],
  );
  t.deepEqual(Object.keys(result.versions.auxiliaries), ['encoder', 'lstm', 'rbm']);
  t.is(result.versions.model.sha256, randomModel().manifest.sha256);
  t.is(result.rows.length, 2 * 2 * 5);
  const codec = await createCodec({ model, threads: 0 });
  for (const { picture, quality, prior, sizeBytes, pixels } of result.rows as PriorRow[]) {
    const original = picture === 'a.png' ? drawnPicture(48, 40) : drawnPicture(64, 32, 3, 3);
    t.is(sizeBytes, (await codec.encode(original, { quality, prior })).length, prior);
    t.is(pixels, original.width * original.height);
  }
  await codec.close();
  t.regex(stdout, /^2 pictures\n/);
  for (const prior of ['adaptive', 'lstm', 'rbm', 'mix']) {
    t.regex(stdout, new RegExp(`\\*\\*${prior}\\*\\*, all files together \\| \\S+ % \\| \\S+ %`));
  }
});

test('a prior without its auxiliary is left out with a message, and an error where it was named', async (t) => {
  const { folder, model } = t.context;
  const rest = ['--qualities', '50', '--model', model];
  const all = await priors([folder, ...rest]);
  t.is(all.exitCode, 0, all.stderr);
  t.regex(all.stderr, /The prior 'lstm' is left out: /);
  t.regex(all.stderr, /The prior 'mix' is left out: /);
  t.notRegex(all.stdout, /lstm|mix/);
  t.regex(all.stdout, /\*\*rbm\*\*/);
  t.is((await priors([folder, ...rest, '--priors', 'lstm'])).exitCode, 4);
  const unknown = await priors([folder, ...rest, '--priors', 'adaptive,magic']);
  t.is(unknown.exitCode, 2);
  t.regex(unknown.stderr, /no prior 'magic'/);
});

test('a prior that changes a pixel is an error', async (t) => {
  const codec = await createCodec({ model: t.context.model, threads: 0 });
  let decodings = 0;
  const wrong: typeof codec = {
    ...codec,
    async decode(bytes) {
      const picture = await codec.decode(bytes);
      if (decodings++ === 1) picture.data[5] ^= 1;
      return picture;
    },
  };
  const picture = { name: 'a', picture: drawnPicture(32, 32) };
  t.is((await measurePriors(codec, picture, [40], ['adaptive'])).length, 2);
  await t.throwsAsync(measurePriors(wrong, picture, [40], ['adaptive']), {
    message: /'adaptive' decodes to other pixels/,
  });
});

test('a summary gives the saving of the sum, the mean and the worst picture', (t) => {
  const row = (picture: string, prior: PriorRow['prior'], sizeBytes: number): PriorRow => ({
    picture,
    pixels: 1000,
    quality: 50,
    prior,
    sizeBytes,
    encodeMs: 2,
    decodeMs: 4,
  });
  const rows = [
    row('a', 'base', 1000),
    row('b', 'base', 100),
    row('a', 'lstm', 900),
    row('b', 'lstm', 101),
  ];
  const summaries = summarize(rows, ['base', 'lstm'], [50]);
  const [, { savedOfSum, savedMean, worst, encodeMegapixelsPerSecond, decodeMegapixelsPerSecond }] =
    summaries;
  t.is(savedOfSum.toFixed(4), '9.0000');
  t.is(savedMean.toFixed(4), '4.5000');
  t.is(worst.picture, 'b');
  t.is(worst.saved.toFixed(4), '-1.0000');
  t.deepEqual([encodeMegapixelsPerSecond, decodeMegapixelsPerSecond], [0.5, 0.25]);
  t.regex(markdownTables(summaries), /worst picture \| −1\.0 % \|/);
  t.regex(markdownTables(summaries), /\| lstm \| 0\.50 \/ 0\.25 \|/);
});
