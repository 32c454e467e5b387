// EXIF and XMP through the command line and the functions for files.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import anyTest, { type TestFn } from 'ava';
import sharp from 'sharp';
import { encodeImage } from '../../src/image/write-image.ts';
import { createCodec, inspect } from '../../src/index.ts';
import { decodeFile, encodeFile, readImage } from '../../src/node.ts';
import { drawnPicture } from '../helpers/drawn-picture.ts';
import { exifBlock } from '../helpers/exif-block.ts';
import { runCli, writeRandomModel } from '../helpers/run-cli.ts';

interface Context {
  /** A folder with `in.jpg`, which has EXIF and XMP, and `random.json`. */
  readonly folder: string;
  readonly nic: (args: string) => ReturnType<typeof runCli>;
}

const test = anyTest as TestFn<Context>;
const exif = exifBlock();
const xmp = new TextEncoder().encode(`<x>${'é'.repeat(99)}</x>`);
const metadata = { exif, xmp };
const sectionBytes = [exif, xmp].map(({ length }) => 1 + 2 + length + 4);
const metadataBytes = sectionBytes[0] + sectionBytes[1];

test.beforeEach(async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'nic-cli-'));
  await writeRandomModel(folder);
  const picture = { ...drawnPicture(60, 40), metadata };
  await writeFile(join(folder, 'in.jpg'), await encodeImage(picture, 'jpeg'));
  Object.assign(t.context, {
    folder,
    nic: (args: string) => runCli(args.split(' '), { cwd: folder }),
  });
});

test.afterEach.always((t) => rm(t.context.folder, { recursive: true }));

test('encode and decode keep metadata, and inspect lists it', async (t) => {
  const { folder, nic } = t.context;
  const encoded = await nic('encode in.jpg a.nic --model random.json');
  t.is(encoded.exitCode, 0, encoded.stderr);
  t.true(
    encoded.stderr.includes(`bytes, of which ${metadataBytes} are metadata, `),
    encoded.stderr,
  );
  const bytes = await readFile(join(folder, 'a.nic'));
  t.deepEqual(inspect(bytes).metadata, metadata);
  for (const format of ['png', 'jpg', 'webp', 'avif']) {
    t.is((await nic(`decode a.nic a.${format} --model random.json`)).exitCode, 0);
    t.deepEqual((await readImage(join(folder, `a.${format}`))).metadata, metadata);
  }

  const text = (await nic('inspect a.nic')).stdout.toString();
  t.regex(text, new RegExp(`^EXIF +${sectionBytes[0]} bytes at \\d+$`, 'm'));
  t.regex(text, new RegExp(`^XMP +${sectionBytes[1]} bytes at \\d+$`, 'm'));
  const json = JSON.parse((await nic('inspect a.nic --json')).stdout.toString());
  t.like(json.sections[0], {
    name: 'EXIF',
    type: 0x82,
    critical: false,
    sizeBytes: sectionBytes[0],
  });
  t.like(json.sections[1], {
    name: 'XMP',
    type: 0x83,
    critical: false,
    sizeBytes: sectionBytes[1],
  });
  t.false('metadata' in json);
});

test('--strip leaves metadata out of either file, and nothing else', async (t) => {
  const { folder, nic } = t.context;
  const kept = await nic('encode in.jpg kept.nic --model random.json --json');
  t.is(JSON.parse(kept.stdout.toString()).output.metadataBytes, metadataBytes);
  const stripped = await nic('encode in.jpg bare.nic --model random.json --strip --json');
  t.is(JSON.parse(stripped.stdout.toString()).output.metadataBytes, 0);
  const [whole, bare] = await Promise.all(
    ['kept.nic', 'bare.nic'].map((name) => readFile(join(folder, name))),
  );
  t.is(inspect(bare).metadata, undefined);
  t.is(whole.length, bare.length + metadataBytes);

  for (const format of ['png', 'tiff']) {
    t.is((await nic(`decode kept.nic a.${format} --model random.json --strip`)).exitCode, 0);
    t.is((await nic(`decode bare.nic b.${format} --model random.json`)).exitCode, 0);
    t.deepEqual(
      await readFile(join(folder, `a.${format}`)),
      await readFile(join(folder, `b.${format}`)),
    );
    t.is((await readImage(join(folder, `a.${format}`))).metadata, undefined);
  }
});

test('a size counts metadata, and one that it fills is refused', async (t) => {
  const { folder, nic } = t.context;
  t.is((await nic('encode in.jpg a.nic --model random.json')).exitCode, 0);
  const { length } = await readFile(join(folder, 'a.nic'));
  t.is((await nic(`encode in.jpg b.nic --model random.json --size ${length}`)).exitCode, 0);
  const sized = await readFile(join(folder, 'b.nic'));
  t.true(sized.length <= length);
  t.deepEqual(inspect(sized).metadata, metadata);
  const tooSmall = await nic(`encode in.jpg c.nic --model random.json --size ${metadataBytes}`);
  t.is(tooSmall.exitCode, 5);
  t.regex(tooSmall.stderr, new RegExp(`of which ${metadataBytes} are metadata `));
});

test('what is lost is said in one line, and the picture is coded', async (t) => {
  const { folder, nic } = t.context;
  const broken = await readFile(join(folder, 'in.jpg'));
  broken.fill(0xff, broken.indexOf(exif) + 4, broken.indexOf(exif) + 40);
  await writeFile(join(folder, 'broken.jpg'), broken);
  const encoded = await nic('encode broken.jpg a.nic --model random.json');
  t.is(encoded.exitCode, 0);
  t.regex(encoded.stderr, /^nic: broken\.jpg: EXIF is damaged and was dropped\n/);
  t.deepEqual(inspect(await readFile(join(folder, 'a.nic'))).metadata, { xmp });

  const codec = await createCodec({ model: join(folder, 'random.json'), threads: 0 });
  const large = new TextEncoder().encode(' '.repeat(70_000));
  const image = { ...drawnPicture(20, 20), metadata: { exif } };
  await writeFile(
    join(folder, 'large.nic'),
    await codec.encode(image, { metadata: { exif, xmp: large } }),
  );
  const decoded = await nic('decode large.nic a.jpg --model random.json');
  t.is(decoded.exitCode, 0);
  t.regex(
    decoded.stderr,
    /^nic: a\.jpg: XMP of 70000 bytes was dropped: JPEG holds at most 65504\n/,
  );
  const quiet = await nic('decode -f large.nic a.jpg --model random.json --quiet');
  t.is(quiet.stderr, '');
  t.deepEqual((await readImage(join(folder, 'a.jpg'))).metadata, { exif });
});

test('animated input ends with exit code 2 and its name', async (t) => {
  const { folder, nic } = t.context;
  const raw = { width: 8, height: 8, channels: 3, pageHeight: 4 } as const;
  const gif = sharp(drawnPicture(8, 8).data, { raw }).gif();
  await writeFile(join(folder, 'a.gif'), await gif.toBuffer());
  const { exitCode, stderr } = await nic('encode a.gif a.nic --model random.json');
  t.is(exitCode, 2);
  t.regex(stderr, /^nic: .*animated GIF.*\n$/);
});

test('encodeFile and decodeFile keep metadata unless told to strip it', async (t) => {
  const { folder } = t.context;
  const path = (name: string) => join(folder, name);
  const options = { model: path('random.json'), threads: 0 };
  const metadataIn = async (name: string) => (await readImage(path(name))).metadata;
  await encodeFile(path('in.jpg'), path('a.nic'), options);
  t.deepEqual(inspect(await readFile(path('a.nic'))).metadata, metadata);
  await decodeFile(path('a.nic'), path('a.webp'), options);
  t.deepEqual(await metadataIn('a.webp'), metadata);
  await decodeFile(path('a.nic'), path('b.webp'), { ...options, strip: true });
  t.is(await metadataIn('b.webp'), undefined);
  await encodeFile(path('in.jpg'), path('b.nic'), { ...options, strip: true });
  t.is(inspect(await readFile(path('b.nic'))).metadata, undefined);
  await encodeFile(path('in.jpg'), path('c.nic'), { ...options, metadata: { xmp } });
  t.deepEqual(inspect(await readFile(path('c.nic'))).metadata, { xmp });
});

test('the library takes metadata of the image, or of the options instead', async (t) => {
  const { folder } = t.context;
  const codec = await createCodec({ model: join(folder, 'random.json'), threads: 0 });
  t.teardown(() => codec.close());
  const image = { ...drawnPicture(20, 20), metadata: { exif } };
  const metadataOf = async (options?: object) =>
    (await codec.decode(await codec.encode(image, options))).metadata;
  t.deepEqual(await metadataOf(), { exif });
  t.deepEqual(await metadataOf({ metadata: { xmp } }), { xmp });
  t.is(await metadataOf({ metadata: {} }), undefined);
  await t.throwsAsync(metadataOf({ metadata: 'none' }), { code: 'INVALID_ARGUMENT' });
  await t.throwsAsync(metadataOf({ metadata: { icc: exif } }), { code: 'INVALID_ARGUMENT' });
});
