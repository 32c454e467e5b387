// The ten drawings of `npm run drawings`: what they are, and that nothing but their code decides on their samples.

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';
import { readImage } from '../../src/node.ts';
import { cosine, sine } from '../../tooling/drawings/curves.ts';
import { drawings } from '../../tooling/drawings/drawings.ts';

const main = fileURLToPath(new URL('../../tooling/drawings/main.js', import.meta.url));
const run = promisify(execFile);

function hashOf(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex').slice(0, 16);
}

/** Changed on purpose only: results that were measured on the drawings name them by their hashes. */
const expected: Readonly<Record<string, string>> = {
  chart: 'b4b0feec08e8bfa7',
  'code-editor': '6b13e35cdccd0aa6',
  dialog: 'bc3ca0d9c618e0be',
  'flow-diagram': 'cd78db83417cbf2c',
  icons: 'dc378f646bfb1fae',
  'line-art': 'db3d552ad472e110',
  'pixel-art': '6fb6cb495f17d55c',
  'road-map': '821f9fca64b6c3a5',
  spreadsheet: '7c1d43523582d41e',
  'text-page': '1a0bedec00395324',
};

test('ten different pictures of 768x512, drawn twice alike, with the samples of every machine', (t) => {
  const hashes: Record<string, string> = {};
  for (const [name, draw] of Object.entries(drawings)) {
    const { width, height, channels, data } = draw();
    t.deepEqual([width, height, channels, data.length], [768, 512, 3, 768 * 512 * 3], name);
    hashes[name] = hashOf(data);
    t.is(hashOf(draw().data), hashes[name], `${name} differs when it is drawn again`);
    const colors = new Set<number>();
    for (let i = 0; i < data.length; i += 3) {
      colors.add((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]);
    }
    t.true(colors.size >= 16, `${name} has only ${colors.size} colors`);
  }
  t.is(Object.keys(hashes).length, 10);
  t.is(new Set(Object.values(hashes)).size, 10);
  t.deepEqual(hashes, expected);
});

test('the tool writes ten PNG files and overwrites none without --force', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'nic-drawings-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const own = join(folder, 'text-page.png');
  await writeFile(own, 'mine');
  const error = await t.throwsAsync(run(process.execPath, [main, folder]));
  t.regex((error as { stderr?: string }).stderr ?? '', /text-page\.png exists/);
  t.deepEqual(await readdir(folder), ['text-page.png']);
  await run(process.execPath, [main, folder, '--force']);
  const files = Object.keys(drawings).map((name) => `${name}.png`);
  t.deepEqual((await readdir(folder)).sort(), files.sort());
  const { data } = await readImage(own);
  t.is(hashOf(data), hashOf(drawings['text-page']().data));
});

test('the sine of the drawings is that of Math to nine digits', (t) => {
  for (let turns = -3; turns <= 3; turns += 0.0371) {
    t.true(Math.abs(sine(turns) - Math.sin(turns * 2 * Math.PI)) < 1e-9, `sine(${turns})`);
    t.true(Math.abs(cosine(turns) - Math.cos(turns * 2 * Math.PI)) < 1e-9, `cosine(${turns})`);
  }
});
