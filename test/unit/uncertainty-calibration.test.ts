import test from 'ava';
import { blocksOf, decilesOf, rankCorrelation } from '../../tooling/uncertainty/calibration.ts';
import { plotDeciles } from '../../tooling/uncertainty/plot.ts';

const blocks = Array.from({ length: 100 }, (_, index) => ({
  predicted: (index * 37) % 100,
  real: 2 * ((index * 37) % 100),
}));

test('blocks have the root mean squares of both sides over RGB', (t) => {
  const [width, height] = [33, 16];
  const picture = (level: number) => ({
    width,
    height,
    channels: 3 as const,
    data: new Uint8Array(width * height * 3).fill(level),
  });
  const decoded = picture(100);
  for (let index = 0; index < 16 * 3; index++) decoded.data[index] = 104;
  const map = { data: new Uint8Array(width * height).fill(12), unit: 8 };
  const found = blocksOf(picture(100), decoded, map);
  t.deepEqual(found, [
    { predicted: 1.5, real: 1 },
    { predicted: 1.5, real: 0 },
  ]);
});

test('rank correlation is 1 for any rising relation, -1 for a falling one, and shares ranks of ties', (t) => {
  const of = (relation: (value: number) => number) =>
    rankCorrelation(blocks.map(({ predicted }) => ({ predicted, real: relation(predicted) })));
  t.is(
    of((value) => value ** 3),
    1,
  );
  t.is(
    of((value) => -value),
    -1,
  );
  const ties = rankCorrelation([
    { predicted: 1, real: 1 },
    { predicted: 1, real: 2 },
    { predicted: 2, real: 3 },
  ]);
  t.true(Math.abs(ties - Math.sqrt(3) / 2) < 1e-12);
});

test('deciles are ordered by the prediction, and every block is in one', (t) => {
  const deciles = decilesOf(blocks);
  t.deepEqual(
    deciles.map((decile) => decile.blocks),
    new Array(10).fill(10),
  );
  for (const { predicted, real } of deciles) t.true(Math.abs(real - 2 * predicted) < 1e-9);
  t.true(Math.abs(deciles[9].predicted - Math.sqrt(8938.5)) < 1e-9);
});

test('the figure has a line a quality', (t) => {
  const svg = plotDeciles('Errors', [{ label: 'quality 10', deciles: decilesOf(blocks) }]);
  t.is(svg.match(/<circle/g)?.length, 10);
  t.true(svg.includes('>quality 10</text>'));
  t.notRegex(svg, /NaN|Infinity/);
});
