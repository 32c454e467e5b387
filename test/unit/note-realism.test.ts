import test from 'ava';
import { imageFormats } from '../../src/image/image-formats.ts';
import { encodeImage } from '../../src/image/write-image.ts';
import { readImage } from '../../src/node.ts';
import { drawnPicture } from '../helpers/drawn-picture.ts';
import { exifBlock } from '../helpers/exif-block.ts';

const note = /nic:decoder="perceptual" nic:realism="0\.5"/;
const picture = { ...drawnPicture(30, 20), realism: 0.5 };

async function xmpOf(file: Uint8Array): Promise<string | undefined> {
  const { metadata } = await readImage(file);
  return metadata?.xmp && new TextDecoder().decode(metadata.xmp);
}

for (const format of imageFormats) {
  test(`a ${format} of a picture with realism says so in its XMP`, async (t) => {
    t.regex((await xmpOf(await encodeImage(picture, format))) ?? '', note);
  });
}

test('a picture of the faithful decoder has no note, nor has one without metadata', async (t) => {
  t.is(await xmpOf(await encodeImage(drawnPicture(30, 20), 'png')), undefined);
  t.is(await xmpOf(await encodeImage(picture, 'png', { strip: true })), undefined);
});

test('the note joins the XMP that is there', async (t) => {
  const text =
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#">' +
    '<r:Description r:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" dc:title="$&amp;"/></r:RDF ></x:xmpmeta>';
  const metadata = { xmp: new TextEncoder().encode(text) };
  const noted = await xmpOf(await encodeImage({ ...picture, metadata }, 'png'));
  t.regex(noted ?? '', note);
  t.is((noted ?? '').replace(/<rdf:Description [^>]*nic:decoder[^>]*>/, ''), text);
});

test('XMP without a place for the note stays as it is, and that is said', async (t) => {
  const warnings: string[] = [];
  const metadata = { xmp: new TextEncoder().encode('<x:xmpmeta xmlns:x="adobe:ns:meta/"/>') };
  const file = await encodeImage({ ...picture, metadata }, 'png', {
    onWarning: (text) => warnings.push(text),
  });
  t.is(await xmpOf(file), '<x:xmpmeta xmlns:x="adobe:ns:meta/"/>');
  t.is(warnings.length, 1);
  t.regex(warnings[0], /no place for the note/);
});

test('where a JPEG cannot hold the XMP it holds the note alone, and that is said', async (t) => {
  const warnings: string[] = [];
  const long = `<x:xmpmeta xmlns:x="adobe:ns:meta/"><r:RDF>${' '.repeat(65_400)}</r:RDF></x:xmpmeta>`;
  const metadata = { xmp: new TextEncoder().encode(long), exif: exifBlock() };
  const onWarning = (text: string) => warnings.push(text);
  const file = await encodeImage({ ...picture, metadata }, 'jpeg', { onWarning });
  const noted = (await xmpOf(file)) ?? '';
  t.regex(noted, note);
  t.true(noted.length < 500);
  t.deepEqual((await readImage(file)).metadata?.exif, metadata.exif);
  t.is(warnings.length, 1);
  t.regex(warnings[0], /^XMP of 65463 bytes was dropped but for the note.* at most 65504$/);
  const png = await xmpOf(await encodeImage({ ...picture, metadata }, 'png', { onWarning }));
  t.true((png ?? '').length > 65_400);
  t.is(warnings.length, 1);
});
