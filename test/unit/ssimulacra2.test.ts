import test from 'ava';
import { InvalidArgumentError } from '../../codec/errors.ts';
import { ssimulacra2, ssimulacra2Reference } from '../../src/metrics/ssimulacra2.ts';
import { drawnPicture } from '../helpers/drawn-picture.ts';

type Change = (value: number, i: number, data: Uint8Array, width: number) => number;

const changes: Readonly<Record<string, Change>> = {
  coarse: (value) => (value >> 4) * 16 + 8,
  fine: (value) => (value >> 2) * 4 + 2,
  darker: (value) => value * 0.9,
  blocks(_value, i, data, width) {
    const channel = i % 3;
    const position = (i - channel) / 3;
    const x = position % width;
    const y = Math.floor(position / width);
    return data[((y & ~7) * width + (x & ~7)) * 3 + channel];
  },
  smooth: (value, i, data) => (value + (data[i - 3] ?? value) + (data[i + 3] ?? value)) / 3,
};

/** Scores of the reference program of SSIMULACRA 2.1 (github.com/cloudinary/ssimulacra2) for the same pictures. */
const reference: readonly (readonly [number, number, number, Record<string, number>])[] = [
  [256, 192, 1, { coarse: 82.494, fine: 94.797, darker: 65.712, blocks: -61.532, smooth: 58.906 }],
  [201, 97, 2, { coarse: 55.707, fine: 90.416, darker: 69.091, blocks: -26.145, smooth: 62.92 }],
];

for (const [width, height, seed, scores] of reference) {
  for (const [name, score] of Object.entries(scores)) {
    test(`SSIMULACRA2 of ${width}x${height} ${name} is that of the reference program`, (t) => {
      const original = drawnPicture(width, height, 3, seed);
      const { data } = original;
      const changed = data.map((value, i) => {
        const result = Math.round(changes[name](value, i, data, width));
        return Math.max(0, Math.min(255, result));
      });
      const actual = ssimulacra2(original, { ...original, data: changed });
      t.true(Math.abs(actual - score) < 0.1, `${actual} instead of ${score}`);
    });
  }
}

test('SSIMULACRA2 of equal pictures is 100, also of tiny and of grey ones', (t) => {
  for (const [width, height] of [
    [64, 48],
    [8, 9],
    [3, 3],
  ]) {
    t.is(ssimulacra2(drawnPicture(width, height), drawnPicture(width, height)), 100);
    t.is(ssimulacra2(drawnPicture(width, height, 1), drawnPicture(width, height, 1)), 100);
  }
});

test('grey pictures score as RGB pictures of three equal channels', (t) => {
  const grey = [drawnPicture(80, 60, 1, 1), drawnPicture(80, 60, 1, 2)];
  const rgb = grey.map(({ width, height, data }) => ({
    width,
    height,
    channels: 3,
    data: Uint8Array.from({ length: data.length * 3 }, (_, i) => data[Math.floor(i / 3)]),
  }));
  t.is(ssimulacra2(grey[0], grey[1]), ssimulacra2(rgb[0], rgb[1]));
});

test('a prepared original gives the same scores again and again', (t) => {
  const original = drawnPicture(70, 50, 3, 1);
  const prepared = ssimulacra2Reference(original);
  for (const seed of [2, 3, 2]) {
    const other = drawnPicture(70, 50, 3, seed);
    t.is(prepared.compare(other), ssimulacra2(original, other));
  }
});

test('SSIMULACRA2 refuses pictures of two shapes', (t) => {
  t.throws(() => ssimulacra2(drawnPicture(16, 16), drawnPicture(16, 17)), {
    instanceOf: InvalidArgumentError,
  });
});
