import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import test from 'ava';
import {
  BitstreamError,
  type Codec,
  createCodec,
  decode,
  defaultQuality,
  encode,
  InvalidArgumentError,
  inspect,
  ModelError,
  NicError,
  type Progress,
} from '../../src/index.ts';
import { decodeFile, encodeFile, readImage, writeImage } from '../../src/node.ts';
import { drawnPicture } from '../helpers/drawn-picture.ts';
import { randomModel } from '../helpers/random-model.ts';
import { writeRandomModel } from '../helpers/run-cli.ts';
import { unevenPicture } from '../helpers/uneven-picture.ts';

const model = randomModel();
const picture = drawnPicture(70, 40);

async function temporaryFolder(): Promise<string> {
  return await mkdtemp(join(tmpdir(), 'nic-api-'));
}

test('encode, inspect and decode work without a codec of one’s own', async (t) => {
  const bytes = await encode(picture, { model, threads: 1, quality: 33 });
  t.like(inspect(bytes), { width: 70, height: 40, channels: 3, quality: 33 });
  const decoded = await decode(bytes, { model, threads: 0 });
  t.like(decoded, { width: 70, height: 40, channels: 3 });
  t.is(decoded.data.length, picture.data.length);
});

test('a codec gives the same results as the single functions, call after call', async (t) => {
  const codec = await createCodec({ model, threads: 2 });
  const [first, second] = await Promise.all([codec.encode(picture), codec.encode(picture)]);
  t.deepEqual(first, second);
  t.deepEqual(first, await encode(picture, { model, threads: 0 }));
  t.is(inspect(first).quality, defaultQuality);
  t.is(codec.manifest.name, model.manifest.name);
  t.is(codec.threads, 2);
  await codec.close();
});

for (const threads of [0, 2]) {
  test(`closing rejects the calls that run and all later ones, with ${threads} threads`, async (t) => {
    const codec = await createCodec({ model, threads });
    const bytes = await codec.encode(picture);
    const closed = { instanceOf: NicError, code: 'CODEC_CLOSED' };
    const running: Promise<unknown>[] = [];
    await new Promise<void>((resolve) => {
      running.push(codec.encode(drawnPicture(900, 900), { onProgress: () => resolve() }));
    });
    running.push(codec.decode(bytes), codec.verify(bytes));
    const outcomes = Promise.allSettled(running);
    await codec.close();
    await codec.close();
    for (const outcome of await outcomes) {
      t.like(outcome, { status: 'rejected', reason: { code: closed.code } });
    }
    await t.throwsAsync(codec.encode(picture), closed);
    await t.throwsAsync(codec.decode(new Uint8Array(20)), closed);
    await t.throwsAsync(codec.verify(bytes), closed);
    const reason = new Error('enough');
    const aborted = codec.encode(picture, { signal: AbortSignal.abort(reason) });
    await t.throwsAsync(aborted, { is: reason });
  });
}

test('what is tuned for is the eye, but a PSNR where one is the target', async (t) => {
  const codec = await createCodec({ model, threads: 0 });
  const uneven = unevenPicture(200, 70);
  const [visual, psnr] = await Promise.all([
    codec.encode(uneven, { quality: 50, tune: 'visual' }),
    codec.encode(uneven, { quality: 50, tune: 'psnr' }),
  ]);
  t.notDeepEqual(visual, psnr);
  t.deepEqual(await codec.encode(uneven, { quality: 50 }), visual);
  const target = { targetPsnr: 12 };
  const reached = await codec.encode(uneven, target);
  t.deepEqual(reached, await codec.encode(uneven, { ...target, tune: 'psnr' }));
  t.notDeepEqual(reached, await codec.encode(uneven, { ...target, tune: 'visual' }));
  await codec.close();
});

test('a search gives the same file whatever the number of threads', async (t) => {
  const wide = drawnPicture(1050, 40);
  const files = [];
  for (const threads of [0, 2]) {
    files.push(await encode(wide, { model, threads, quality: 50, effort: 2 }));
  }
  t.deepEqual(files[0], files[1]);
  t.notDeepEqual(files[0], await encode(wide, { model, threads: 0, quality: 50 }));
});

test('every kind of size target names the same file', async (t) => {
  const codec = await createCodec({ model, threads: 0 });
  const middle = (await codec.encode(picture, { quality: 50 })).length;
  const bytes = await codec.encode(picture, { targetBytes: middle });
  t.true(bytes.length <= middle, `${bytes.length} of ${middle}`);
  const targetBpp = (8 * middle) / 2800;
  t.deepEqual(await codec.encode(picture, { targetBpp }), bytes);
  t.deepEqual(await codec.encode(picture, { ratio: (2800 * 3) / middle }), bytes);
  await t.throwsAsync(codec.encode(picture, { ratio: 1e6 }), { code: 'UNREACHABLE_TARGET' });
  await t.throwsAsync(codec.encode(picture, { targetPsnr: 199 }), { code: 'UNREACHABLE_TARGET' });
  await codec.close();
});

test('a Buffer to decode is left as it is', async (t) => {
  const bytes = Buffer.from(await encode(picture, { model, threads: 0 }));
  const copy = Buffer.from(bytes);
  const first = await decode(bytes, { model, threads: 1 });
  t.deepEqual(bytes, copy);
  t.deepEqual(await decode(bytes, { model, threads: 1 }), first);
});

test('progress rises to one, with its stages', async (t) => {
  const reports: Progress[] = [];
  const onProgress = (progress: Progress) => reports.push(progress);
  const bytes = await encode(picture, { model, threads: 0, onProgress });
  t.is(reports.at(-1)?.fraction, 1);
  t.deepEqual(new Set(reports.map(({ stage }) => stage)), new Set(['analysis', 'entropy']));
  reports.length = 0;
  await decode(bytes, { model, threads: 0, onProgress });
  t.is(reports.at(-1)?.fraction, 1);
  t.deepEqual(new Set(reports.map(({ stage }) => stage)), new Set(['entropy', 'synthesis']));
});

test('an abort rejects with the reason of its signal', async (t) => {
  const codec = await createCodec({ model, threads: 0 });
  const reason = new Error('enough');
  await t.throwsAsync(codec.encode(picture, { signal: AbortSignal.abort(reason) }), { is: reason });
  const controller = new AbortController();
  const large = drawnPicture(900, 900);
  const job = codec.encode(large, {
    signal: controller.signal,
    onProgress: () => controller.abort(reason),
  });
  await t.throwsAsync(job, { is: reason });
  await codec.close();
});

const wrongOptions: readonly (readonly [object, RegExp, string?])[] = [
  [{ qualty: 3 }, /"qualty"/, 'UNKNOWN_OPTION'],
  [{ constructor: 3 }, /"constructor"/, 'UNKNOWN_OPTION'],
  [
    { quality: 140 },
    /^Expected a number from 0 to 100 for quality but received 140 of type number$/,
  ],
  [{ quality: '50' }, /for quality but received "50" of type string/],
  [{ quality: Number.NaN }, /for quality but received NaN/],
  [{ quality: 5, ratio: 20 }, /at most one of quality.* but received quality and ratio$/],
  [{ targetBytes: 0.5 }, /an integer from 1 to \d+ for targetBytes/],
  [{ effort: 10 }, /an integer from 0 to 9 for effort but received 10/],
  [{ effort: 2.5 }, /an integer from 0 to 9 for effort/],
  [{ tune: 'best' }, /one of psnr, visual for tune/],
  [{ threads: -1 }, /an integer from 0 to 64 for threads/],
  [{ threads: 1.5 }, /an integer from 0 to 64 for threads/],
  [{ backend: 'gpu' }, /one of simd, scalar for backend/],
  [{ signal: {} }, /an AbortSignal for signal/],
  [{ onProgress: true }, /a function for onProgress/],
  [{ model: { manifest: {} } }, /for model/],
];

for (const [options, message, code = 'INVALID_ARGUMENT'] of wrongOptions) {
  test(`encode refuses the options ${JSON.stringify(options)}`, async (t) => {
    const promise = encode(picture, { model, threads: 0, ...options });
    await t.throwsAsync(promise, { instanceOf: InvalidArgumentError, code, message });
  });
}

test('decode refuses what is no Uint8Array and what is no picture', async (t) => {
  const codec = await createCodec({ model, threads: 0 });
  const wrong = 'bytes' as unknown as Uint8Array;
  await t.throwsAsync(codec.decode(wrong), { code: 'INVALID_ARGUMENT', message: /Uint8Array/ });
  await t.throwsAsync(codec.decode(new Uint8Array(20)), { instanceOf: BitstreamError });
  await t.throwsAsync(codec.decode(new Uint8Array(0)), { instanceOf: BitstreamError });
  const bytes = await codec.encode(picture);
  await t.throwsAsync(codec.decode(bytes, { maxPixels: 2799 }), { code: 'TOO_MANY_PIXELS' });
  await codec.close();
});

test('a model loads from a path and from a URL, and only undamaged', async (t) => {
  const folder = await temporaryFolder();
  t.teardown(() => rm(folder, { recursive: true }));
  const path = await writeRandomModel(folder);
  const expected = await encode(picture, { model, threads: 0 });
  t.deepEqual(await encode(picture, { model: path, threads: 1 }), expected);
  t.deepEqual(await encode(picture, { model: pathToFileURL(path), threads: 0 }), expected);

  const weights = await readFile(join(folder, 'random.bin'));
  weights[99] ^= 1;
  await writeFile(join(folder, 'random.bin'), weights);
  const damaged = createCodec({ model: path });
  await t.throwsAsync(damaged, { instanceOf: ModelError, code: 'INVALID_MODEL' });
  await writeFile(path, '{');
  await t.throwsAsync(createCodec({ model: path }), { code: 'INVALID_MODEL', message: /JSON/ });
  await rm(path);
  await t.throwsAsync(createCodec({ model: path }), { code: 'MODEL_NOT_FOUND' });
});

test('a codec that is not closed does not keep the process alive', (t) => {
  const index = new URL('../../src/index.js', import.meta.url).href;
  const helpers = new URL('../helpers/', import.meta.url).href;
  const script = `
    import { createCodec } from ${JSON.stringify(index)};
    import { randomModel } from ${JSON.stringify(`${helpers}random-model.js`)};
    import { drawnPicture } from ${JSON.stringify(`${helpers}drawn-picture.js`)};
    const codec = await createCodec({ model: randomModel(), threads: 2 });
    console.log((await codec.encode(drawnPicture(40, 40))).length);
  `;
  const options = { encoding: 'utf8', timeout: 60_000 } as const;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', script],
    options,
  );
  t.is(status, 0, stderr);
  t.regex(stdout, /^\d+\n$/);
});

test('encodeFile and decodeFile take files, with a codec or options', async (t) => {
  const folder = await temporaryFolder();
  t.teardown(() => rm(folder, { recursive: true }));
  const [source, coded, target] = ['a.png', 'a.nic', 'b.png'].map((name) => join(folder, name));
  await writeImage(source, picture);
  const result = await encodeFile(source, coded, { model, threads: 0, quality: 20 });
  const bytes = await readFile(coded);
  t.deepEqual(result, {
    width: 70,
    height: 40,
    channels: 3,
    sizeBytes: bytes.length,
    bitsPerPixel: (bytes.length * 8) / 2800,
  });
  const codec: Codec = await createCodec({ model, threads: 0 });
  t.deepEqual(await decodeFile(coded, target, { codec }), result);
  t.deepEqual(await readImage(target), await codec.decode(bytes));
  await codec.close();

  const again = encodeFile(source, coded, { model, overwrite: false });
  await t.throwsAsync(again, { code: 'FILE_EXISTS' });
  const unknown = encodeFile(source, coded, { model, sped: 1 } as object);
  await t.throwsAsync(unknown, { code: 'UNKNOWN_OPTION' });
  const format = decodeFile(coded, join(folder, 'a.bmp'), { model });
  await t.throwsAsync(format, { code: 'INVALID_ARGUMENT', message: /\.png/ });
});

test('decodeFile refuses one place for the picture and its map before any work', async (t) => {
  const folder = await temporaryFolder();
  t.teardown(() => rm(folder, { recursive: true }));
  const output = join(folder, 'd.png');
  await writeFile(output, 'old');
  for (const uncertainty of [output, `${folder}/./d.png`, relative('.', output)]) {
    const decoded = decodeFile(join(folder, 'missing.nic'), output, { model, uncertainty });
    await t.throwsAsync(decoded, {
      instanceOf: InvalidArgumentError,
      code: 'INVALID_ARGUMENT',
      message: /two places/,
    });
  }
  t.is(await readFile(output, 'utf8'), 'old');
});

test('decode refuses a region with a key that nothing reads', async (t) => {
  const codec = await createCodec({ model, threads: 0 });
  const region = { x: 0, y: 0, width: 5, height: 5, z: 1 };
  const decoded = codec.decode(await codec.encode(picture), { region });
  await t.throwsAsync(decoded, { code: 'UNKNOWN_OPTION', message: /keys of region .*"z"$/ });
  await codec.close();
});

/** Calls of `nic/node` by someone who has no types, in a folder with a.png and a.nic. */
type WrongCall = (path: (name: string) => string) => Promise<unknown>;
const wrongCalls: Readonly<Record<string, readonly [call: WrongCall, message: RegExp]>> = {
  'writeImage without a picture': [
    (path) => writeImage(path('x.png'), undefined as never),
    /an image for image but received undefined/,
  ],
  'writeImage of an empty object': [
    (path) => writeImage(path('x.png'), {} as never),
    /a positive integer for image.width/,
  ],
  'writeImage with too little alpha': [
    (path) => writeImage(path('x.png'), { ...picture, alpha: new Uint8Array(3) }),
    /2800 samples for image.alpha but received 3/,
  ],
  'writeImage without a path': [
    () => writeImage(undefined as never, picture),
    /a path for path but received undefined/,
  ],
  'writeImage with null for options': [
    (path) => writeImage(path('x.png'), picture, null as never),
    /an object for options/,
  ],
  'readImage of nothing': [
    () => readImage(undefined as never),
    /a path, a URL or a Uint8Array for source/,
  ],
  'encodeFile without an output': [
    (path) => encodeFile(path('a.png'), undefined as never),
    /a path for output/,
  ],
  'encodeFile with null for options': [
    (path) => encodeFile(path('a.png'), path('x.nic'), null as never),
    /an object for options/,
  ],
  'encodeFile with an empty object for a codec': [
    (path) => encodeFile(path('a.png'), path('x.nic'), { codec: {} } as never),
    /a codec of createCodec for codec/,
  ],
  'encodeFile with text for overwrite': [
    (path) => encodeFile(path('a.png'), path('a.nic'), { model, overwrite: 'no' } as never),
    /a boolean for overwrite but received "no"/,
  ],
  'decodeFile without an input': [
    (path) => decodeFile(undefined as never, path('x.png')),
    /a path for input/,
  ],
  'decodeFile with null for options': [
    (path) => decodeFile(path('a.nic'), path('x.png'), null as never),
    /an object for options/,
  ],
  'decodeFile with an empty object for a codec': [
    (path) => decodeFile(path('a.nic'), path('x.png'), { codec: {} } as never),
    /a codec of createCodec for codec/,
  ],
  'decodeFile with text for overwrite': [
    (path) => decodeFile(path('a.nic'), path('a.png'), { model, overwrite: 'no' } as never),
    /a boolean for overwrite/,
  ],
  'decodeFile with a boolean for the map': [
    (path) => decodeFile(path('a.nic'), path('x.png'), { model, uncertainty: true } as never),
    /a .png file for uncertainty but received true/,
  ],
  'decodeFile with a JPEG for the map': [
    (path) => decodeFile(path('a.nic'), path('x.png'), { model, uncertainty: path('m.jpg') }),
    /a .png file for uncertainty but received ".*m.jpg"/,
  ],
};

for (const [name, [call, message]] of Object.entries(wrongCalls)) {
  test(`${name} is refused before any work`, async (t) => {
    const folder = await temporaryFolder();
    t.teardown(() => rm(folder, { recursive: true }));
    const path = (name: string) => join(folder, name);
    await writeImage(path('a.png'), picture);
    await writeFile(path('a.nic'), 'old');
    const expected = { instanceOf: InvalidArgumentError, code: 'INVALID_ARGUMENT', message };
    await t.throwsAsync(call(path), expected);
    t.deepEqual(await readdir(folder), ['a.nic', 'a.png']);
    t.is(await readFile(path('a.nic'), 'utf8'), 'old');
  });
}
