import test from 'ava';
import {
  createEngine,
  decodePicture,
  encodePicture,
  inlineExecutor,
  type Picture,
  type Rectangle,
} from '../../codec/index.ts';
import { drawnPicture } from '../helpers/drawn-picture.ts';
import { modelOf } from '../helpers/model-of.ts';
import { randomModel } from '../helpers/random-model.ts';
import { unevenPicture } from '../helpers/uneven-picture.ts';

const model = modelOf(randomModel());
const context = { model, executor: inlineExecutor(createEngine(model)) };

function cut(samples: Uint8Array, { width, channels }: Picture, region: Rectangle): Uint8Array {
  const rows = Array.from({ length: region.height }, (_, row) => {
    const start = ((region.y + row) * width + region.x) * channels;
    return samples.subarray(start, start + region.width * channels);
  });
  return Uint8Array.from(rows.flatMap((row) => [...row]));
}

const regions: readonly Rectangle[] = [
  { x: 0, y: 0, width: 1, height: 1 },
  { x: 1010, y: 5, width: 40, height: 60 },
  { x: 1099, y: 69, width: 1, height: 1 },
  { x: 17, y: 33, width: 200, height: 3 },
  { x: 0, y: 0, width: 1100, height: 70 },
];

for (const channels of [1, 3] as const) {
  test(`a region of ${channels} channels and alpha is the cut of the whole`, async (t) => {
    const picture = {
      ...drawnPicture(1100, 70, channels),
      alpha: drawnPicture(1100, 70, 1, 3).data,
    };
    const bytes = await encodePicture(picture, context, { quality: channels === 3 ? 100 : 30 });
    const whole = await decodePicture(bytes, context);
    for (const region of regions) {
      const part = await decodePicture(bytes, context, { region });
      t.deepEqual([part.width, part.height], [region.width, region.height]);
      t.deepEqual(part.data, cut(whole.data, whole, region));
      t.deepEqual(part.alpha, cut(picture.alpha, { ...whole, channels: 1 }, region));
    }
  });
}

test('a region is the cut of the whole where qualities differ', async (t) => {
  const picture = unevenPicture(1100, 70);
  const bytes = await encodePicture(picture, { ...context, tune: 'visual' }, { quality: 40 });
  t.notDeepEqual(bytes, await encodePicture(picture, context, { quality: 40 }));
  const whole = await decodePicture(bytes, context);
  for (const region of regions) {
    const part = await decodePicture(bytes, context, { region });
    t.deepEqual(part.data, cut(whole.data, whole, region));
  }
});

test('only the tiles that a region needs are decoded, and progress ends at one', async (t) => {
  const bytes = await encodePicture(drawnPicture(3100, 20), context, { quality: 30 });
  const jobs: string[] = [];
  const executor: typeof context.executor = {
    ...context.executor,
    run: (name, args) => {
      jobs.push(name);
      return context.executor.run(name, args);
    },
  };
  const fractions: number[] = [];
  await decodePicture(
    bytes,
    { model, executor },
    {
      region: { x: 1300, y: 0, width: 300, height: 20 },
      onProgress: ({ fraction }) => fractions.push(fraction),
    },
  );
  t.is(jobs.filter((name) => name === 'decompressLatents').length, 1);
  t.is(fractions.at(-1), 1);
});

test('a region that is not in the picture is refused', async (t) => {
  const bytes = await encodePicture(drawnPicture(30, 20), context, { quality: 30 });
  for (const change of [{ x: -1 }, { x: 30 }, { width: 31 }, { height: 0 }, { y: 0.5 }]) {
    const region = { x: 0, y: 0, width: 30, height: 20, ...change };
    await t.throwsAsync(decodePicture(bytes, context, { region }), {
      code: 'INVALID_ARGUMENT',
      message: /an integer from \d+ to \d+ for region\./,
    });
  }
});
