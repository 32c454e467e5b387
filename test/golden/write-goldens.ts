// Writes the golden files anew: node build/test/golden/write-goldens.js --overwrite
//
// Within a major version of the format the decode set must not change; cases may be added.
import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import {
  readContainer,
  tileChecksumSeed,
  writeContainer,
} from '../../codec/bitstream/container.ts';
import { crc32 } from '../../codec/bitstream/crc32.ts';
import {
  BitstreamError,
  createEngine,
  decodePicture,
  encodePicture,
  inlineExecutor,
  inspectBitstream,
  NicError,
  priorKinds,
} from '../../codec/index.ts';
import { drawnPicture } from '../helpers/drawn-picture.ts';
import { exifBlock } from '../helpers/exif-block.ts';
import {
  type DecodeCase,
  type GoldenModel,
  goldenFolder,
  type RefuseCase,
  sha256,
} from '../helpers/golden-files.ts';
import { randomModel } from '../helpers/random-model.ts';
import { modelWithPriors, randomLstm, randomRbm } from '../helpers/random-prior.ts';
import { unevenPicture } from '../helpers/uneven-picture.ts';

const { values } = parseArgs({ options: { overwrite: { type: 'boolean', default: false } } });
if (!values.overwrite) {
  throw new Error('Golden files are rewritten only with --overwrite');
}

for (const folder of ['decode', 'refuse']) mkdirSync(goldenFolder + folder, { recursive: true });

/** Writes a model, and gives what codes with it. */
function writeModel(name: GoldenModel, links: number) {
  const base = randomModel({
    seed: 20,
    latentChannels: 32,
    hyperChannels: 8,
    priorChannels: 16,
    analysisChannels: 16,
    synthesisChannels: 8,
    links,
    id: 255,
  });
  const auxiliaries = [...base.auxiliaries, randomLstm(base), randomRbm(base)];
  for (const { manifest, data } of [base, ...auxiliaries]) {
    const file = goldenFolder + ('kind' in manifest ? `${name}.${manifest.kind}` : name);
    writeFileSync(`${file}.json`, JSON.stringify(manifest));
    writeFileSync(`${file}.bin`, data);
  }
  const model = modelWithPriors(base);
  return { model, executor: inlineExecutor(createEngine(model)) };
}

const context = writeModel('model', 0);
const linked = writeModel('linked', 6000);

const decodeSet = new Map<string, Uint8Array>();
const linkedSet = new Map<string, Uint8Array>();

async function encode(
  name: string,
  width: number,
  height: number,
  channels: 1 | 3,
  quality: number,
) {
  const picture = drawnPicture(width, height, channels);
  decodeSet.set(name, await encodePicture(picture, context, { quality }));
}

await encode('one-pixel-grey', 1, 1, 1, 50);
await encode('one-pixel', 1, 1, 3, 0);
await encode('odd-size', 37, 21, 3, 62.5);
await encode('lowest-quality', 80, 48, 3, 0);
await encode('highest-quality', 48, 80, 3, 100);
await encode('between-levels', 65, 64, 3, 33.0625);
await encode('grey', 50, 70, 1, 80);
await encode('two-tile-columns', 1040, 18, 3, 40);
await encode('two-tile-rows', 30, 1030, 1, 20);

/** Splits a file without ancillary sections into header and tiles. */
function partsOf(bytes: Uint8Array): { header: Uint8Array; tiles: Uint8Array[] } {
  const { headerBytes, sections } = inspectBitstream(bytes);
  const tiles = sections.map(({ offset, sizeBytes }) => {
    const lengthBytes = sizeBytes - 2 < 128 ? 1 : sizeBytes - 3 < 16384 ? 2 : 3;
    return bytes.slice(offset + 1 + lengthBytes, offset + sizeBytes);
  });
  return { header: bytes.slice(0, headerBytes), tiles };
}

const small = decodeSet.get('odd-size') as Uint8Array;
const { header, tiles } = partsOf(small);
const known = { type: 0x81, payload: Uint8Array.of(1, 2, 3) };
const unknown = { type: 0xfe, payload: new Uint8Array(200).fill(7) };
decodeSet.set('ancillary-sections', writeContainer(header, [known, unknown], tiles));

/** Soft edges, a hole and a row of single samples. */
function drawnAlpha(width: number, height: number): Uint8Array {
  return Uint8Array.from({ length: width * height }, (_, index) => {
    const x = index % width;
    const y = Math.floor(index / width);
    const distance = Math.hypot(x - width / 2, y - height / 2) - Math.min(width, height) / 3;
    if (y === 3) return (x * 37) & 255;
    return x < 9 ? 0 : Math.max(0, Math.min(255, Math.round(128 - 60 * distance)));
  });
}

for (const [name, width, height, channels] of [
  ['alpha', 61, 43, 3],
  ['grey-alpha', 24, 40, 1],
  ['alpha-two-tiles', 1050, 17, 3],
] as const) {
  const picture = { ...drawnPicture(width, height, channels), alpha: drawnAlpha(width, height) };
  decodeSet.set(name, await encodePicture(picture, context, { quality: 30 }));
}
const faint = { ...drawnPicture(20, 20), alpha: new Uint8Array(400).fill(77) };
decodeSet.set('alpha-constant', await encodePicture(faint, context, { quality: 30 }));

// A block with every directory of EXIF, of a camera that was held upright.
const exif = exifBlock({ littleEndian: false });
const xmp = new TextEncoder().encode('<x:xmpmeta xmlns:x="adobe:ns:meta/">é</x:xmpmeta>');
const described = { ...drawnPicture(37, 21), metadata: { exif, xmp } };
decodeSet.set('metadata', await encodePicture(described, context, { quality: 62.5 }));

for (const prior of priorKinds.slice(1)) {
  const options = { quality: prior === 'lstm' ? 100 : 45 };
  const picture = drawnPicture(1040, 40, prior === 'rbm' ? 1 : 3);
  decodeSet.set(`prior-${prior}`, await encodePicture(picture, { ...context, prior }, options));
}

for (const [name, width, height, channels, quality, prior] of [
  ['quality-map', 300, 200, 3, 50, 'base'],
  ['quality-map-grey', 190, 70, 1, 12, 'adaptive'],
  ['quality-map-tiles', 1100, 40, 3, 80, 'mix'],
] as const) {
  const visual = { ...context, prior, tune: 'visual' } as const;
  decodeSet.set(
    name,
    await encodePicture(unevenPicture(width, height, channels), visual, { quality }),
  );
}

for (const prior of ['adaptive', 'mix'] as const) {
  const picture = drawnPicture(1040, 40);
  const bytes = await encodePicture(picture, { ...linked, prior }, { quality: 45 });
  linkedSet.set(`links-${prior}`, bytes);
}

const decodeCases: DecodeCase[] = [];
for (const [model, set, codec] of [
  ['model', decodeSet, context],
  ['linked', linkedSet, linked],
] as const) {
  for (const [name, bytes] of set) {
    const { width, height, channels, data, alpha, metadata } = await decodePicture(bytes, codec);
    const alphaSha256 = alpha && sha256(alpha);
    const exifSha256 = metadata?.exif && sha256(metadata.exif);
    const xmpSha256 = metadata?.xmp && sha256(metadata.xmp);
    const shape = { name, model, width, height, channels };
    decodeCases.push({ ...shape, sha256: sha256(data), alphaSha256, exifSha256, xmpSha256 });
    writeFileSync(`${goldenFolder}decode/${name}.nic`, bytes);
  }
}
writeFileSync(`${goldenFolder}decode.json`, `${JSON.stringify(decodeCases, null, 2)}\n`);

const refuseSet = new Map<string, Uint8Array>();

/** `count` bytes at `offset` replaced by others. */
function splice(bytes: Uint8Array, offset: number, count: number, ...others: number[]): Uint8Array {
  return Uint8Array.of(...bytes.slice(0, offset), ...others, ...bytes.slice(offset + count));
}

function refuse(name: string, bytes: Uint8Array): void {
  refuseSet.set(name, bytes);
}

const headerEnd = header.length;
const lengthOffset = headerEnd + 1;
refuse('empty', new Uint8Array(0));
refuse('png-magic', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a));
refuse('line-ends-rewritten', splice(small, 4, 2, 0x0a));
refuse('high-bit-cleared', splice(small, 0, 1, 0x0e));
refuse('cut-in-magic', small.slice(0, 4));
refuse('cut-in-header', small.slice(0, 11));
refuse('cut-before-tile', small.slice(0, headerEnd));
refuse('cut-in-tile', small.slice(0, -1));
refuse('major-version-2', splice(small, 6, 1, 0x20));
refuse('minor-version-changed', splice(small, 6, 1, 0x11));
refuse('model-id-0', splice(small, 7, 1, 0));
refuse('other-model-id', splice(small, 7, 1, 1));
refuse('other-model-hash', splice(small, 8, 1, small[8] ^ 1));
refuse('reserved-prior', splice(small, 12, 1, small[12] | 0xa0));
refuse('prior-changed', splice(small, 12, 1, small[12] | 0x20));
const mixed = decodeSet.get('prior-mix') as Uint8Array;
refuse('other-prior-hash', splice(mixed, 14, 1, mixed[14] ^ 1));
refuse('prior-cut', mixed.slice(0, -1));
refuse('prior-byte-changed', splice(mixed, 900, 1, mixed[900] ^ 0x10));
const mapped = decodeSet.get('quality-map') as Uint8Array;
refuse('quality-of-another-map', splice(mapped, 13, 1, mapped[13] ^ 0x40));
refuse('alpha-missing', splice(small, 12, 1, small[12] | 0x10));
refuse('grey-flag-changed', splice(small, 12, 1, small[12] ^ 0x08));
refuse('quality-out-of-range', splice(small, 12, 2, 0x06, 0x41));
refuse('quality-changed', splice(small, 13, 1, small[13] ^ 1));
refuse('width-0', splice(small, 14, 1, 0));
refuse('width-in-long-form', splice(small, 14, 1, small[14] | 0x80, 0x00));
refuse('width-65536', splice(small, 14, 1, 0x80, 0x80, 0x04));
refuse('width-without-end', splice(small, 14, 1, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01));
refuse('width-changed', splice(small, 14, 1, small[14] - 1));
refuse('too-many-pixels', splice(small, 14, 2, 0xff, 0xff, 0x03, 0xff, 0xff, 0x03));
refuse('unknown-critical-section', splice(small, headerEnd, 1, 0x03));
refuse('length-past-end', splice(small, lengthOffset, 2, 0xff, 0xff, 0xff, 0xff, 0x0f));
refuse('tile-too-short', splice(small, lengthOffset, small.length, 0x04, 1, 2, 3, 4));
refuse('trailing-byte', Uint8Array.of(...small, 0));
refuse('two-tiles-for-one', writeContainer(header, [], [tiles[0], tiles[0]]));
refuse('ancillary-order', writeContainer(header, [unknown, known], tiles));
refuse('ancillary-twice', writeContainer(header, [known, known], tiles));
const withAncillary = writeContainer(header, [known], tiles);
refuse('ancillary-checksum', splice(withAncillary, headerEnd + 2, 1, 0xff));
for (const [name, type] of [['exif-empty', 0x82] as const, ['xmp-empty', 0x83] as const]) {
  refuse(name, writeContainer(header, [{ type, payload: new Uint8Array(0) }], tiles));
}
refuse('ancillary-too-short', splice(withAncillary, headerEnd + 1, 8, 0x03, 1, 2, 3));
const columns = partsOf(decodeSet.get('two-tile-columns') as Uint8Array);
const [left, right] = columns.tiles;
refuse(
  'ancillary-after-tile',
  new Uint8Array([
    ...columns.header,
    ...writeContainer(new Uint8Array(0), [], [left]),
    ...writeContainer(new Uint8Array(0), [known], [right]),
  ]),
);
refuse('state-too-small', writeContainer(header, [], [splice(tiles[0], 0, 2, 0, 0)]));
refuse('state-too-large', writeContainer(header, [], [splice(tiles[0], 0, 1, 0xff)]));
refuse('stream-too-short', writeContainer(header, [], [tiles[0].slice(0, -2)]));
refuse('stream-too-long', writeContainer(header, [], [Uint8Array.of(...tiles[0], 0)]));
refuse('last-byte-changed', splice(small, small.length - 1, 1, small[small.length - 1] ^ 1));
refuse(
  'tile-of-another-picture',
  writeContainer(
    header,
    [],
    partsOf(await encodePicture(drawnPicture(37, 21, 3), context, { quality: 62 })).tiles,
  ),
);
const checksumOfNothing = crc32(new Uint8Array(0), tileChecksumSeed(header, 1));
refuse(
  'noise-for-a-stream',
  writeContainer(
    header,
    [],
    [
      Uint8Array.from(
        { length: 90 },
        (_, index) => (Math.imul(index + 1, checksumOfNothing) >>> 8) & 0x7f,
      ),
    ],
  ),
);

const clear = decodeSet.get('alpha') as Uint8Array;
const clearContainer = readContainer(clear);
const [alphaSection] = clearContainer.alphas;
const coded = alphaSection.payload;
const withAlpha = (payload: Uint8Array) =>
  writeContainer(
    clearContainer.headerBytes,
    [],
    clearContainer.tiles.map((tile) => tile.payload),
    [payload],
  );
refuse('alpha-unexpected', splice(clear, 12, 1, clear[12] & ~0x10));
refuse('alpha-too-short', withAlpha(coded.slice(0, 4)));
refuse('alpha-cut', withAlpha(coded.slice(0, 20)));
refuse('alpha-too-long', withAlpha(Uint8Array.of(...coded.slice(0, -4), 0, ...coded.slice(-4))));
refuse('alpha-changed', withAlpha(splice(coded, 9, 1, coded[9] ^ 1)));
refuse('alpha-checksum', withAlpha(splice(coded, coded.length - 1, 1, (coded.at(-1) ?? 0) ^ 1)));
refuse(
  'alpha-of-another-tile',
  withAlpha(readContainer(decodeSet.get('alpha-two-tiles') as Uint8Array).alphas[1].payload),
);

const refuseCases: RefuseCase[] = [];
for (const [name, bytes] of refuseSet) {
  const error: unknown = await decodePicture(bytes, context).catch((error: unknown) => error);
  if (!(error instanceof NicError)) throw new Error(`${name} was not refused`);
  const { section, offset } = error instanceof BitstreamError ? error : {};
  refuseCases.push({ name, class: error.name, code: error.code, section, offset });
  writeFileSync(`${goldenFolder}refuse/${name}.nic`, bytes);
}
writeFileSync(`${goldenFolder}refuse.json`, `${JSON.stringify(refuseCases, null, 2)}\n`);
