// The frozen files of test/golden/ (see write-goldens.ts).
import { readdirSync } from 'node:fs';
import test from 'ava';
import {
  BitstreamError,
  createEngine,
  decodePicture,
  errorCodes,
  inlineExecutor,
  inspectBitstream,
  NicError,
} from '../../codec/index.ts';
import { linkWeights } from '../../codec/prior/links.ts';
import {
  decodeCases,
  type GoldenModel,
  goldenFolder,
  goldenModel,
  goldenModels,
  readGolden,
  refuseCases,
  sha256,
} from '../helpers/golden-files.ts';

function contextOf(name: GoldenModel) {
  const model = goldenModel(name);
  return { model, executor: inlineExecutor(createEngine(model)) };
}

const contexts = { model: contextOf('model'), linked: contextOf('linked') };

test('the models of the golden files are those that their hashes name', (t) => {
  for (const name of goldenModels) {
    t.is(sha256(readGolden(`${name}.bin`)), contexts[name].model.manifest.sha256);
  }
});

test('one model has links, the other has none', (t) => {
  const links = goldenModels.map((name) => linkWeights(contexts[name].model) !== undefined);
  t.deepEqual(links, [false, true]);
});

test('every golden file has a case', (t) => {
  const files = (folder: string) => readdirSync(goldenFolder + folder).sort();
  const names = (cases: { name: string }[]) => cases.map(({ name }) => `${name}.nic`).sort();
  t.deepEqual(files('decode'), names(goldenModels.flatMap(decodeCases)).sort());
  t.deepEqual(files('refuse'), names(refuseCases()));
});

for (const one of goldenModels.flatMap(decodeCases)) {
  const { name, width, height, channels, sha256: expected, alphaSha256 } = one;
  test(`${name}.nic decodes to the samples that it always had`, async (t) => {
    const bytes = readGolden(`decode/${name}.nic`);
    const picture = await decodePicture(bytes, contexts[one.model]);
    t.deepEqual([picture.width, picture.height, picture.channels], [width, height, channels]);
    t.is(sha256(picture.data), expected);
    t.is(picture.alpha && sha256(picture.alpha), alphaSha256);
    const { exif, xmp } = picture.metadata ?? {};
    t.is(exif && sha256(exif), one.exifSha256);
    t.is(xmp && sha256(xmp), one.xmpSha256);
    const info = inspectBitstream(bytes);
    t.deepEqual([info.width, info.height, info.channels], [width, height, channels]);
  });
}

for (const expected of refuseCases()) {
  test(`${expected.name}.nic is refused with ${expected.code}`, async (t) => {
    const bytes = readGolden(`refuse/${expected.name}.nic`);
    const error = await t.throwsAsync(decodePicture(bytes, contexts.model), {
      instanceOf: NicError,
    });
    const place = error instanceof BitstreamError ? error : undefined;
    t.deepEqual(
      { class: error.name, code: error.code, section: place?.section, offset: place?.offset },
      {
        class: expected.class,
        code: expected.code,
        section: expected.section,
        offset: expected.offset,
      },
    );
  });
}

test('the refuse set has a file for every bitstream code', (t) => {
  const seen = new Set(refuseCases().map(({ code }) => code));
  for (const [code, { kind }] of Object.entries(errorCodes)) {
    if (kind === 'bitstream') t.true(seen.has(code), code);
  }
});
