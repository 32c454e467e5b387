// EXIF, XMP and color profiles of picture files: what is read, what is written, what is said when something is lost.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import test from 'ava';
import sharp from 'sharp';
import {
  ifWhole,
  type Metadata,
  maxMetadataBytes,
  type Picture,
  TiffBlock,
  uprightExif,
} from '../../codec/index.ts';
import { imageFormats } from '../../src/image/image-formats.ts';
import { profileName } from '../../src/image/metadata/profile-name.ts';
import { readImage } from '../../src/image/read-image.ts';
import { encodeImage, writeImage } from '../../src/image/write-image.ts';
import { drawnPicture } from '../helpers/drawn-picture.ts';
import { exifBlock, exifCopyright, exifMake, makerNote } from '../helpers/exif-block.ts';

const width = 41;
const height = 23;
const xmp = new TextEncoder().encode(
  '<?xpacket begin="\ufeff"?><x:xmpmeta xmlns:x="adobe:ns:meta/">é</x:xmpmeta>',
);
const exif = exifBlock();
/** Those that hold EXIF as a block of its own. */
const blockFormats = ['png', 'jpeg', 'webp', 'avif'] as const;

async function read(file: Uint8Array): Promise<{ picture: Picture; warnings: string[] }> {
  const warnings: string[] = [];
  const { picture } = await readImage(file, { onWarning: (text) => warnings.push(text) });
  return { picture, warnings };
}

async function write(picture: Picture, format: (typeof imageFormats)[number]) {
  const warnings: string[] = [];
  const file = await encodeImage(picture, format, { onWarning: (text) => warnings.push(text) });
  return { file: Buffer.from(file), warnings };
}

function kinds(format: string): Picture[] {
  const alpha = Uint8Array.from({ length: width * height }, (_, index) => index & 255);
  const color = drawnPicture(width, height, 3);
  const opaque = [color, drawnPicture(width, height, 1)];
  return format === 'jpeg' ? opaque : [...opaque, { ...color, alpha }];
}

for (const littleEndian of [true, false]) {
  const block = exifBlock({ littleEndian });
  for (const format of blockFormats) {
    const order = littleEndian ? 'little-endian' : 'big-endian';
    test(`${order} EXIF and XMP come back from ${format} byte for byte`, async (t) => {
      for (const picture of kinds(format)) {
        const plain = await write(picture, format);
        const samples = (await read(plain.file)).picture;
        t.is(samples.metadata, undefined);
        for (const metadata of [{ exif: block, xmp }, { exif: block }, { xmp }] as Metadata[]) {
          const { file, warnings } = await write({ ...picture, metadata }, format);
          const result = await read(file);
          t.deepEqual(result.picture, { ...samples, metadata: plainViews(metadata) });
          t.deepEqual([...warnings, ...result.warnings], []);
        }
      }
    });
  }
}

function plainViews({ exif: block, xmp: packet }: Metadata): Metadata {
  return {
    ...(block && { exif: new Uint8Array(block) }),
    ...(packet && { xmp: new Uint8Array(packet) }),
  };
}

/** Every value of the directories of an EXIF block, by tag, with all numbers as they are in little-endian blocks. */
function valuesOf(bytes: Uint8Array | undefined): Map<number, string> {
  const block = new TiffBlock(new Uint8Array(bytes ?? []));
  const values = new Map<number, string>();
  const main = block.mainDirectory();
  const photo = block.below(main, 0x8769);
  const below = [photo, block.below(main, 0x8825), photo && block.below(photo, 0xa005)];
  for (const [index, directory] of [main, ...below].entries()) {
    for (const { tag, type, start, sizeBytes } of directory?.entries.values() ?? []) {
      const data = Buffer.from(block.bytes.slice(start, start + sizeBytes));
      if (!block.littleEndian && type === 3) data.swap16();
      if (!block.littleEndian && (type === 4 || type === 5)) data.swap32();
      if (![0x8769, 0x8825, 0xa005].includes(tag)) {
        values.set(index * 65536 + tag, data.toString('hex'));
      }
    }
  }
  return values;
}

test('EXIF and XMP come back from TIFF value for value', async (t) => {
  for (const littleEndian of [true, false]) {
    const block = exifBlock({ littleEndian });
    for (const picture of kinds('tiff')) {
      const { file, warnings } = await write(
        { ...picture, metadata: { exif: block, xmp } },
        'tiff',
      );
      const result = await read(file);
      t.deepEqual([...warnings, ...result.warnings], []);
      const { metadata, ...samples } = result.picture;
      t.deepEqual(samples, picture);
      t.deepEqual(metadata?.xmp, xmp);
      const expected = valuesOf(block);
      const values = valuesOf(metadata?.exif);
      t.true(expected.size >= 12);
      for (const [tag, value] of expected) t.is(values.get(tag), value, tag.toString(16));
      t.true(Buffer.from(metadata?.exif ?? []).includes(Buffer.from(makerNote)));
      // What was read is written to other formats as it is.
      const again = await read((await write(result.picture, 'png')).file);
      t.deepEqual(again.picture, result.picture);
    }
  }
});

test('TIFF without EXIF has no metadata, and with XMP alone only that', async (t) => {
  const picture = drawnPicture(width, height);
  t.is((await read((await write(picture, 'tiff')).file)).picture.metadata, undefined);
  const { file } = await write({ ...picture, metadata: { xmp } }, 'tiff');
  t.deepEqual((await read(file)).picture.metadata, { xmp });
});

test('sharp finds what was written', async (t) => {
  for (const format of blockFormats) {
    const picture = { ...drawnPicture(width, height), metadata: { exif, xmp } };
    const found = await sharp((await write(picture, format)).file).metadata();
    t.true(found.exif?.includes(Buffer.from(exif)), format);
    t.deepEqual(found.xmp, Buffer.from(xmp), format);
    t.like(found, { width, height });
  }
});

/** A file that holds `block` where encodeImage put the EXIF of the same length. */
async function fileWithExif(format: (typeof blockFormats)[number], block: Uint8Array) {
  const placeholder = exifBlock();
  const metadata = { exif: placeholder };
  const { file } = await write({ ...drawnPicture(width, height), metadata }, format);
  const place = file.indexOf(placeholder);
  const { length } = placeholder;
  file.set(block.subarray(0, length), place);
  if (format === 'png') {
    file.writeUInt32BE(crc32(file.subarray(place - 4, place + length)), place + length);
  }
  return file;
}

for (const littleEndian of [true, false]) {
  const order = littleEndian ? 'little-endian' : 'big-endian';
  test(`${order} orientations of PNG, JPEG and WebP are applied and reset`, async (t) => {
    for (const format of ['png', 'jpeg', 'webp'] as const) {
      for (let orientation = 1; orientation <= 8; orientation++) {
        const block = exifBlock({ littleEndian, orientation });
        const { picture, warnings } = await read(await fileWithExif(format, block));
        const turned = orientation > 4;
        t.like(picture, turned ? { width: height, height: width } : { width, height });
        t.deepEqual(picture.metadata, { exif: uprightExif(block) });
        t.deepEqual(warnings, []);
        // A second trip turns nothing.
        const again = await read((await write(picture, 'png')).file);
        t.deepEqual(again.picture, picture);
      }
    }
  });
}

const damaged = 'EXIF is damaged and was dropped';

test('damaged EXIF is dropped with a warning, whatever is damaged', async (t) => {
  const broken = [
    new Uint8Array(exif.length).fill(0xff),
    exif.map((byte, index) => (index === 4 ? 0xf0 : byte)), // the main directory is not in the block
    exif.map((byte, index) => (index >= 8 && index < 200 ? 0xee : byte)),
  ];
  for (const format of blockFormats) {
    for (const block of broken) {
      t.is(uprightExif(block), undefined);
      const { picture, warnings } = await read(await fileWithExif(format, block));
      t.like(picture, { width, height });
      t.is(picture.metadata, undefined, format);
      // libpng gives no eXIf chunk that does not start as a TIFF structure.
      const isHidden = format === 'png' && block[0] === 0xff;
      t.deepEqual(warnings, isHidden ? [] : [damaged], format);
    }
  }
});

test('EXIF that is cut off in a JPEG is dropped with a warning', async (t) => {
  const jpeg = (await write(drawnPicture(width, height), 'jpeg')).file;
  for (const length of [1, 7, 8, 60, exif.length - 8]) {
    const start = Buffer.from('\xff\xe1\0\0Exif\0\0', 'latin1');
    start.writeUInt16BE(8 + length, 2);
    const segment = Buffer.concat([start, exif.subarray(0, length)]);
    const file = Buffer.concat([jpeg.subarray(0, 2), segment, jpeg.subarray(2)]);
    const { picture, warnings } = await read(file);
    t.is(picture.metadata, undefined);
    t.deepEqual(warnings, [damaged], `${length} bytes`);
  }
});

test('metadata larger than a file holds is dropped with a warning', async (t) => {
  const webp = (await write(drawnPicture(width, height), 'webp')).file;
  const large = Buffer.alloc(maxMetadataBytes + 2, ' ');
  const { file } = await write({ ...drawnPicture(width, height), metadata: { xmp } }, 'webp');
  t.true(file.length > webp.length);
  const place = file.indexOf('XMP ', 0, 'latin1');
  const start = Buffer.from(file.subarray(0, place + 8));
  start.writeUInt32LE(large.length, place + 4);
  start.writeUInt32LE(start.length + large.length - 8, 4);
  const { picture, warnings } = await read(Buffer.concat([start, large]));
  t.is(picture.metadata, undefined);
  t.deepEqual(warnings, ['XMP of 16777218 bytes was dropped: at most 16777216 can be kept']);
});

test('JPEG says what it cannot hold, and keeps the rest', async (t) => {
  const large = new TextEncoder().encode('<x/>'.repeat(20_000));
  const picture = drawnPicture(width, height);
  const first = await write({ ...picture, metadata: { exif, xmp: large } }, 'jpeg');
  t.deepEqual(first.warnings, ['XMP of 80000 bytes was dropped: JPEG holds at most 65504']);
  t.deepEqual((await read(first.file)).picture.metadata, { exif });
  const most = { exif: padded(65_527), xmp: large.slice(0, 65_504) };
  const second = await write({ ...picture, metadata: most }, 'jpeg');
  t.deepEqual(second.warnings, []);
  t.deepEqual((await read(second.file)).picture.metadata, most);
  const third = await write({ ...picture, metadata: { exif: padded(65_528) } }, 'jpeg');
  t.deepEqual(third.warnings, ['EXIF of 65528 bytes was dropped: JPEG holds at most 65527']);
});

function padded(length: number): Uint8Array {
  const block = new Uint8Array(length);
  block.set(exif);
  return block;
}

test('values that overlap are not copied again and again', async (t) => {
  const count = 9000;
  const block = new Uint8Array(8 + 2 + 12 * count + 4);
  const view = new DataView(block.buffer);
  block.set([0x49, 0x49, 42, 0, 8]);
  view.setUint16(8, count, true);
  for (let entry = 10, tag = 0xc000; entry + 4 < block.length; entry += 12, tag++) {
    view.setUint16(entry, tag, true);
    view.setUint16(entry + 2, 1, true);
    view.setUint32(entry + 4, block.length - 8, true);
    view.setUint32(entry + 8, 8, true);
  }
  t.deepEqual(uprightExif(block), block);
  const picture = { ...drawnPicture(width, height), metadata: { exif: block, xmp } };
  const { file, warnings } = await write(picture, 'tiff');
  t.deepEqual(warnings, [damaged]);
  t.deepEqual((await read(file)).picture.metadata, { xmp });
});

test('what a foreign file holds instead of metadata is not written', async (t) => {
  const metadata = { exif: Uint8Array.of(1, 2, 3), xmp: Uint8Array.of(0xff) };
  for (const format of imageFormats) {
    const { file, warnings } = await write({ ...drawnPicture(width, height), metadata }, format);
    t.deepEqual(warnings, [damaged, 'XMP is damaged and was dropped']);
    t.is((await read(file)).picture.metadata, undefined);
  }
});

test('strip leaves metadata out, in both directions', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'nic-metadata-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const picture = { ...drawnPicture(width, height), metadata: { exif, xmp } };
  const path = join(folder, 'a.png');
  await writeImage(path, picture);
  t.deepEqual((await readImage(path)).picture, picture);
  t.is((await readImage(path, { strip: true })).picture.metadata, undefined);
  await writeImage(path, picture, { strip: true });
  t.is((await readImage(path)).picture.metadata, undefined);
  await t.throwsAsync(readImage(path, { strip: 1 as never }), { code: 'INVALID_ARGUMENT' });
});

test('a wide profile is converted with a warning, and EXIF says sRGB then', async (t) => {
  const { data } = drawnPicture(width, height);
  const raw = { width, height, channels: 3 } as const;
  for (const format of ['png', 'jpeg', 'webp', 'tiff', 'avif'] as const) {
    const wide = await sharp(data, { raw }).withIccProfile('p3').toFormat(format).toBuffer();
    const { icc } = await sharp(wide).metadata();
    const name = profileName(icc ?? new Uint8Array(0));
    t.true(name.length > 1 && !/srgb/i.test(name), name);
    t.deepEqual((await read(wide)).warnings, [`Colors were converted from ${name} to sRGB`]);
    const tagged = await sharp(data, { raw }).withIccProfile('srgb').toFormat(format).toBuffer();
    t.deepEqual((await read(tagged)).warnings, []);
  }
  const own = await sharp(data, { raw })
    .withExif({ IFD2: { ColorSpace: '65535' } })
    .withIccProfile('p3')
    .jpeg()
    .toBuffer();
  const { picture } = await read(own);
  const block = new TiffBlock(new Uint8Array(picture.metadata?.exif ?? []));
  const photo = block.below(block.mainDirectory(), 0x8769);
  t.is(photo && block.number(photo, 0xa001), 1);
});

test('colors that sharp does not convert are named', async (t) => {
  const picture = drawnPicture(width, height);
  const png = (await write(picture, 'png')).file;
  const withChunk = (type: string, data: Uint8Array) => {
    const chunk = Buffer.alloc(12 + data.length);
    chunk.writeUInt32BE(data.length, 0);
    chunk.write(type, 4, 'latin1');
    chunk.set(data, 8);
    chunk.writeUInt32BE(crc32(chunk.subarray(4, -4)), 8 + data.length);
    return Buffer.concat([png.subarray(0, 33), chunk, png.subarray(33)]);
  };
  const avif = (primaries: number, transfer: number, file: Buffer) => {
    const copy = Buffer.from(file);
    const place = copy.indexOf('colrnclx') + 8;
    copy.writeUInt16BE(primaries, place);
    copy.writeUInt16BE(transfer, place + 2);
    return copy;
  };
  const plainAvif = (await write(picture, 'avif')).file;
  const adobe = exifBlock({ interoperabilityIndex: 'R03' });
  const cases: [Uint8Array, string[]][] = [
    [
      withChunk('gAMA', Buffer.from('000186a0', 'hex')),
      ['Colors of gamma 1.000 were read as sRGB'],
    ],
    [withChunk('gAMA', Buffer.from('0000b18f', 'hex')), []],
    [
      withChunk('cICP', Uint8Array.of(9, 16, 0, 1)),
      ['Colors of primaries 9 and transfer 16 were read as sRGB'],
    ],
    [withChunk('cICP', Uint8Array.of(1, 13, 0, 1)), []],
    [avif(12, 13, plainAvif), ['Colors of primaries 12 and transfer 13 were read as sRGB']],
    [avif(1, 13, plainAvif), []],
    [
      (await write({ ...picture, metadata: { exif: adobe } }, 'jpeg')).file,
      ['Colors were read as sRGB: EXIF says Adobe RGB, but there is no profile'],
    ],
  ];
  for (const [file, expected] of cases) t.deepEqual((await read(file)).warnings, expected);
});

test('a profile without a name, or cut off, has a name all the same', (t) => {
  t.is(profileName(new Uint8Array(0)), 'an unnamed profile');
  t.is(profileName(new Uint8Array(200).fill(0xff)), 'an unnamed profile');
  const version2 = Buffer.alloc(180);
  version2.writeUInt32BE(1, 128);
  version2.write('desc', 132, 'latin1');
  version2.writeUInt32BE(144, 136);
  version2.write('desc\0\0\0\0\0\0\0\x11Adobe RGB (1998)\0', 144, 'latin1');
  t.is(profileName(version2), 'Adobe RGB (1998)');
});

test('what sharp writes as EXIF of its own is read', async (t) => {
  const { data } = drawnPicture(width, height);
  const file = await sharp(data, { raw: { width, height, channels: 3 } })
    .withExif({ IFD0: { Copyright: exifCopyright, Make: exifMake } })
    .jpeg()
    .toBuffer();
  const block = (await read(file)).picture.metadata?.exif;
  t.truthy(ifWhole(() => new TiffBlock(new Uint8Array(block ?? [])).mainDirectory()));
  t.true(Buffer.from(block ?? []).includes(exifCopyright));
});
