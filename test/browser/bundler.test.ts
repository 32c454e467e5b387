// A page that Vite has bundled with the package from an empty folder: its models and its worker are found.
import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import test from 'ava';
import { launchChromium } from '../helpers/launch-chromium.ts';
import { installPacked } from '../helpers/packed-package.ts';
import { serveStatic } from '../helpers/static-server.ts';

const page = `<!doctype html><title>nic</title><link rel="icon" href="data:,"><script type="module" src="/main.js"></script>`;
const script = `
import { createCodec } from 'nic';
const codec = await createCodec({ threads: 2 });
const image = new ImageData(48, 32);
image.data.forEach((_, index) => { image.data[index] = index % 4 === 3 ? 255 : index % 251; });
try {
  const bytes = await codec.encode(image);
  const { width, height } = await codec.decode(bytes);
  globalThis.result = [width, height, bytes[0]].join();
} catch (error) {
  globalThis.result = error.code + ': ' + error.message;
}
`;

async function filesOf(folder: string): Promise<Record<string, Uint8Array>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const read = async (path: string) =>
    [`/${relative(folder, path)}`, await readFile(path)] as const;
  return Object.fromEntries(await Promise.all(paths.map(read)));
}

test('a page of Vite encodes and decodes in workers', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'nic-vite-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const npm = ['install', '--no-save', '--no-audit', '--no-fund', '--silent', 'vite@8'];
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  execFileSync('npm', npm, { cwd: folder, stdio: 'ignore' });
  await installPacked(folder);
  await writeFile(join(folder, 'index.html'), page);
  await writeFile(join(folder, 'main.js'), script);
  const vite = join(folder, 'node_modules/vite/bin/vite.js');
  execFileSync(process.execPath, [vite, 'build', '--target', 'esnext'], {
    cwd: folder,
    stdio: 'ignore',
  });

  const server = await serveStatic(await filesOf(join(folder, 'dist')));
  const browser = await launchChromium();
  t.teardown(async () => {
    await browser.close();
    await server.close();
  });
  const tab = await browser.newPage();
  tab.setDefaultTimeout(120_000);
  await tab.goto(`${server.origin}/index.html`);
  await tab.waitForFunction('globalThis.result !== undefined');
  t.is(await tab.evaluate('globalThis.result'), '48,32,142');
});
