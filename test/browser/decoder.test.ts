// The decoder in a real browser: every golden file, alpha, grey and regions as in Node, and the same refusals.
import { readdirSync, readFileSync } from 'node:fs';
import anyTest, { type TestFn } from 'ava';
import { createCodec, type Picture } from '../../src/index.ts';
import { type BrowserPage, openBrowserPage, type PageGlobals } from '../helpers/browser-page.ts';
import { drawnPicture } from '../helpers/drawn-picture.ts';
import {
  decodeCases,
  type GoldenModel,
  goldenFolder,
  goldenModels,
  readGolden,
  refuseCases,
  sha256,
} from '../helpers/golden-files.ts';

const test = anyTest.serial as TestFn;
let browserPage: BrowserPage;
const readModel = (name: string) => ({
  manifest: JSON.parse(readFileSync(`${goldenFolder}${name}.json`, 'utf8')),
  data: readGolden(`${name}.bin`),
});
const modelFiles = { ...readModel('model'), auxiliaries: [readModel('model.encoder')] };

test.before(async () => {
  const files: Record<string, string | Uint8Array> = {};
  const modelFileNames = readdirSync(goldenFolder).filter((file) =>
    goldenModels.some((model) => file.startsWith(`${model}.`)),
  );
  // The models with their auxiliaries, and the same without the encoder, for decoders.
  for (const name of modelFileNames) {
    files[`/whole/${name}`] = readGolden(name);
    if (!name.includes('.encoder.')) files[`/${name}`] = readGolden(name);
  }
  for (const { name } of goldenModels.flatMap(decodeCases)) {
    files[`/decode/${name}.nic`] = readGolden(`decode/${name}.nic`);
  }
  for (const { name } of refuseCases()) {
    files[`/refuse/${name}.nic`] = readGolden(`refuse/${name}.nic`);
  }
  browserPage = await openBrowserPage(files);
});

test.after.always(() => browserPage?.close());

interface Job {
  readonly model: GoldenModel;
  /** Paths of files on the server. */
  readonly paths: readonly string[];
  readonly threads: number;
  readonly backend: 'simd' | 'scalar';
  readonly region?: { x: number; y: number; width: number; height: number };
}

interface Decoded {
  readonly size: readonly [width: number, height: number, channels: number];
  readonly sha256: string;
  readonly alphaSha256?: string;
}

/** What the page makes of each file: a picture or an error. */
async function decodeInBrowser(job: Job): Promise<(Decoded | Record<string, unknown>)[]> {
  return await browserPage.page.evaluate(async ({ model, paths, threads, backend, region }) => {
    const { nic, sha256 } = globalThis as unknown as PageGlobals;
    const codec = await nic.createCodec({ model: `/${model}.json`, threads, backend });
    const results = [];
    for (const path of paths) {
      const bytes = new Uint8Array(await (await fetch(path)).arrayBuffer());
      try {
        const { width, height, channels, data, alpha } = await codec.decode(bytes, { region });
        results.push({
          size: [width, height, channels] as const,
          sha256: await sha256(data),
          ...(alpha && { alphaSha256: await sha256(alpha) }),
        });
      } catch (error) {
        const { name, code, section, offset } = error as Record<string, unknown>;
        const isOfClass = error instanceof nic.NicError;
        results.push({ isOfClass, class: name, code, section, offset });
      }
    }
    await codec.close();
    return results;
  }, job);
}

function hashesOf({ width, height, channels, data, alpha }: Picture): Decoded {
  const size = [width, height, channels] as const;
  return { size, sha256: sha256(data), ...(alpha && { alphaSha256: sha256(alpha) }) };
}

const settings = [
  { threads: 0, backend: 'simd' },
  { threads: 2, backend: 'simd' },
  { threads: 2, backend: 'scalar' },
] as const;

for (const setting of settings) {
  const title = `${setting.backend}, ${setting.threads} threads`;

  test(`every golden file decodes to its samples and its alpha: ${title}`, async (t) => {
    for (const model of goldenModels) {
      const cases = decodeCases(model);
      const paths = cases.map(({ name }) => `/decode/${name}.nic`);
      const decoded = await decodeInBrowser({ model, paths, ...setting });
      for (const [index, one] of cases.entries()) {
        const { width, height, channels, sha256, alphaSha256 } = one;
        const expected = { size: [width, height, channels], sha256 };
        t.deepEqual(
          decoded[index],
          alphaSha256 === undefined ? expected : { ...expected, alphaSha256 },
          one.name,
        );
      }
    }
    t.true(decodeCases().some(({ alphaSha256 }) => alphaSha256 !== undefined));
    t.true(decodeCases().some(({ channels }) => channels === 1));
  });

  test(`every file of the refuse set is refused with its code and place: ${title}`, async (t) => {
    const cases = refuseCases();
    const paths = cases.map(({ name }) => `/refuse/${name}.nic`);
    const refused = await decodeInBrowser({ model: 'model', paths, ...setting });
    for (const [index, { name, code, section, offset, ...expected }] of cases.entries()) {
      const place = { class: expected.class, code, section, offset };
      t.deepEqual(refused[index], { isOfClass: true, ...place }, name);
    }
  });
}

test('a region of pictures with alpha, in grey and over tiles is that of Node', async (t) => {
  const codec = await createCodec({ model: modelFiles, threads: 0 });
  for (const [name, region] of [
    ['alpha', { x: 3, y: 5, width: 20, height: 17 }],
    ['alpha-two-tiles', { x: 1010, y: 2, width: 25, height: 9 }],
    ['grey', { x: 17, y: 31, width: 30, height: 39 }],
    ['two-tile-columns', { x: 1020, y: 1, width: 10, height: 16 }],
    ['two-tile-rows', { x: 0, y: 1000, width: 30, height: 30 }],
  ] as const) {
    const bytes = readGolden(`decode/${name}.nic`);
    const expected = hashesOf(await codec.decode(bytes, { region }));
    for (const setting of settings) {
      const job = { model: 'model' as const, paths: [`/decode/${name}.nic`], region, ...setting };
      t.deepEqual(await decodeInBrowser(job), [expected], `${name}, ${setting.backend}`);
    }
  }
  await codec.close();
});

test('a picture with alpha is encoded to the bytes of Node', async (t) => {
  const [width, height] = [70, 45];
  const codec = await createCodec({ model: modelFiles, threads: 0 });
  const alpha = drawnPicture(width, height, 1, 3).data;
  const expected = await codec.encode({ ...drawnPicture(width, height), alpha }, { quality: 44 });
  await codec.close();
  const actual = await browserPage.page.evaluate(
    async ([width, height]) => {
      const { nic, drawnPicture, sha256 } = globalThis as unknown as PageGlobals;
      const picture = drawnPicture(width, height);
      const alpha = drawnPicture(width, height, 1, 3).data;
      const options = { model: '/whole/model.json', threads: 1, quality: 44 };
      return await sha256(await nic.encode({ ...picture, alpha }, options));
    },
    [width, height] as const,
  );
  t.is(actual, sha256(expected));
});

test('the page made no error and no request to elsewhere', (t) => {
  t.deepEqual(browserPage.complaints, []);
});
