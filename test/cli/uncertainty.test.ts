// `nic decode --uncertainty`: the map as a PNG beside the picture.
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import anyTest, { type TestFn } from 'ava';
import sharp from 'sharp';
import { createCodec } from '../../src/index.ts';
import { decodeFile } from '../../src/node.ts';
import { drawnPicture } from '../helpers/drawn-picture.ts';
import { randomModel } from '../helpers/random-model.ts';
import { randomUncertainty } from '../helpers/random-uncertainty.ts';
import { runCli, writeRandomModel } from '../helpers/run-cli.ts';

interface Context {
  readonly folder: string;
  nic(args: string): ReturnType<typeof runCli>;
}

const test = anyTest as TestFn<Context>;

/** A folder with in.nic, the model random.json with its auxiliary, and bare.json without. */
test.beforeEach(async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'nic-uncertainty-'));
  const model = await writeRandomModel(folder);
  await writeRandomModel(folder, 'bare');
  const { manifest, data } = randomUncertainty(randomModel());
  await writeFile(join(folder, 'random.uncertainty.json'), JSON.stringify(manifest));
  await writeFile(join(folder, 'random.uncertainty.bin'), data);
  const codec = await createCodec({ model, threads: 0 });
  await writeFile(join(folder, 'in.nic'), await codec.encode(drawnPicture(60, 40)));
  await codec.close();
  const nic = (args: string) => runCli(args.split(' '), { cwd: folder });
  Object.assign(t.context, { folder, nic });
});

test.afterEach.always((t) => rm(t.context.folder, { recursive: true }));

test('the map is a grey PNG of the samples of the library, and says what they mean', async (t) => {
  const { folder, nic } = t.context;
  const whole = await nic('decode in.nic out.png --uncertainty map.png --model random.json');
  t.is(whole.exitCode, 0, whole.stderr);
  const part = await nic(
    'decode in.nic part.png --uncertainty - --region 5,6,20,10 --model random.json',
  );
  t.is(part.exitCode, 0, part.stderr);

  const bytes = await readFile(join(folder, 'in.nic'));
  const codec = await createCodec({ model: join(folder, 'random.json') });
  const region = { x: 5, y: 6, width: 20, height: 10 };
  const expected = await codec.decode(bytes, { uncertainty: true });
  const cut = await codec.decode(bytes, { uncertainty: true, region });
  await decodeFile(join(folder, 'in.nic'), join(folder, 'api.png'), {
    codec,
    uncertainty: join(folder, 'api-map.png'),
  });
  await codec.close();
  const map = await readFile(join(folder, 'map.png'));
  for (const [png, { uncertainty }] of [
    [map, expected],
    [part.stdout, cut],
  ] as const) {
    const { data, info } = await sharp(png)
      .toColourspace('b-w')
      .raw()
      .toBuffer({ resolveWithObject: true });
    t.is(info.channels, 1);
    t.deepEqual(new Uint8Array(data), uncertainty?.data);
  }
  t.deepEqual(await readFile(join(folder, 'api-map.png')), map);
  t.regex(map.toString('latin1'), /tEXtDescription\0Predicted standard error.*sample \/ 8 8-bit/);
});

test('the text of the map is a chunk that a strict reader takes', async (t) => {
  const { folder, nic } = t.context;
  await nic('decode in.nic out.png --uncertainty map.png --model random.json');
  const png = await readFile(join(folder, 'map.png'));
  const { crc32 } = await import('node:zlib');
  const names: string[] = [];
  const pixels: Buffer[] = [];
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    const body = png.subarray(at + 4, at + 8 + length);
    t.is(png.readUInt32BE(at + 8 + length), crc32(body));
    names.push(body.toString('latin1', 0, 4));
    if (names.at(-1) === 'IDAT') pixels.push(body.subarray(4));
    at += 12 + length;
  }
  t.deepEqual(names.slice(0, 2), ['IHDR', 'tEXt']);
  t.is(inflateSync(Buffer.concat(pixels)).length, 40 * 61);
});

test('the map and the picture are not written to one file by two names', async (t) => {
  const { folder, nic } = t.context;
  await writeFile(join(folder, 'out.png'), 'mine');
  await symlink('out.png', join(folder, 'alias.png'));
  await symlink('.', join(folder, 'here'));
  for (const [output, map] of [
    ['out.png', './out.png'],
    ['out.png', join(folder, 'out.png')],
    ['out.png', 'alias.png'],
    ['new.png', 'here/new.png'],
  ]) {
    const result = await nic(`decode in.nic ${output} --uncertainty ${map} -f --model random.json`);
    t.is(result.exitCode, 2, `${map}: ${result.stderr}`);
    t.regex(result.stderr, /two places/);
  }
  t.is(await readFile(join(folder, 'out.png'), 'utf8'), 'mine');
  const whole = await nic('decode in.nic - --uncertainty ./- --model random.json');
  t.regex(whole.stderr, /Expected a \.png file/);
});

test('a map that has no place is refused before the picture is written', async (t) => {
  const { folder, nic } = t.context;
  const before = await readdir(folder);
  const result = await nic('decode in.nic out.png --uncertainty nodir/map.png --model random.json');
  t.is(result.exitCode, 1);
  t.is(result.stderr, 'nic: nodir/map.png: no such file or folder [ENOENT]\n');
  t.deepEqual(await readdir(folder), before);
});

test('what cannot be done is refused before any work', async (t) => {
  const { folder, nic } = t.context;
  const before = await readdir(folder);
  for (const [args, code, message] of [
    ['in.nic out.png --uncertainty map.jpg', 2, /Expected a \.png file for --uncertainty/],
    ['in.nic out.png --uncertainty out.png', 2, /two places/],
    ['in.nic - --uncertainty -', 2, /two places/],
    ['in.nic --out-dir more --uncertainty map.png', 2, /one \.nic file, not --out-dir/],
    ['in.nic out.png --uncertainty - --json', 2, /--json writes to stdout/],
    [
      'in.nic out.png --uncertainty map.png --model bare.json',
      4,
      /'uncertainty'|uncertainty\.json/,
    ],
  ] as const) {
    const model = args.includes('--model') ? '' : ' --model random.json';
    const result = await nic(`decode ${args}${model}`);
    t.is(result.exitCode, code, `${args}: ${result.stderr}`);
    t.regex(result.stderr, message);
  }
  t.deepEqual(await readdir(folder), before);
  await writeFile(join(folder, 'map.png'), 'mine');
  const exists = await nic('decode in.nic out.png --uncertainty map.png --model random.json');
  t.is(exists.exitCode, 1);
  t.regex(exists.stderr, /FILE_EXISTS/);
  t.is(await readFile(join(folder, 'map.png'), 'utf8'), 'mine');
});
