import test from 'ava';
import { samplePicture } from '../../codec/sample-picture.ts';
import { drawnPicture } from '../helpers/drawn-picture.ts';

test('a sample is a seventh of a large picture, made of its parts', (t) => {
  const picture = drawnPicture(1024, 768);
  const sample = samplePicture(picture);
  t.deepEqual([sample.width, sample.height], [4 * 96, 3 * 96]);
  // The second part of the first row begins at column 256 + 128 - 48, row 128 - 48.
  const at = ({ data, width }: typeof picture, x: number, y: number) =>
    data.slice((y * width + x) * 3, (y * width + x) * 3 + 96 * 3);
  t.deepEqual(at(sample, 96, 5), at(picture, 336, 85));
});

test('a small picture and a narrow one are sampled as far as they go', (t) => {
  t.deepEqual(samplePicture(drawnPicture(90, 50)), drawnPicture(90, 50));
  const { width, height, channels, data } = samplePicture(drawnPicture(7, 2000, 1));
  t.deepEqual([width, height, channels, data.length], [7, 8 * 96, 1, 7 * 8 * 96]);
});
