// The package in a real browser: the same bytes and samples as in Node, the same errors.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import anyTest, { type TestFn } from 'ava';
import { createCodec } from '../../src/index.ts';
import { type BrowserPage, openBrowserPage, type PageGlobals } from '../helpers/browser-page.ts';
import { drawnPicture } from '../helpers/drawn-picture.ts';
import { randomModel } from '../helpers/random-model.ts';
import { randomUncertainty } from '../helpers/random-uncertainty.ts';

const test = anyTest.serial as TestFn;
let shared: BrowserPage;
const model = randomModel();
const [encoder] = model.auxiliaries;
const uncertainty = randomUncertainty(model);

test.before(async () => {
  shared = await openBrowserPage({
    '/random.json': JSON.stringify(model.manifest),
    '/random.bin': model.data,
    '/random.encoder.json': JSON.stringify(encoder.manifest),
    '/random.encoder.bin': encoder.data,
    '/random.uncertainty.json': JSON.stringify(uncertainty.manifest),
    '/random.uncertainty.bin': uncertainty.data,
  });
});

test.after.always(() => shared?.close());

interface Job {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly quality: number;
  readonly effort?: number;
  readonly threads: number;
  readonly backend: 'simd' | 'scalar';
  /** Place of the model; missing for the one of the package. */
  readonly model?: string;
}

interface Hashes {
  readonly bytes: string;
  readonly samples: string;
}

async function hashesInBrowser(job: Job): Promise<Hashes> {
  return await shared.page.evaluate(async (args) => {
    const { nic, drawnPicture, sha256 } = globalThis as unknown as PageGlobals;
    const { width, height, channels, quality, effort, ...options } = args;
    const codec = await nic.createCodec(options);
    const picture = drawnPicture(width, height, channels);
    const bytes = await codec.encode(picture, { quality, effort });
    const decoded = await codec.decode(bytes);
    await codec.close();
    return { bytes: await sha256(bytes), samples: await sha256(decoded.data) };
  }, job);
}

async function hashesInNode(job: Job, isTrained: boolean) {
  const { width, height, channels, quality, effort } = job;
  const codec = await createCodec({ threads: 1, model: isTrained ? undefined : model });
  const sha256 = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');
  const bytes = await codec.encode(drawnPicture(width, height, channels), { quality, effort });
  const decoded = await codec.decode(bytes);
  await codec.close();
  return { bytes: sha256(bytes), samples: sha256(decoded.data) };
}

const parity = JSON.parse(
  readFileSync(new URL('../../../test/conformance/parity/base.json', import.meta.url), 'utf8'),
) as {
  pictures: { width: number; height: number; results: { quality: number }[] }[];
};

const pictures = [
  { width: 1, height: 1, channels: 3, quality: 50 },
  { width: 16, height: 16, channels: 3, quality: 100 },
  { width: 97, height: 31, channels: 3, quality: 0 },
  { width: 200, height: 133, channels: 3, quality: 62.5 },
  { width: 128, height: 300, channels: 1, quality: 40 },
  { width: 1050, height: 40, channels: 3, quality: 75 },
  { width: 24, height: 1030, channels: 3, quality: 20 },
] as const;

for (const picture of pictures) {
  const { width, height, channels, quality } = picture;
  test(`${width}x${height}x${channels} at quality ${quality} has the bytes and samples of Node`, async (t) => {
    const expected = await hashesInNode({ ...picture, threads: 1, backend: 'simd' }, false);
    for (const backend of ['simd', 'scalar'] as const) {
      for (const threads of [0, 2]) {
        const job = { ...picture, threads, backend, model: '/random.json' };
        t.deepEqual(await hashesInBrowser(job), expected, `${backend}, ${threads} threads`);
      }
    }
  });
}

for (const { width, height, results } of parity.pictures) {
  test(`the model of the package: ${width}x${height} has the bytes and samples of Node, which parity.test.ts holds to Python`, async (t) => {
    const { quality } = results[results.length - 1];
    const picture = { width, height, channels: 3, quality } as const;
    const searched = { ...picture, effort: 1, threads: 1, backend: 'simd' } as const;
    const expected = await hashesInNode({ ...picture, threads: 1, backend: 'simd' }, true);
    for (const threads of [0, 2]) {
      t.deepEqual(await hashesInBrowser({ ...picture, threads, backend: 'simd' }), expected);
    }
    const scalar = { ...picture, threads: 2, backend: 'scalar' } as const;
    t.deepEqual(await hashesInBrowser(scalar), expected);
    t.deepEqual(await hashesInBrowser(searched), await hashesInNode(searched, true));
  });
}

test('the map of the errors is that of Node, its model loaded when it is asked for', async (t) => {
  const codec = await createCodec({
    threads: 0,
    model: { ...model, auxiliaries: [encoder, uncertainty] },
  });
  const bytes = await codec.encode(drawnPicture(97, 131));
  const expected = (await codec.decode(bytes, { uncertainty: true })).uncertainty;
  await codec.close();
  for (const threads of [0, 2]) {
    const map = await shared.page.evaluate(
      async ({ bytes, threads }) => {
        const { nic } = globalThis as unknown as PageGlobals;
        const options = { model: '/random.json', threads, uncertainty: true };
        const { uncertainty } = await nic.decode(Uint8Array.from(bytes), options);
        return uncertainty && { data: [...uncertainty.data], unit: uncertainty.unit };
      },
      { bytes: [...bytes], threads },
    );
    t.deepEqual(map, expected && { data: [...expected.data], unit: expected.unit });
  }
});

test('the ImageData of a canvas goes in and comes out', async (t) => {
  const result = await shared.page.evaluate(async () => {
    const { nic } = globalThis as unknown as PageGlobals;
    const canvas = new OffscreenCanvas(64, 48);
    const context = canvas.getContext('2d') as OffscreenCanvasRenderingContext2D;
    context.fillStyle = '#4080c0';
    context.fillRect(0, 0, 64, 48);
    const bytes = await nic.encode(context.getImageData(0, 0, 64, 48), { model: '/random.json' });
    const picture = await nic.decode(bytes, { model: '/random.json' });
    const image = nic.toImageData(picture);
    context.putImageData(image, 0, 0);
    const { width, height, quality } = nic.inspect(bytes);
    return {
      width,
      height,
      isDefault: quality === nic.defaultQuality,
      data: [...image.data.slice(0, 4)],
      channels: picture.channels,
    };
  });
  t.like(result, { width: 64, height: 48, isDefault: true, channels: 3 });
  t.is(result.data[3], 255);
});

test('errors of a worker keep their class and code', async (t) => {
  const result = await shared.page.evaluate(async () => {
    const { nic, drawnPicture } = globalThis as unknown as PageGlobals;
    const codec = await nic.createCodec({ model: '/random.json', threads: 1 });
    const bytes = await codec.encode(drawnPicture(60, 60));
    bytes[bytes.length - 9] ^= 0x40;
    const error: unknown = await codec.decode(bytes).catch((reason: unknown) => reason);
    await codec.close();
    return { isOfClass: error instanceof nic.BitstreamError, text: String(error) };
  });
  t.true(result.isOfClass, result.text);
});

test('a model that is not there is a ModelError', async (t) => {
  const code = await shared.page.evaluate(async () => {
    const { nic } = globalThis as unknown as PageGlobals;
    const error: unknown = await nic
      .createCodec({ model: '/nowhere.json' })
      .catch((reason: unknown) => reason);
    return error instanceof nic.ModelError ? error.code : String(error);
  });
  t.is(code, 'MODEL_NOT_FOUND');
  // The browser itself notes each missing file.
  t.is(shared.complaints.splice(0).filter((text) => !/404/.test(text)).length, 0);
});

test('the page made no error and no request to elsewhere', (t) => {
  t.deepEqual(shared.complaints, []);
});
