import test from 'ava';
import {
  createEngine,
  decodePicture,
  type ErrorCode,
  type Executor,
  encodePicture,
  inlineExecutor,
  inspectBitstream,
  type Picture,
  type Progress,
  runJob,
} from '../../codec/index.ts';
import { drawnPicture } from '../helpers/drawn-picture.ts';
import { modelOf } from '../helpers/model-of.ts';
import { randomModel } from '../helpers/random-model.ts';

function contextOf(options: Parameters<typeof randomModel>[0] = {}) {
  const model = modelOf(randomModel(options));
  return { model, executor: inlineExecutor(createEngine(model)) };
}

const context = contextOf();

test('pictures of every size around the borders of blocks, latents and hyper latents keep their size', async (t) => {
  for (const width of [1, 7, 8, 9, 15, 16, 17, 63, 64, 65]) {
    for (const [height, channels] of [
      [1, 3],
      [33, 1],
    ] as const) {
      const picture = drawnPicture(width, height, channels);
      const bytes = await encodePicture(picture, context, { quality: 60 });
      const decoded = await decodePicture(bytes, context);
      t.like(decoded, { width, height, channels });
      t.is(decoded.data.length, width * height * channels);
      t.like(inspectBitstream(bytes), { width, height, channels, quality: 60 });
    }
  }
});

test('encoding does not change the picture, nor decoding the bytes', async (t) => {
  const picture = drawnPicture(50, 40);
  const data = picture.data.slice();
  const bytes = await encodePicture(picture, context, { quality: 10 });
  t.deepEqual(picture.data, data);
  const copy = bytes.slice();
  await decodePicture(bytes, context);
  t.deepEqual(bytes, copy);
});

test('bytes that are a part of a larger buffer decode alike', async (t) => {
  const bytes = await encodePicture(drawnPicture(30, 30), context, { quality: 10 });
  const moved = new Uint8Array(bytes.length + 100).fill(9);
  moved.set(bytes, 33);
  t.deepEqual(
    await decodePicture(moved.subarray(33, 33 + bytes.length), context),
    await decodePicture(bytes, context),
  );
});

test('quality is kept in sixteenths', async (t) => {
  const picture = drawnPicture(5, 5);
  for (const [quality, kept] of [
    [0, 0],
    [0.04, 0.0625],
    [33.33, 33.3125],
    [99.98, 100],
    [100, 100],
  ]) {
    const bytes = await encodePicture(picture, context, { quality });
    t.is(inspectBitstream(bytes).quality, kept);
  }
});

test('progress rises from above 0 to 1', async (t) => {
  const seen: Progress[] = [];
  const onProgress = (progress: Progress) => seen.push(progress);
  const bytes = await encodePicture(drawnPicture(1100, 30), context, { quality: 5, onProgress });
  t.deepEqual([...new Set(seen.map(({ stage }) => stage))].sort(), ['analysis', 'entropy']);
  checkRise();
  seen.length = 0;
  await decodePicture(bytes, context, { onProgress });
  t.deepEqual([...new Set(seen.map(({ stage }) => stage))].sort(), ['entropy', 'synthesis']);
  checkRise();

  function checkRise() {
    const fractions = seen.map(({ fraction }) => fraction);
    t.true(fractions.length >= 3);
    t.true(fractions[0] > 0 && fractions[0] < 1);
    t.true(fractions.every((fraction, index) => index === 0 || fraction > fractions[index - 1]));
    t.is(fractions.at(-1), 1);
  }
});

test('an abort ends encoding and decoding with its reason', async (t) => {
  const picture = drawnPicture(1100, 30);
  const bytes = await encodePicture(picture, context, { quality: 5 });
  for (const start of [
    (options: object) => encodePicture(picture, context, { quality: 5, ...options }),
    (options: object) => decodePicture(bytes, context, options),
  ]) {
    const reason = new Error('changed my mind');
    await t.throwsAsync(start({ signal: AbortSignal.abort(reason) }), { is: reason });
    const controller = new AbortController();
    let reports = 0;
    const onProgress = () => {
      reports++;
      controller.abort(reason);
    };
    await t.throwsAsync(start({ signal: controller.signal, onProgress }), { is: reason });
    t.true(reports >= 1 && reports <= 2, `${reports} reports`);
  }
});

test('an abort by a timer reaches the executor on the same thread', async (t) => {
  const controller = new AbortController();
  setTimeout(() => controller.abort(new Error('late')), 0);
  const options = { quality: 5, signal: controller.signal };
  await t.throwsAsync(encodePicture(drawnPicture(2100, 30), context, options), {
    message: 'late',
  });
});

test('a failing job ends the work with its own error, when the others have ended', async (t) => {
  const engine = createEngine(context.model);
  let open = 0;
  const executor: Executor = {
    concurrency: 3,
    run: async (name, args) => {
      open++;
      await new Promise((resolve) => setTimeout(resolve, 1));
      open--;
      if (name === 'writeTile') throw new Error('worker died');
      return runJob(engine, name, args);
    },
    close: async () => {},
  };
  const encoding = encodePicture(
    drawnPicture(2100, 30),
    { model: context.model, executor },
    { quality: 1 },
  );
  await t.throwsAsync(encoding, { message: 'worker died' });
  t.is(open, 0);
});

const good = drawnPicture(4, 3);
const badPictures: [Partial<Record<keyof Picture, unknown>>, ErrorCode, string][] = [
  [
    { width: 0 },
    'INVALID_ARGUMENT',
    'Expected a positive integer for width but received 0 of type number',
  ],
  [
    { height: 1.5 },
    'INVALID_ARGUMENT',
    'Expected a positive integer for height but received 1.5 of type number',
  ],
  [
    { width: '4' },
    'INVALID_ARGUMENT',
    'Expected a positive integer for width but received "4" of type string',
  ],
  [
    { channels: 4 },
    'INVALID_ARGUMENT',
    'Expected 1 or 3 for channels but received 4 of type number',
  ],
  [
    { data: [0] },
    'INVALID_ARGUMENT',
    'Expected a Uint8Array for data but received an object of type Array',
  ],
  [{ height: 4 }, 'INVALID_ARGUMENT', 'Expected 48 bytes for data but received 36 of type number'],
  [
    { width: 65536 },
    'PICTURE_TOO_LARGE',
    'The width of the picture is 65536 but the format holds at most 65535',
  ],
  [
    { width: 65535, height: 65535 },
    'TOO_MANY_PIXELS',
    'The picture has 65535 x 65535 pixels but at most 268435456 are allowed',
  ],
];
for (const [change, code, message] of badPictures) {
  test(`a picture is refused: ${message}`, async (t) => {
    const picture = { ...good, ...change } as Picture;
    await t.throwsAsync(encodePicture(picture, context, { quality: 50 }), { code, message });
  });
}

test('a quality that is no number from 0 to 100 is refused', async (t) => {
  for (const quality of [-0.1, 100.1, Number.NaN, '50', undefined, null]) {
    await t.throwsAsync(encodePicture(good, context, { quality: quality as number }), {
      code: 'INVALID_ARGUMENT',
      message: /^Expected a number from 0 to 100 for quality but received /,
    });
  }
});

test('a picture of another model, or of other weights, is refused', async (t) => {
  const bytes = await encodePicture(good, context, { quality: 50 });
  await t.throwsAsync(decodePicture(bytes, contextOf({ id: 2 })), {
    code: 'MODEL_NOT_FOUND',
    message: 'The picture needs model 1 but model 2 (random) is loaded',
  });
  await t.throwsAsync(decodePicture(bytes, contextOf({ seed: 2 })), { code: 'MODEL_MISMATCH' });
});

test('a picture above maxPixels is refused', async (t) => {
  const bytes = await encodePicture(good, context, { quality: 50 });
  await t.throwsAsync(decodePicture(bytes, context, { maxPixels: 11 }), {
    code: 'TOO_MANY_PIXELS',
  });
  await t.notThrowsAsync(decodePicture(bytes, context, { maxPixels: 12 }));
});
