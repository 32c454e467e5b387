// Damaged metadata never keeps a picture from being read or written.
import test from 'ava';
import fc from 'fast-check';
import { uprightExif, uprightXmp } from '../../codec/index.ts';
import { readImage } from '../../src/image/read-image.ts';
import { encodeImage } from '../../src/image/write-image.ts';
import { drawnPicture } from '../helpers/drawn-picture.ts';
import { exifBlock } from '../helpers/exif-block.ts';

const picture = drawnPicture(9, 7);
const thumbnail = Uint8Array.of(0xff, 0xd8, 1, 2, 3, 0xff, 0xd9);

/** EXIF blocks of either byte order with some bytes changed, and cut off. */
const blocks = fc
  .record({
    littleEndian: fc.boolean(),
    orientation: fc.integer({ min: 0, max: 9 }),
    changes: fc.array(
      fc.tuple(fc.nat(), fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constant(255))),
      { maxLength: 6 },
    ),
    share: fc.oneof(fc.constant(1), fc.double({ min: 0, max: 1, noNaN: true })),
  })
  .map(({ littleEndian, orientation, changes, share }) => {
    const block = exifBlock({ littleEndian, orientation, thumbnail });
    for (const [place, value] of changes) block[place % block.length] = value;
    return block.slice(0, Math.ceil(block.length * share));
  });

test('a block is upright or refused, and upright twice is upright once', (t) => {
  fc.assert(
    fc.property(blocks, (block) => {
      const given = block.slice();
      const first = uprightExif(block);
      t.deepEqual(block, given);
      if (first) t.deepEqual(uprightExif(first), first);
    }),
    { numRuns: 2000 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ min: 1, maxLength: 40 }), (bytes) => {
      const first = uprightXmp(bytes);
      if (first) t.deepEqual(first, bytes);
    }),
  );
});

test('a picture with any block is written, and read with the block or with a warning', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      blocks,
      fc.constantFrom('png', 'jpeg', 'webp', 'tiff'),
      async (exif, format) => {
        const warnings: string[] = [];
        const onWarning = (message: string) => warnings.push(message);
        const file = await encodeImage({ ...picture, metadata: { exif } }, format as 'png', {
          onWarning,
        });
        const result = await readImage(file, { onWarning });
        t.like(result.picture, { width: 9, height: 7 });
        const upright = uprightExif(exif);
        if (format !== 'tiff' && upright) {
          t.deepEqual(result.picture.metadata?.exif, upright);
          t.deepEqual(warnings, []);
        }
        if (!upright) t.deepEqual(warnings, ['EXIF is damaged and was dropped']);
      },
    ),
    { numRuns: 120 },
  );
});
