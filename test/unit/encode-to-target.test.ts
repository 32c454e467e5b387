import test from 'ava';
import {
  createEngine,
  decodePicture,
  type Executor,
  encodePicture,
  encodeToTarget,
  inlineExecutor,
  inspectBitstream,
  type JobArgs,
  type Picture,
  type Progress,
} from '../../codec/index.ts';
import { RepeatedCoder } from '../../codec/repeated-coder.ts';
import { psnr } from '../../src/metrics/psnr.ts';
import { drawnPicture } from '../helpers/drawn-picture.ts';
import { modelOf } from '../helpers/model-of.ts';
import { randomModel } from '../helpers/random-model.ts';

const model = modelOf(randomModel());
const context = { model, executor: inlineExecutor(createEngine(model)) };
const picture = drawnPicture(150, 90);

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

test('a size is met from below and the file says its quality', async (t) => {
  for (const maxBytes of [400, 1000, 3000, 9000]) {
    const { bytes, quality } = await encodeToTarget(
      picture,
      { model, executor: growing },
      { maxBytes },
    );
    t.true(bytes.length <= maxBytes && bytes.length >= 0.98 * maxBytes, `${bytes.length}`);
    t.is(inspectBitstream(bytes).quality, quality);
  }
});

test('a file of a given size is the file of its quality, and decodes', async (t) => {
  const middle = await encodePicture(picture, context, { quality: 50 });
  const { bytes, quality } = await encodeToTarget(picture, context, { maxBytes: middle.length });
  t.true(bytes.length <= middle.length);
  const { length } = await encodePicture(picture, context, { quality });
  t.true(Math.abs(length - bytes.length) < 0.1 * length, `${length} and ${bytes.length}`);
  t.like(await decodePicture(bytes, context), { width: 150, height: 90, channels: 3 });
});

test('a size that no quality meets is refused with the smallest one', async (t) => {
  const smallest = (await encodeToTarget(picture, context, { maxBytes: 1e6 })).bytes.length;
  t.true(smallest > 0);
  const message = /^The picture cannot be coded in 40 bytes; the smallest file has \d+$/;
  await t.throwsAsync(encodeToTarget(picture, context, { maxBytes: 40 }), {
    name: 'LimitError',
    code: 'UNREACHABLE_TARGET',
    message,
  });
});

/** PSNR halfway between those of the ends of the range. */
async function middlePsnr(one: Picture): Promise<number> {
  const reachedAt = async (quality: number) => {
    const bytes = await encodePicture(one, context, { quality });
    return psnr(one, await decodePicture(bytes, context));
  };
  return (await reachedAt(0)) / 2 + (await reachedAt(100)) / 2;
}

/** Every other column half transparent, so that the alpha has something to code. */
function withAlpha(one: Picture): Picture {
  const alpha = new Uint8Array(one.width * one.height).map((_, index) => (index % 2 ? 128 : 255));
  return { ...one, alpha };
}

/** The executor, and how often each job was run by it. */
function counting(): { executor: Executor; counts: Map<string, number> } {
  const counts = new Map<string, number>();
  const executor: Executor = {
    ...context.executor,
    run(name, args, transfer) {
      counts.set(name, (counts.get(name) ?? 0) + 1);
      return context.executor.run(name, args, transfer);
    },
  };
  return { executor, counts };
}

const kinds: readonly (readonly [string, Picture])[] = [
  ['a picture', picture],
  ['a grey picture', drawnPicture(90, 70, 1)],
  ['a picture with alpha', withAlpha(drawnPicture(70, 50))],
  ['a picture of two tiles', drawnPicture(1040, 33)],
];
for (const [name, one] of kinds) {
  test(`${name} reaches a PSNR within the range once decoded, and is coded once`, async (t) => {
    const target = await middlePsnr(one);
    const { executor, counts } = counting();
    const { bytes, quality } = await encodeToTarget(one, { model, executor }, { psnr: target });
    const decoded = await decodePicture(bytes, context);
    const reached = psnr(one, decoded);
    t.true(reached >= target, `${reached} for ${target}`);
    t.is(inspectBitstream(bytes).quality, quality);
    t.deepEqual(decoded.alpha, one.alpha);
    const tiles = Math.ceil(one.width / 1024);
    t.is(counts.get('writeTile'), tiles);
    t.is(counts.get('compressAlpha') ?? 0, one.alpha ? tiles : 0);
    t.false(counts.has('decompressLatents'));
  });
}

test('the measured PSNR of a quality is that of its file', async (t) => {
  const coder = new RepeatedCoder(picture, context, 16 * 2, {});
  for (const q16 of [0, 700, 1600, 640]) {
    const measured = await coder.measureAt(q16);
    const decoded = await decodePicture(await measured.code(), context);
    t.true(Math.abs(measured.psnr - psnr(picture, decoded)) < 1e-9);
  }
});

test('what is measured is what is coded, even when the picture was analyzed anew since', async (t) => {
  const coder = new RepeatedCoder(picture, context, 16 * 2, {});
  const measured = await coder.measureAt(200);
  await coder.measureAt(1500);
  const decoded = await decodePicture(await measured.code(), context);
  t.is(measured.q16, 200);
  t.true(Math.abs(measured.psnr - psnr(picture, decoded)) < 1e-9);
});

test('the lowest quality is coded as without a search, whatever was analyzed before', async (t) => {
  const coder = new RepeatedCoder(picture, context, 16 * 2, {});
  await coder.codeAt(100);
  t.deepEqual(await coder.codeAt(0), await encodePicture(picture, context, { quality: 0 }));
});

test('a PSNR out of the range is refused with the best one', async (t) => {
  for (const one of [picture, drawnPicture(40, 40, 1)]) {
    await t.throwsAsync(encodeToTarget(one, context, { psnr: 150 }), {
      name: 'LimitError',
      code: 'UNREACHABLE_TARGET',
      message: /^The picture cannot be coded with a PSNR of 150 dB; the best is \d+\.\d\d dB$/,
    });
  }
});

test('alpha is coded once for all qualities, and every file decodes to it', async (t) => {
  const one = withAlpha(drawnPicture(70, 50));
  const { executor, counts } = counting();
  const coder = new RepeatedCoder(one, { model, executor }, 16 * 2, {});
  for (const q16 of [800, 1000, 640]) {
    const bytes = await coder.codeAt(q16);
    t.is(inspectBitstream(bytes).quality, q16 / 16);
    t.deepEqual((await decodePicture(bytes, context)).alpha, one.alpha);
  }
  t.is(counts.get('compressAlpha'), 1);
});

test('exactly one target is asked for, and progress ends at one', async (t) => {
  await t.throwsAsync(encodeToTarget(picture, context, {}), { code: 'INVALID_ARGUMENT' });
  const both = { maxBytes: 1000, psnr: 30 };
  await t.throwsAsync(encodeToTarget(picture, context, both), { code: 'INVALID_ARGUMENT' });
  const reports: Progress[] = [];
  const onProgress = (progress: Progress) => reports.push(progress);
  await encodeToTarget(picture, context, { maxBytes: 1e6 }, { onProgress });
  t.is(reports.at(-1)?.fraction, 1);
  for (let i = 1; i < reports.length; i++) {
    t.true(reports[i].fraction >= reports[i - 1].fraction);
  }
  const reason = new Error('enough');
  const signal = AbortSignal.abort(reason);
  await t.throwsAsync(encodeToTarget(picture, context, { maxBytes: 1e6 }, { signal }), {
    is: reason,
  });
});
