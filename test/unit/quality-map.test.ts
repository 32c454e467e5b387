// Qualities that differ from place to place: the map, its deltas in the stream, and what the encoder makes of a picture.
import test from 'ava';
import fc from 'fast-check';
import { checkQuality } from '../../codec/engine/quality.ts';
import { cdfTables } from '../../codec/entropy/cdf-tables.ts';
import { RansDecoder } from '../../codec/entropy/rans-decoder.ts';
import { RansEncoder } from '../../codec/entropy/rans-encoder.ts';
import {
  BitstreamError,
  createEngine,
  decodePicture,
  encodePicture,
  encodeToTarget,
  InvalidArgumentError,
  inlineExecutor,
  type Picture,
  type Tensor,
} from '../../codec/index.ts';
import { readDeltas, writeDeltas } from '../../codec/latent/code-deltas.ts';
import { measureActivity } from '../../codec/latent/measure-activity.ts';
import { qualityMap } from '../../codec/latent/quality-map.ts';
import { PictureQuality } from '../../codec/picture-quality.ts';
import { loadModelSet } from '../../src/api/load-model.ts';
import { nodePlatform } from '../../src/api/node-platform.ts';
import { psnr } from '../../src/metrics/psnr.ts';
import { drawLandscape } from '../../tooling/demo/landscape.ts';
import { modelOf } from '../helpers/model-of.ts';
import { randomModel } from '../helpers/random-model.ts';
import { unevenPicture } from '../helpers/uneven-picture.ts';

const model = modelOf(randomModel());
const context = { model, executor: inlineExecutor(createEngine(model)) };

function deltasOf(rows: readonly (readonly number[])[]): Tensor {
  const data = Int16Array.from(rows.flat());
  return { height: rows.length, width: rows[0].length, channels: 1, data };
}

test('without deltas a map has the quality of the picture everywhere', (t) => {
  const { height, width, data } = qualityMap(333, undefined, { height: 3, width: 5 });
  t.deepEqual([height, width], [3, 5]);
  t.deepEqual([...data], new Array(15).fill(333));
});

test('a map runs linearly from the middle of one node to that of the next', (t) => {
  const { data } = qualityMap(800, deltasOf([[1, -1, 2]]), { height: 1, width: 11 });
  // Middles at 1.5, 5.5 and 9.5.
  const expected = [864, 864, 848, 816, 784, 752, 760, 808, 856, 904, 928];
  t.deepEqual([...data], expected);
  const turned = qualityMap(800, deltasOf([[1], [-1], [2]]), { height: 11, width: 1 });
  t.deepEqual([...turned.data], expected);
});

/** Deltas of at most `side` x `side` nodes, up to `most` in size. */
function drawnDeltas(side: number, most: number): fc.Arbitrary<Tensor> {
  const size = fc.integer({ min: 1, max: side });
  return fc.tuple(size, size).chain(([height, width]) => {
    const length = { minLength: height * width, maxLength: height * width };
    const values = fc.array(fc.integer({ min: -most, max: most }), length);
    return values.map((data) => ({ height, width, channels: 1, data: Int16Array.from(data) }));
  });
}

test('no position of a map leaves what its nodes span', (t) => {
  const property = fc.property(drawnDeltas(4, 5), (deltas) => {
    const { height, width, data } = deltas;
    const map = qualityMap(700, deltas, { height: 4 * height, width: 4 * width });
    const [low, high] = [Math.min(...data), Math.max(...data)].map((delta) => 700 + 64 * delta);
    return map.data.every((q16) => q16 >= low && q16 <= high);
  });
  t.notThrows(() => fc.assert(property));
});

test('a quality out of range is refused, and a map of another shape', (t) => {
  const map = { height: 1, width: 3, channels: 1, data: Int16Array.of(0, 1600, 5) };
  t.notThrows(() => checkQuality(map));
  t.notThrows(() => checkQuality(1600));
  for (const wrong of [1601, -1, 0.5, Number.NaN]) {
    t.throws(() => checkQuality(wrong), { instanceOf: InvalidArgumentError });
  }
  t.throws(() => checkQuality({ ...map, data: Int16Array.of(0, 1601, 5) }), { message: /1601/ });
  t.throws(() => checkQuality({ ...map, channels: 8 }), { message: /map of one channel/ });
  t.throws(() => checkQuality({ ...map, width: 2 }), { message: /map of one channel/ });
});

function written(deltas: Tensor | undefined): Uint8Array {
  const encoder = new RansEncoder(cdfTables(model));
  writeDeltas(encoder, deltas);
  return encoder.finish(0);
}

test('deltas come back from their stream, and none cost next to nothing', (t) => {
  const tables = cdfTables(model);
  const property = fc.property(drawnDeltas(16, 9), (deltas) => {
    deltas.data[0] ||= 3;
    const decoder = new RansDecoder(tables, written(deltas));
    t.deepEqual(readDeltas(decoder, deltas.height, deltas.width, 800), deltas);
    t.is(decoder.finish(), 0);
  });
  fc.assert(property);
  t.is(readDeltas(new RansDecoder(tables, written(undefined)), 16, 16, 800), undefined);
  t.is(written(undefined).length, new RansEncoder(tables).finish(0).length);
});

test('deltas that leave the range of qualities or do nothing are refused', (t) => {
  const read = (deltas: Tensor, q16: number) =>
    readDeltas(
      new RansDecoder(cdfTables(model), written(deltas)),
      deltas.height,
      deltas.width,
      q16,
    );
  const corrupt = { instanceOf: BitstreamError, code: 'CORRUPT_LATENTS' };
  t.throws(() => read(deltasOf([[0, 2]]), 1473), { ...corrupt, message: /quality out of range/ });
  t.throws(() => read(deltasOf([[-3, 0]]), 191), { ...corrupt, message: /quality out of range/ });
  t.notThrows(() => read(deltasOf([[-3, 2]]), 192));
  t.notThrows(() => read(deltasOf([[0, 2]]), 1472));
  t.throws(() => read(deltasOf([[0, 0]]), 800), { ...corrupt, message: /does nothing/ });
});

test('activity is the mean of the logarithm of the variance of blocks', (t) => {
  const flat = {
    pixels: new Uint8Array(130 * 70).fill(9),
    width: 130,
    height: 70,
    channels: 1,
  } as const;
  const silent = Math.round(Math.log2(100) * 4096) / 4096;
  t.deepEqual([...measureActivity(flat)], new Array(6).fill(silent));
  // One block of the second node has the variance 100 ** 2 in each of its halves.
  const pixels = flat.pixels.slice();
  for (let y = 0; y < 16; y++) for (let x = 64; x < 80; x++) pixels[y * 130 + x] = y < 8 ? 0 : 200;
  const busy = measureActivity({ ...flat, pixels });
  const loud = Math.round(Math.log2(100 + 10_000) * 4096) / 4096;
  t.deepEqual([...busy], [silent, (15 * silent + loud) / 16, silent, silent, silent, silent]);
  const color = new Uint8Array(3 * pixels.length).map((_, index) => pixels[Math.floor(index / 3)]);
  t.deepEqual(measureActivity({ ...flat, pixels: color, channels: 3 }), busy);
});

test('tuned for the eye, smooth places have more quality than busy ones, but not at either end', async (t) => {
  const picture = unevenPicture(256, 128);
  const spread = await PictureQuality.of(picture, { ...context, tune: 'visual' });
  const deltas = spread.deltasOf(0, 800) as Tensor;
  t.deepEqual([deltas.height, deltas.width], [2, 4]);
  for (const row of [0, 4]) {
    t.true(deltas.data[row] > 0 && deltas.data[row] >= deltas.data[row + 1], `${deltas.data}`);
    t.true(deltas.data[row + 3] < 0 && deltas.data[row + 3] <= deltas.data[row + 2]);
  }
  const region = { x: 3, y: 1, width: 9, height: 5 };
  const map = spread.in(region, 800) as Tensor;
  const whole = qualityMap(800, deltas, { height: 8, width: 16 });
  t.deepEqual([...map.data.subarray(0, 9)], [...whole.data.subarray(19, 28)]);
  for (const q16 of [0, 63, 1537, 1600]) {
    t.is(spread.deltasOf(0, q16), undefined);
    t.is(spread.in(region, q16), q16);
  }
  const plain = await PictureQuality.of(picture, context);
  t.is(plain.deltasOf(0, 800), undefined);
  t.is(plain.in(region, 800), 800);
});

test('the mean activity is that of all tiles', async (t) => {
  const data = Uint8Array.from({ length: 2048 * 64 * 3 }, (_, index) =>
    index % 6144 < 3072 ? (index * 7919) % 251 : 80,
  );
  const picture: Picture = { width: 2048, height: 64, channels: 3, data };
  const spread = await PictureQuality.of(picture, { ...context, tune: 'visual' });
  t.true((spread.deltasOf(0, 800) as Tensor).data.every((delta) => delta < 0));
  t.true((spread.deltasOf(1, 800) as Tensor).data.every((delta) => delta > 0));
});

test('a target of size or PSNR is met with qualities that differ', async (t) => {
  const { model } = await loadModelSet(nodePlatform, ['encoder']);
  const plain = { model, executor: inlineExecutor(createEngine(model)) };
  const visual = { ...plain, tune: 'visual' } as const;
  const picture = drawLandscape(256, 192);
  const bySize = await encodeToTarget(picture, visual, { maxBytes: 3000 });
  t.true(bySize.bytes.length <= 3000 && bySize.bytes.length >= 0.98 * 3000);
  const flat = await encodePicture(picture, plain, { quality: bySize.quality });
  t.notDeepEqual(bySize.bytes, flat);
  const { bytes } = await encodeToTarget(picture, visual, { psnr: 33 });
  const reached = psnr(picture, await decodePicture(bytes, plain));
  t.true(reached >= 33 && reached <= 33.05, `${reached}`);
});
