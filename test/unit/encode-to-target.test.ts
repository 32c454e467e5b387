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
  type Progress,
  parseModel,
} from '../../codec/index.ts';
import { psnr } from '../../src/metrics/psnr.ts';
import { drawnPicture } from '../helpers/drawn-picture.ts';
import { randomModel } from '../helpers/random-model.ts';

const { manifest, data } = randomModel();
const model = parseModel(manifest, data);
const context = { model, executor: inlineExecutor(createEngine(model)) };
const picture = drawnPicture(150, 90);

/** The latents of random weights do not take more bytes at a higher quality; these do, as trained ones. */
const growing: Executor = {
  ...context.executor,
  async run(name, args, transfer) {
    const result = await context.executor.run(name, args, transfer);
    if (name !== 'compressLatents') return result;
    const { q16 } = args as JobArgs<'compressLatents'>;
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

test('a PSNR that is within the range is reached', async (t) => {
  const decoded = async (quality: number) =>
    decodePicture(await encodePicture(picture, context, { quality }), context);
  const [low, high] = [psnr(picture, await decoded(0)), psnr(picture, await decoded(100))];
  const target = (low + high) / 2;
  const { bytes } = await encodeToTarget(picture, context, { psnr: target });
  t.true(psnr(picture, await decodePicture(bytes, context)) >= target);
  await t.throwsAsync(encodeToTarget(picture, context, { psnr: 150 }), {
    code: 'UNREACHABLE_TARGET',
    message: /the best is \d+\.\d\d dB$/,
  });
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
