import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import anyTest, { type TestFn } from 'ava';
import sharp from 'sharp';
import { createCodec } from '../../src/index.ts';
import { readImage } from '../../src/node.ts';
import { drawnPicture } from '../helpers/drawn-picture.ts';
import { type CliOptions, runCli, writeRandomModel } from '../helpers/run-cli.ts';
import { unevenPicture } from '../helpers/uneven-picture.ts';

interface Context {
  /** A folder with `in.png`, `grey.png` and `random.json`. */
  readonly folder: string;
  /** Runs `nic` in the folder. */
  nic(args: string, options?: CliOptions): ReturnType<typeof runCli>;
}

const test = anyTest as TestFn<Context>;
const width = 90;
const height = 50;
const inputFiles = [
  'grey.png',
  'in.png',
  'random.bin',
  'random.encoder.bin',
  'random.encoder.json',
  'random.json',
];

async function pngOf(channels: 1 | 3): Promise<Buffer> {
  const { data } = drawnPicture(width, height, channels);
  const image = sharp(data, { raw: { width, height, channels } });
  return await (channels === 1 ? image.toColourspace('b-w') : image).png().toBuffer();
}

test.beforeEach(async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'nic-cli-'));
  await writeRandomModel(folder);
  await writeFile(join(folder, 'in.png'), await pngOf(3));
  await writeFile(join(folder, 'grey.png'), await pngOf(1));
  Object.assign(t.context, {
    folder,
    nic: (args: string, options?: CliOptions) =>
      runCli(args.split(' ').filter(Boolean), { cwd: folder, ...options }),
  });
});

test.afterEach.always((t) => rm(t.context.folder, { recursive: true }));

function oneLine(stderr: string): boolean {
  return stderr.endsWith('\n') && stderr.indexOf('\n') === stderr.length - 1;
}

test('encode and decode give the pixels of the library', async (t) => {
  const { folder, nic } = t.context;
  const encoded = await nic('encode in.png out.nic --model random.json -q 70');
  t.is(encoded.exitCode, 0, encoded.stderr);
  t.is(encoded.stdout.length, 0);
  t.regex(
    encoded.stderr,
    /^nic: in\.png -> out\.nic: 90x50, \d+ bytes, [\d.]+ bits a pixel, .*\n$/,
  );
  const decoded = await nic('decode out.nic out.png --model random.json');
  t.is(decoded.exitCode, 0, decoded.stderr);

  const codec = await createCodec({ model: join(folder, 'random.json'), threads: 0 });
  const bytes = await codec.encode(drawnPicture(width, height), { quality: 70 });
  t.deepEqual(new Uint8Array(await readFile(join(folder, 'out.nic'))), bytes);
  t.deepEqual(await readImage(join(folder, 'out.png')), await codec.decode(bytes));
});

test('a size is an upper limit of the file, one that is too small ends with exit code 5', async (t) => {
  const { folder, nic } = t.context;
  t.is((await nic('encode in.png a.nic --model random.json -q 50')).exitCode, 0);
  const { length } = await readFile(join(folder, 'a.nic'));
  const sized = await nic(`encode in.png b.nic --model random.json --size ${length / 1000}kB`);
  t.is(sized.exitCode, 0, sized.stderr);
  const bytes = (await readFile(join(folder, 'b.nic'))).length;
  t.true(bytes <= length, `${bytes} of ${length}`);
  const small = await nic('encode in.png c.nic --model random.json --size 30');
  t.is(small.exitCode, 5);
  t.regex(small.stderr, /in 30 bytes; the smallest file has \d+ \[UNREACHABLE_TARGET\]\n$/);
});

test('pipes work both ways, and decode writes a PNG to them', async (t) => {
  const { folder, nic } = t.context;
  const stdin = await readFile(join(folder, 'in.png'));
  const encoded = await nic('encode - - --model random.json', { stdin });
  t.is(encoded.exitCode, 0, encoded.stderr);
  const png = await nic('decode - - --model random.json', { stdin: encoded.stdout });
  t.is(png.exitCode, 0, png.stderr);
  t.is((await sharp(png.stdout).metadata()).format, 'png');
  const webp = await nic('decode - - --format webp --model random.json', { stdin: encoded.stdout });
  t.is((await sharp(webp.stdout).metadata()).format, 'webp');
  t.deepEqual(await readImage(webp.stdout), await readImage(png.stdout));
  t.deepEqual(await readdir(folder), inputFiles);
});

test('what follows -- are paths, whatever they start with', async (t) => {
  const { folder, nic } = t.context;
  await writeFile(join(folder, '-in.png'), await pngOf(3));
  const model = '--model random.json';
  for (const args of [
    `encode ${model} -q 70 -- -in.png --out.nic`,
    'inspect -- --out.nic',
    `verify ${model} -- --out.nic`,
    `decode ${model} -- --out.nic -back.png`,
  ]) {
    const { exitCode, stderr } = await nic(args);
    t.is(exitCode, 0, `${args}: ${stderr}`);
  }
  const { stdout } = await nic(`encode ${model} -q 70 -- in.png -`);
  t.deepEqual(stdout, await readFile(join(folder, '--out.nic')));
  for (const args of ['inspect --max-pixels 10000 -', '--max-pixels 10000 inspect -']) {
    const { exitCode, stderr } = await nic(args, { stdin: stdout });
    t.is(exitCode, 0, `${args}: ${stderr}`);
  }
  t.is((await readImage(join(folder, '-back.png'))).width, width);
});

test('--region decodes a part', async (t) => {
  const { folder, nic } = t.context;
  t.is((await nic('encode in.png out.nic --model random.json')).exitCode, 0);
  const part = await nic('decode out.nic part.png --region 5,6,20,10 --model random.json');
  t.is(part.exitCode, 0, part.stderr);
  t.like(await readImage(join(folder, 'part.png')), { width: 20, height: 10 });
  const outside = await nic('decode out.nic no.png --region 85,6,20,10 --model random.json');
  t.is(outside.exitCode, 2);
  t.regex(outside.stderr, /from 1 to 5 for region\.width but received 20.*\[INVALID_ARGUMENT\]\n$/);
});

test('verify names each file with its verdict and ends with the worst', async (t) => {
  const { folder, nic } = t.context;
  const { stdout: good } = await nic('encode in.png - --model random.json');
  await writeFile(join(folder, 'good.nic'), good);
  const whole = await nic('verify good.nic --model random.json');
  t.is(whole.exitCode, 0, whole.stderr);
  t.is(whole.stdout.toString(), 'good.nic: ok\n');
  good[good.length - 40] ^= 4;
  await writeFile(join(folder, 'bad.nic'), good);
  const all = await nic('verify good.nic bad.nic nowhere.nic --model random.json --quiet');
  t.is(all.exitCode, 3, all.stderr);
  t.regex(
    all.stdout.toString(),
    /^bad\.nic: FAILED, .* \[[A-Z_]+\]\nnowhere\.nic: FAILED, .* \[ENOENT\]\n$/,
  );
  const piped = await nic('verify good.nic - --model random.json', { stdin: good });
  t.is(piped.exitCode, 3, piped.stderr);
  t.regex(piped.stdout.toString(), /^good\.nic: ok\nstdin: FAILED, .*\n$/);
});

test('a grey picture comes back grey', async (t) => {
  const { folder, nic } = t.context;
  t.is((await nic('encode grey.png out.nic --model random.json')).exitCode, 0);
  t.is((await nic('decode out.nic out.png --model random.json')).exitCode, 0);
  t.is((await sharp(join(folder, 'out.png')).metadata()).channels, 1);
});

test('the number of threads does not change the file', async (t) => {
  const { nic } = t.context;
  const hashes = new Set<string>();
  for (const threads of [0, 1, 2]) {
    const { stdout } = await nic(`encode in.png - --model random.json -t ${threads}`);
    t.true(stdout.length > 20);
    hashes.add(createHash('sha256').update(stdout).digest('hex'));
  }
  t.is(hashes.size, 1);
});

test('--json prints stable keys with their units', async (t) => {
  const { folder, nic } = t.context;
  const encoded = JSON.parse(
    (await nic('encode in.png out.nic --model random.json -q 12.5 --json')).stdout.toString(),
  );
  const sizeBytes = (await readFile(join(folder, 'out.nic'))).length;
  t.deepEqual(encoded, {
    input: {
      path: 'in.png',
      format: 'png',
      sizeBytes: (await readFile(join(folder, 'in.png'))).length,
    },
    output: { path: 'out.nic', sizeBytes, metadataBytes: 0 },
    width,
    height,
    channels: 3,
    quality: 12.5,
    prior: 'adaptive',
    effort: 0,
    tune: 'visual',
    bitsPerPixel: (sizeBytes * 8) / (width * height),
    ratio: (width * height * 3) / sizeBytes,
  });
  const decoded = JSON.parse(
    (await nic('decode out.nic out.webp --model random.json --json')).stdout.toString(),
  );
  t.like(decoded, {
    input: { path: 'out.nic', sizeBytes },
    output: { path: 'out.webp', format: 'webp' },
    width,
    height,
    channels: 3,
    quality: 12.5,
  });
  const inspected = JSON.parse((await nic('inspect out.nic --json')).stdout.toString());
  t.like(inspected, { path: 'out.nic', width, height, channels: 3, quality: 12.5, sizeBytes });
});

test('inspect describes a file from stdin without a model', async (t) => {
  const { stdout: stdin } = await t.context.nic('encode in.png - --model random.json -q 50');
  const { stdout, stderr, exitCode } = await t.context.nic('inspect -', { stdin });
  t.is(exitCode, 0);
  t.is(stderr, '');
  t.regex(stdout.toString(), /^picture +90x50, RGB$/m);
  t.regex(stdout.toString(), /^quality +50$/m);
  t.regex(stdout.toString(), new RegExp(`^size +${stdin.length} bytes`, 'm'));
});

test('inspect --model describes a model', async (t) => {
  const { stdout, exitCode } = await t.context.nic('inspect --model random.json --json');
  t.is(exitCode, 0);
  const description = JSON.parse(stdout.toString());
  const sizeOf = async (name: string) => (await readFile(join(t.context.folder, name))).length;
  t.is(description.sizeBytes, await sizeOf('random.bin'));
  t.is(description.encoderSizeBytes, await sizeOf('random.encoder.bin'));
  t.regex(description.sha256, /^[0-9a-f]{64}$/);
  t.regex(description.encoderSha256, /^[0-9a-f]{64}$/);
});

test('inspect --model has one line a run of training, and with --json all of it', async (t) => {
  const { nic } = t.context;
  const text = (await nic('inspect --model')).stdout.toString();
  t.regex(text, /^provenance\.training\.0 +\d+ steps in [\d.]+ h, \w+, learning rate [\d.]+$/m);
  t.notRegex(text, /config/);
  t.true(text.split('\n').length < 120);
  const { provenance } = JSON.parse((await nic('inspect --model --json')).stdout.toString());
  t.true('batch' in provenance.training[0].config);
});

test('an existing output is kept unless --force is given', async (t) => {
  const { folder, nic } = t.context;
  await writeFile(join(folder, 'out.nic'), 'precious');
  const refused = await nic('encode in.png out.nic --model random.json');
  t.is(refused.exitCode, 1);
  t.regex(refused.stderr, /^nic: out\.nic exists.*--force.*\[FILE_EXISTS\]\n$/);
  t.is(await readFile(join(folder, 'out.nic'), 'utf8'), 'precious');
  t.is((await nic('encode in.png out.nic --model random.json -f')).exitCode, 0);
  t.not(await readFile(join(folder, 'out.nic'), 'utf8'), 'precious');
});

test('an output that cannot be written is refused before any work', async (t) => {
  const { folder, nic } = t.context;
  await mkdir(join(folder, 'folder'));
  await symlink('nowhere', join(folder, 'link.nic'));
  for (const [output, message] of [
    ['nowhere/out.nic', /^nic: nowhere\/out\.nic: no such file or folder \[ENOENT\]\n$/],
    ['in.png/out.nic', /^nic: in\.png\/out\.nic: .* \[ENOTDIR\]\n$/],
    ['folder', /^nic: folder: is a folder \[EISDIR\]\n$/],
    ['link.nic', /^nic: link\.nic exists.*\[FILE_EXISTS\]\n$/],
  ] as const) {
    // No picture: it is not even read.
    const result = await nic(`encode nowhere.png ${output}`);
    t.is(result.exitCode, 1, result.stderr);
    t.regex(result.stderr, message);
  }
  const replaced = await nic('encode -f in.png link.nic --model random.json');
  t.is(replaced.exitCode, 0, replaced.stderr);
  t.is((await nic('encode in.png /dev/null --model random.json')).exitCode, 0);
});

test('an error of a file names the file', async (t) => {
  const { folder, nic } = t.context;
  await mkdir(join(folder, 'folder'));
  await writeFile(join(folder, 'short.nic'), 'nic');
  for (const [args, message] of [
    ['encode folder out.nic', /^nic: folder: is a folder \[EISDIR\]\n$/],
    ['encode random.json out.nic', /^nic: random\.json: .*\[UNREADABLE_IMAGE\]\n$/],
    ['encode in.png out.nic --max-pixels 9', /^nic: in\.png: .*\[TOO_MANY_PIXELS\]\n$/],
    ['encode - out.nic', /^nic: stdin: .*\[UNREADABLE_IMAGE\]\n$/],
    ['decode short.nic out.png', /^nic: short\.nic: .*\[NOT_NIC\]\n$/],
    ['inspect short.nic', /^nic: short\.nic: .*\[NOT_NIC\]\n$/],
    [`encode ${'x'.repeat(300)} out.nic`, /^nic: x{300}: name too long \[ENAMETOOLONG\]\n$/],
  ] as const) {
    const result = await nic(args);
    t.not(result.exitCode, 0);
    t.regex(result.stderr, message);
  }
});

test('switches may stand before the command', async (t) => {
  const { nic } = t.context;
  const encoded = await nic('--json -f -q 40 --model random.json encode in.png out.nic');
  t.is(encoded.exitCode, 0, encoded.stderr);
  t.is(JSON.parse(encoded.stdout.toString()).quality, 40);
  const inspected = await nic('--json inspect out.nic');
  t.is(JSON.parse(inspected.stdout.toString()).path, 'out.nic');
  for (const args of ['--json dataset list', 'dataset --json list']) {
    const { stdout, stderr } = await nic(args);
    t.true(Array.isArray(JSON.parse(stdout.toString())), stderr);
  }
  const unknown = await nic('--quiet inspect out.nic');
  t.is(unknown.exitCode, 2);
  t.regex(unknown.stderr, /Unknown argument: quiet/);
});

const usageErrors: readonly (readonly [string, RegExp])[] = [
  ['', /Expected a command/],
  ['frobnicate', /frobnicate/],
  ['encode in.png', /Not enough/],
  ['encode in.png out.nic extra', /extra/],
  ['encode in.png out.nic --qualty 3', /qualty/],
  ['encode in.png out.nic -q 101', /from 0 to 100 for --quality but received "101"/],
  ['encode in.png out.nic -q high', /from 0 to 100 for --quality but received "high"/],
  ['encode in.png out.nic -q 5 --size 2kB', /--quality and --size exclude each other/],
  ['encode in.png out.nic --size 2KK', /a size such as .* for --size but received "2KK"/],
  ['encode in.png out.nic --ratio 0', /for --ratio but received "0"/],
  ['encode in.png out.nic -q', /Not enough arguments/],
  ['encode in.png out.nic --threads 1.5', /an integer from 0 to 64 for --threads/],
  ['encode in.png out.nic --backend gpu', /backend/],
  ['encode in.png - --json', /--json writes to stdout/],
  ['encode in.png out.nic --model model.txt', /\.json file for model/],
  ['decode in.nic out.bmp', /an extension of \.png/],
  ['decode in.nic - --format bmp', /format/],
  ['decode in.nic out.png --region 1,2,3', /X,Y,WIDTH,HEIGHT for --region but received "1,2,3"/],
  ['inspect', /Expected a \.nic file or --model/],
  ['inspect in.nic --model random.json', /not both/],
];

for (const [args, message] of usageErrors) {
  test(`a usage error of "nic ${args}" is one line, exit code 2, no output`, async (t) => {
    const result = await t.context.nic(args);
    t.is(result.exitCode, 2, result.stderr);
    t.regex(result.stderr, message);
    t.true(oneLine(result.stderr), result.stderr);
    t.is(result.stdout.length, 0);
    t.deepEqual(await readdir(t.context.folder), inputFiles);
  });
}

test('transparency comes back, and is refused by name where the output cannot hold it', async (t) => {
  const { folder, nic } = t.context;
  const raw = { width: 4, height: 4, channels: 4 as const };
  const samples = Uint8Array.from({ length: 64 }, (_, i) => i * 3);
  await sharp(samples, { raw }).png().toFile(join(folder, 'alpha.png'));
  const encoded = await nic('encode alpha.png out.nic --model random.json');
  t.is(encoded.exitCode, 0, encoded.stderr);
  t.is((await nic('decode out.nic out.png --model random.json')).exitCode, 0);
  const [before, after] = await Promise.all(
    ['alpha.png', 'out.png'].map((name) => readImage(join(folder, name))),
  );
  t.deepEqual(after.alpha, before.alpha);
  const result = await nic('decode out.nic out.jpg --model random.json');
  t.is(result.exitCode, 2);
  t.regex(result.stderr, /transparency.*\[UNSUPPORTED_IMAGE\]\n$/);
  t.true(oneLine(result.stderr));
});

test('a conversion of the picture is a note on stderr', async (t) => {
  const { folder, nic } = t.context;
  const raw = { width, height, channels: 3 as const };
  const image = sharp(drawnPicture(width, height).data, { raw }).toColourspace('rgb16');
  await image.png().toFile(join(folder, 'deep.png'));
  const result = await nic('encode deep.png out.nic --model random.json');
  t.is(result.exitCode, 0);
  t.regex(result.stderr, /^nic: deep\.png: 16-bit samples were reduced to 8 bits\n/);
  const quiet = await nic('encode -f deep.png out.nic --model random.json --quiet');
  t.is(quiet.exitCode, 0);
  t.is(quiet.stderr, '');
});

test('missing and unreadable files end with exit code 1 and their name', async (t) => {
  const { nic } = t.context;
  const missing = await nic('encode nowhere.png out.nic');
  t.is(missing.exitCode, 1);
  t.is(missing.stderr, 'nic: nowhere.png: no such file or folder [ENOENT]\n');
  const unreadable = await nic('encode random.json out.nic');
  t.is(unreadable.exitCode, 1);
  t.regex(unreadable.stderr, /\[UNREADABLE_IMAGE\]\n$/);
  const folder = await nic('encode in.png nowhere/out.nic --model random.json');
  t.is(folder.exitCode, 1);
  t.is(folder.stderr, 'nic: nowhere/out.nic: no such file or folder [ENOENT]\n');
});

test('truncated, altered and foreign files end with exit code 3, one line and no output', async (t) => {
  const { folder, nic } = t.context;
  const { stdout: good } = await nic('encode in.png - --model random.json');
  const altered = Buffer.from(good);
  altered[good.length - 30] ^= 0x10;
  const cases: Record<string, Uint8Array> = {
    empty: Buffer.alloc(0),
    truncated: good.subarray(0, good.length - 7),
    halved: good.subarray(0, 9),
    altered,
    longer: Buffer.concat([good, Buffer.from('x')]),
    foreign: await readFile(join(folder, 'in.png')),
    version: Buffer.concat([good.subarray(0, 6), Buffer.of(0xf0), good.subarray(7)]),
  };
  for (const [name, bytes] of Object.entries(cases)) {
    const result = await nic('decode - out.png --model random.json', { stdin: bytes });
    t.is(result.exitCode, 3, `${name}: ${result.stderr}`);
    t.regex(result.stderr, /^nic: .* \[[A-Z_]+\]\n$/, name);
    t.true(oneLine(result.stderr), name);
    t.deepEqual(await readdir(folder), inputFiles, name);
  }
});

test('a missing, a damaged and a wrong model end with exit code 4', async (t) => {
  const { folder, nic } = t.context;
  const missing = await nic('encode in.png out.nic --model nowhere.json');
  t.is(missing.exitCode, 4);
  t.regex(missing.stderr, /nowhere\.json.*\[MODEL_NOT_FOUND\]\n$/);

  const data = await readFile(join(folder, 'random.bin'));
  data[data.length >> 1] ^= 1;
  await writeFile(join(folder, 'damaged.bin'), data);
  await writeFile(join(folder, 'damaged.json'), await readFile(join(folder, 'random.json')));
  const damaged = await nic('encode in.png out.nic --model damaged.json');
  t.is(damaged.exitCode, 4, damaged.stderr);
  t.regex(damaged.stderr, /\[INVALID_MODEL\]\n$/);

  const { stdout: stdin } = await nic('encode in.png - --model random.json');
  stdin[7] ^= 3;
  const wrong = await nic('decode - out.png --model random.json', { stdin });
  t.is(wrong.exitCode, 4, wrong.stderr);
  t.deepEqual(await readdir(folder), ['damaged.bin', 'damaged.json', ...inputFiles]);
});

test('a picture over --max-pixels ends with exit code 5', async (t) => {
  const { nic } = t.context;
  const encoded = await nic('encode in.png out.nic --max-pixels 4499 --model random.json');
  t.is(encoded.exitCode, 5);
  t.regex(encoded.stderr, /\[TOO_MANY_PIXELS\]\n$/);
  t.is((await nic('encode in.png out.nic --max-pixels 4500 --model random.json')).exitCode, 0);
  t.is((await nic('decode out.nic out.png --max-pixels 4499 --model random.json')).exitCode, 5);
});

test('Ctrl-C while encoding ends with exit code 130 and leaves nothing', async (t) => {
  const { folder, nic } = t.context;
  const create = { width: 3000, height: 2000, channels: 3 as const, background: '#456' };
  const large = await sharp({ create }).tiff({ compression: 'none' }).toBuffer();
  const args = 'encode - out.nic --model random.json --backend scalar -t 1';
  const result = await nic(args, {
    // More than a pipe holds: once it is written, the program reads.
    onStart: (child) => child.stdin.end(large, () => setTimeout(() => child.kill('SIGINT'), 1000)),
  });
  t.is(result.exitCode, 130, result.stderr);
  t.is(result.stderr, 'nic: interrupted [INTERRUPTED]\n');
  t.deepEqual(await readdir(folder), inputFiles);
});

test('Ctrl-C while waiting for stdin ends with exit code 130', async (t) => {
  const result = await t.context.nic('encode - out.nic --model random.json', {
    onStart: (child) => child.stdin.write(Buffer.alloc(2 ** 20), () => child.kill('SIGINT')),
  });
  t.is(result.exitCode, 130, result.stderr);
  t.is(result.stderr, 'nic: interrupted [INTERRUPTED]\n');
});

test('a reader that closes its end is no crash', async (t) => {
  const result = await t.context.nic('inspect --model random.json', {
    onStart: (child) => child.stdout.destroy(),
  });
  t.is(result.exitCode, 1);
  t.is(result.stderr, '');
});

test('help lists the commands and goes to stdout', async (t) => {
  const { stdout, stderr, exitCode } = await t.context.nic('--help');
  t.is(exitCode, 0);
  t.is(stderr, '');
  for (const command of ['encode', 'decode', 'inspect', 'verify']) {
    t.regex(stdout.toString(), new RegExp(`nic ${command}`));
  }
});

test('--version prints the version of the package', async (t) => {
  const { version } = JSON.parse(
    await readFile(new URL('../../../package.json', import.meta.url), 'utf8'),
  );
  t.is((await t.context.nic('--version')).stdout.toString(), `${version}\n`);
});

test('--prior codes the same pixels with other bytes, and inspect names it', async (t) => {
  const { folder, nic } = t.context;
  const pixels = new Set<string>();
  for (const prior of ['base', 'adaptive']) {
    t.is(
      (await nic(`encode in.png ${prior}.nic --model random.json --prior ${prior}`)).exitCode,
      0,
    );
    const { stdout } = await nic(`inspect --json ${prior}.nic`);
    t.is(JSON.parse(stdout.toString()).prior, prior);
    t.is((await nic(`decode ${prior}.nic ${prior}.png --model random.json`)).exitCode, 0);
    pixels.add((await readFile(join(folder, `${prior}.png`))).toString('hex'));
  }
  t.is(pixels.size, 1);
});

test('--effort searches for another file of the same picture', async (t) => {
  const { folder, nic } = t.context;
  const files = new Set<string>();
  for (const effort of ['--effort 0', '-e 2', '']) {
    const { exitCode } = await nic(`encode -f in.png out.nic ${effort}`);
    t.is(exitCode, 0);
    files.add((await readFile(join(folder, 'out.nic'))).toString('hex'));
    t.is((await nic('decode -f out.nic out.png')).exitCode, 0);
  }
  t.is(files.size, 2);
  for (const wrong of ['10', '-1', '2.5', 'high']) {
    const { exitCode, stderr } = await nic(`encode -f in.png out.nic --effort=${wrong}`);
    t.is(exitCode, 2);
    t.regex(stderr, /Expected an integer from 0 to 9 for --effort/);
  }
});

test('--tune spreads the bits in another way, and psnr is what --psnr has by itself', async (t) => {
  const { folder, nic } = t.context;
  const { data, ...size } = unevenPicture(200, 70);
  await sharp(data, { raw: size }).png().toFile(join(folder, 'uneven.png'));
  const summaryOf = async (options: string) => {
    const { stdout } = await nic(
      `encode -f uneven.png out.nic --json --model random.json ${options}`,
    );
    const { tune } = JSON.parse(stdout.toString());
    return { tune, file: (await readFile(join(folder, 'out.nic'))).toString('hex') };
  };
  const [byDefault, visual, psnr, target] = [
    await summaryOf(''),
    await summaryOf('--tune visual'),
    await summaryOf('--tune psnr'),
    await summaryOf('--psnr 12'),
  ];
  t.deepEqual(byDefault, visual);
  t.deepEqual([visual.tune, psnr.tune, target.tune], ['visual', 'psnr', 'psnr']);
  t.not(visual.file, psnr.file);
  const wrong = await nic('encode -f uneven.png out.nic --tune ear');
  t.is(wrong.exitCode, 2);
  t.regex(wrong.stderr, /tune.*visual/s);
});

test('a prior that is none, or whose model is not there, is refused in one line', async (t) => {
  const { nic } = t.context;
  const unknown = await nic('encode in.png out.nic --prior oracle');
  t.is(unknown.exitCode, 2);
  t.regex(unknown.stderr, /oracle/);
  const missing = await nic('encode in.png out.nic --model random.json --prior mix');
  t.is(missing.exitCode, 4);
  t.true(oneLine(missing.stderr), missing.stderr);
  t.regex(missing.stderr, /random\.lstm\.json/);
});
