// npm run uncertainty -- FOLDER [FIGURE.svg]: how well the uncertainty map predicts the errors on a folder of pictures, as tables of
// Markdown on stdout and as a figure (docs/uncertainty.md).
import { parseArgs } from 'node:util';
import { findFiles } from '../../src/cli/find-files.ts';
import { isPictureName } from '../../src/image/is-picture-name.ts';
import { writeFileAtomic } from '../../src/image/write-file-atomic.ts';
import { createCodec } from '../../src/index.ts';
import { readImage } from '../../src/node.ts';
import { type Block, blocksOf, decilesOf, rankCorrelation } from './calibration.ts';
import { plotDeciles } from './plot.ts';

const qualities = [10, 35, 60, 85];

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { model: { type: 'string' } },
});
const [folder, figure] = positionals;
if (folder === undefined) throw new Error('Expected a folder of pictures');
const files = await findFiles([folder], isPictureName);
if (files.length === 0) throw new Error(`No pictures in ${folder}`);

const blocks = qualities.map((): Block[] => []);
/** Rank correlation within each picture. */
const within = qualities.map((): number[] => []);
const codec = await createCodec({ model: values.model });
for (const { path } of files) {
  const { alpha: _, ...original } = await readImage(path);
  for (const [index, quality] of qualities.entries()) {
    const bytes = await codec.encode(original, { quality });
    const decoded = await codec.decode(bytes, { uncertainty: true });
    if (!decoded.uncertainty) throw new Error('The decoder gave no map');
    const own = blocksOf(original, decoded, decoded.uncertainty);
    blocks[index].push(...own);
    within[index].push(rankCorrelation(own));
  }
}
await codec.close();

const mean = (numbers: readonly number[]) =>
  numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
const rootMeanSquare = (of: readonly Block[], key: keyof Block) =>
  Math.sqrt(mean(of.map((block) => block[key] ** 2)));
const deciles = blocks.map(decilesOf);
const row = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
const lines = [
  `${files.length} pictures, blocks of 16x16`,
  '',
  row(['quality', 'predicted RMS', 'real RMS', 'rank correlation, all', 'within a picture']),
  '|---|---|---|---|---|',
  ...qualities.map((quality, index) =>
    row([
      quality,
      rootMeanSquare(blocks[index], 'predicted').toFixed(2),
      rootMeanSquare(blocks[index], 'real').toFixed(2),
      rankCorrelation(blocks[index]).toFixed(3),
      mean(within[index]).toFixed(3),
    ]),
  ),
  '',
  row(['decile', ...qualities.map((quality) => `quality ${quality}: predicted, real`)]),
  `|---${'|---'.repeat(qualities.length)}|`,
  ...deciles[0].map((_, decile) =>
    row([
      decile + 1,
      ...deciles.map(
        (own) => `${own[decile].predicted.toFixed(2)}, ${own[decile].real.toFixed(2)}`,
      ),
    ]),
  ),
];
process.stdout.write(`${lines.join('\n')}\n`);
if (figure !== undefined) {
  const series = qualities.map((quality, index) => ({
    label: `quality ${quality}`,
    deciles: deciles[index],
  }));
  const svg = plotDeciles('Predicted and real error by decile', series);
  await writeFileAtomic(figure, new TextEncoder().encode(svg));
}
