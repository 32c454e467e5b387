// `npm run report`: makes the README's figure and table, and the page in reports/out, from the committed rows.
// `npm run report -- --check` changes nothing and fails where the README is not what the rows give.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { aggregate } from './aggregate.ts';
import { curveFigure, rasterize, writeReport } from './formats.ts';
import { readPublished } from './published.ts';
import { readmeSection, replaceSection } from './readme.ts';
import { readRowsFiles } from './rows.ts';

const dataset = 'kodak';
const root = fileURLToPath(new URL('../../', import.meta.url));
const readmePath = join(root, 'README.md');
const figurePath = join(root, 'docs', 'figures', `${dataset}-psnr`);

const files = await readRowsFiles(join(root, 'reports', 'results', dataset));
const report = aggregate(files, { published: await readPublished(dataset) });
const figure = curveFigure(report);
const section = readmeSection(report, `${relative(root, figurePath).replaceAll('\\', '/')}.png`);
const readme = await readFile(readmePath, 'utf8').catch(() => '');
const changed = replaceSection(readme, section);

if (process.argv.includes('--check')) {
  const drawn = await readFile(`${figurePath}.svg`, 'utf8').catch(() => '');
  const stale = [
    ...(changed === readme ? [] : ['README.md']),
    ...(drawn === figure ? [] : [`${relative(root, figurePath)}.svg`]),
  ];
  if (stale.length > 0) {
    process.stderr.write(`Not what the stored rows give: ${stale.join(', ')}; npm run report\n`);
    process.exitCode = 1;
  }
} else {
  await mkdir(join(root, 'docs', 'figures'), { recursive: true });
  await writeFile(`${figurePath}.svg`, figure);
  await writeFile(`${figurePath}.png`, await rasterize(figure));
  const out = join(root, 'reports', 'out');
  const written = await writeReport({ report, files, pictures: [] }, out, ['html', 'md']);
  if (changed === undefined) {
    process.stderr.write('README.md has no report markers; the section is:\n\n');
    process.stdout.write(`${section}\n`);
  } else {
    await writeFile(readmePath, changed);
  }
  const paths = [`${figurePath}.svg`, `${figurePath}.png`, ...written];
  process.stderr.write(`${paths.map((path) => relative(root, path)).join('\n')}\n`);
}
