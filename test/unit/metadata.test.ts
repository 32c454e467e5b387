// EXIF and XMP in a .nic file: what is kept, what is changed, what is refused.
import test from 'ava';
import { readContainer, writeContainer } from '../../codec/bitstream/container.ts';
import {
  createEngine,
  decodePicture,
  type Executor,
  encodePicture,
  encodeToTarget,
  inlineExecutor,
  inspectBitstream,
  type JobArgs,
  type Metadata,
  maxMetadataBytes,
  uprightExif,
  uprightXmp,
} from '../../codec/index.ts';
import { exifTags } from '../../codec/metadata/exif.ts';
import { TiffBlock, type TiffDirectory } from '../../codec/metadata/tiff-block.ts';
import { drawnPicture } from '../helpers/drawn-picture.ts';
import { exifBlock, exifSides, makerNote } from '../helpers/exif-block.ts';
import { modelOf } from '../helpers/model-of.ts';
import { randomModel } from '../helpers/random-model.ts';

const model = modelOf(randomModel());
const context = { model, executor: inlineExecutor(createEngine(model)) };
const picture = drawnPicture(50, 30);
const exif = exifBlock();
const xmp = new TextEncoder().encode('<x:xmpmeta xmlns:x="adobe:ns:meta/">é</x:xmpmeta>');
const jpegThumbnail = Uint8Array.of(0xff, 0xd8, 1, 2, 3, 4, 5, 6, 7, 0xff, 0xd9);

function photoOf(block: TiffBlock): TiffDirectory {
  return block.below(block.mainDirectory(), exifTags.exif) as TiffDirectory;
}

function bytesOf(block: TiffBlock, directory: TiffDirectory, tag: number): Uint8Array {
  const { start, sizeBytes } = directory.entries.get(tag) ?? { start: 0, sizeBytes: 0 };
  return block.bytes.slice(start, start + sizeBytes);
}

for (const littleEndian of [true, false]) {
  const order = littleEndian ? 'little-endian' : 'big-endian';
  for (let orientation = 1; orientation <= 8; orientation++) {
    test(`${order} EXIF of orientation ${orientation} becomes upright, in a copy`, (t) => {
      const before = exifBlock({ littleEndian, orientation });
      const given = before.slice();
      const after = uprightExif(before);
      t.deepEqual(before, given);
      const block = new TiffBlock(after as Uint8Array<ArrayBuffer>);
      t.is(block.number(block.mainDirectory(), exifTags.orientation), 1);
      const photo = photoOf(block);
      const { width, height } = exifSides;
      const sides = orientation >= 5 ? [height, width] : [width, height];
      t.deepEqual(
        [exifTags.pixelWidth, exifTags.pixelHeight].map((tag) => block.number(photo, tag)),
        sides,
      );
      t.is(block.number(photo, exifTags.colorSpace), 0xffff);
      t.deepEqual(bytesOf(block, photo, 0x927c), makerNote);
      // Orientation and the sides: nothing else differs.
      const changed = [...given].filter((byte, index) => byte !== after?.[index]).length;
      t.true(changed <= (orientation === 1 ? 0 : orientation < 5 ? 1 : 1 + 14), `${changed}`);
    });
  }

  test(`the thumbnail of ${order} EXIF goes, and the rest stays where it is`, (t) => {
    const plain = exifBlock({ littleEndian });
    const last = uprightExif(exifBlock({ littleEndian, thumbnail: jpegThumbnail }));
    t.false(Buffer.from(last ?? []).includes(Buffer.from(jpegThumbnail)));
    t.deepEqual(last?.slice(0, plain.length), plain);
    const inside = exifBlock({ littleEndian, thumbnail: jpegThumbnail, thumbnailInside: true });
    const after = uprightExif(inside);
    t.is(after?.length, inside.length);
    t.false(Buffer.from(after ?? []).includes(Buffer.from(jpegThumbnail)));
    t.deepEqual(after?.slice(-10), inside.slice(-10));
    const block = new TiffBlock(after as Uint8Array<ArrayBuffer>);
    t.is(block.readLong(block.mainDirectory().end), 0);
  });
}

test('a thumbnail that shares bytes with something else only loses its directory', (t) => {
  const whole = exifBlock({ thumbnail: jpegThumbnail });
  const view = new DataView(whole.buffer);
  const block = new TiffBlock(new Uint8Array(whole));
  // The exposure time, said to be so long that it ends within the thumbnail.
  const exposure = photoOf(block).entries.get(0x829a) ?? { offset: 0, start: 0 };
  view.setUint32(exposure.offset + 4, (whole.length - exposure.start) >> 3, true);
  const after = uprightExif(whole);
  t.is(after?.length, whole.length);
  t.deepEqual(uprightExif(after ?? new Uint8Array(0)), after);
});

test('EXIF of converted samples says sRGB', (t) => {
  const after = uprightExif(exif, { convertedToSrgb: true });
  const block = new TiffBlock(after as Uint8Array<ArrayBuffer>);
  t.is(block.number(photoOf(block), exifTags.colorSpace), 1);
});

test('EXIF that is cut off is never taken, at whatever byte', (t) => {
  for (let length = 0; length < exif.length - 1; length++) {
    const result = uprightExif(exif.slice(0, length));
    // The last directory ends before the copyright that the block ends with.
    t.is(result, undefined, `${length} of ${exif.length}`);
  }
  t.is(uprightExif(Buffer.from('Exif\0\0')), undefined);
});

test('the orientation of XMP becomes 1, as an attribute and as an element', (t) => {
  const text = (packet: Uint8Array | undefined) => new TextDecoder().decode(packet);
  const packet = (value: number) =>
    `\ufeff<a tiff:Orientation="${value}"/><b tiff:Orientation='${value}' xmp:Rating="5"/>` +
    `<tiff:Orientation>${value}</tiff:Orientation><x:tiffOrientation>8</x:tiffOrientation>`;
  const after = uprightXmp(new TextEncoder().encode(packet(8)));
  t.deepEqual(after, new TextEncoder().encode(packet(1)));
  t.is(text(uprightXmp(xmp)), text(xmp));
  t.is(uprightXmp(Uint8Array.of(0x3c, 0xff)), undefined);
  t.is(text(uprightXmp(Uint8Array.of(...xmp, 0, 0))), text(xmp));
  for (const bytes of [[], [0], [0x3c, 0, 0x3e]]) {
    t.is(uprightXmp(Uint8Array.from(bytes)), undefined);
  }
});

test('metadata comes back from a file, and the samples are those without', async (t) => {
  const plain = await encodePicture(picture, context, { quality: 40 });
  const { metadata: none, ...samples } = await decodePicture(plain, context);
  t.is(none, undefined);
  t.is(inspectBitstream(plain).metadata, undefined);
  const kinds: [Metadata, string[]][] = [
    [{ exif, xmp }, ['EXIF', 'XMP', 'tile 0']],
    [{ exif }, ['EXIF', 'tile 0']],
    [{ xmp }, ['XMP', 'tile 0']],
  ];
  for (const [metadata, names] of kinds) {
    const bytes = await encodePicture({ ...picture, metadata }, context, { quality: 40 });
    const decoded = await decodePicture(Buffer.from(bytes), context);
    t.deepEqual(decoded, { ...samples, metadata });
    const info = inspectBitstream(bytes);
    t.deepEqual(info.metadata, metadata);
    t.deepEqual(
      info.sections.map(({ name }) => name),
      names,
    );
    t.is(
      bytes.length,
      plain.length + sectionBytes(exif, metadata.exif) + sectionBytes(xmp, metadata.xmp),
    );
    const part = await decodePicture(bytes, context, {
      region: { x: 1, y: 1, width: 9, height: 9 },
    });
    t.deepEqual(part.metadata, metadata);
  }
  const empty = await encodePicture({ ...picture, metadata: {} }, context, { quality: 40 });
  t.deepEqual(empty, plain);
});

/** Type, length of two bytes or one, checksum. */
function sectionBytes(block: Uint8Array, given: Uint8Array | undefined): number {
  return given ? 1 + (block.length + 4 < 128 ? 1 : 2) + block.length + 4 : 0;
}

test('the caller keeps the orientation, the file has 1', async (t) => {
  const turned = exifBlock({ orientation: 6 });
  const given = turned.slice();
  const bytes = await encodePicture({ ...picture, metadata: { exif: turned } }, context, {
    quality: 40,
  });
  t.deepEqual(turned, given);
  const { metadata } = await decodePicture(bytes, context);
  t.deepEqual(metadata?.exif, uprightExif(turned));
});

test('metadata of a wrong kind or size is refused by name', async (t) => {
  const cases: [unknown, string, RegExp][] = [
    ['exif', 'INVALID_ARGUMENT', /metadata/],
    [{ icc: exif }, 'INVALID_ARGUMENT', /exif and xmp .*"icc"/],
    [{ exif: 'II*' }, 'INVALID_ARGUMENT', /a Uint8Array for metadata\.exif/],
    [{ exif: new Uint8Array(0) }, 'INVALID_ARGUMENT', /metadata\.exif/],
    [{ exif: exif.slice(0, 60) }, 'INVALID_ARGUMENT', /a whole TIFF structure for metadata\.exif/],
    [
      { xmp: Uint8Array.of(0xff) },
      'INVALID_ARGUMENT',
      /UTF-8 text without zeros for metadata\.xmp/,
    ],
    [{ xmp: new Uint8Array(4) }, 'INVALID_ARGUMENT', /metadata\.xmp/],
    [{ xmp: new Uint8Array(maxMetadataBytes + 1) }, 'METADATA_TOO_LARGE', /16777217 bytes/],
  ];
  for (const [metadata, code, message] of cases) {
    const wrong = { ...picture, metadata: metadata as Metadata };
    await t.throwsAsync(encodePicture(wrong, context, { quality: 1 }), { code, message });
    await t.throwsAsync(encodeToTarget(wrong, context, { maxBytes: 1e5 }), { code, message });
  }
});

test('sections of EXIF and XMP hold 1 to 2^24 bytes', async (t) => {
  const bytes = await encodePicture(picture, context, { quality: 1 });
  const { headerBytes, tiles } = readContainer(bytes);
  const payloads = tiles.map((tile) => tile.payload);
  for (const [type, name] of [[0x82, 'EXIF'] as const, [0x83, 'XMP'] as const]) {
    const withSize = (size: number) =>
      writeContainer(headerBytes, [{ type, payload: new Uint8Array(size) }], payloads);
    for (const size of [0, maxMetadataBytes + 1]) {
      const error = { code: 'INVALID_SECTION', section: name };
      t.like(
        t.throws(() => readContainer(withSize(size))),
        error,
      );
    }
    for (const size of [1, maxMetadataBytes]) t.notThrows(() => readContainer(withSize(size)));
  }
});

/** The latents of random weights do not take more bytes at a higher quality; these do, as trained ones. */
const growing: Executor = {
  ...context.executor,
  async run(name, args, transfer) {
    const result = await context.executor.run(name, args, transfer);
    if (name !== 'writeTile') return result;
    const { q16 } = args as JobArgs<'writeTile'>;
    return new Uint8Array(Math.floor(300 * 50 ** (q16 / 1600))) as typeof result;
  },
};

test('a size target counts the sections', async (t) => {
  const large = new TextEncoder().encode('<x/>'.repeat(500));
  const withMetadata = { ...picture, metadata: { exif, xmp: large } };
  for (const maxBytes of [2800, 4000, 9000]) {
    const growingContext = { model, executor: growing };
    const { bytes, quality } = await encodeToTarget(withMetadata, growingContext, { maxBytes });
    t.true(bytes.length <= maxBytes && bytes.length >= 0.98 * maxBytes, `${bytes.length}`);
    t.like(inspectBitstream(bytes), { quality, metadata: withMetadata.metadata });
  }
  const metadataBytes = sectionBytes(exif, exif) + sectionBytes(large, large);
  await t.throwsAsync(encodeToTarget(withMetadata, context, { maxBytes: metadataBytes }), {
    code: 'UNREACHABLE_TARGET',
    message: new RegExp(`the smallest file has \\d+, of which ${metadataBytes} are metadata$`),
  });
});

test('a PSNR target keeps metadata', async (t) => {
  const psnr = 5;
  const { bytes } = await encodeToTarget({ ...picture, metadata: { exif } }, context, { psnr });
  t.deepEqual(inspectBitstream(bytes).metadata, { exif });
});
