// The package as it is published, in an empty folder: what `npm pack` leaves out is missing here.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import sharp from 'sharp';
import { drawnPicture } from '../helpers/drawn-picture.ts';
import { installPacked, packageRoot } from '../helpers/packed-package.ts';
import { writeRandomModel } from '../helpers/run-cli.ts';

const maxSizeBytes = 40e6;
const maxDependencyBytes = 60e6;
let folder: string;
let installed: string;

test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nic-pack-'));
  installed = await installPacked(folder);
  await writeRandomModel(folder);
  const { data, ...raw } = drawnPicture(60, 40);
  await sharp(data, { raw }).png().toFile(join(folder, 'in.png'));
});

test.after.always(() => rm(folder, { recursive: true }));

function node(...args: string[]): string {
  return execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
}

test('the installed command encodes and decodes', async (t) => {
  const { bin } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'));
  const nic = join(installed, bin.nic);
  t.regex(await readFile(nic, 'utf8'), /^#!\/usr\/bin\/env node\n/);
  node(nic, 'encode', 'in.png', 'out.nic', '--model', 'random.json', '--quiet');
  node(nic, 'decode', 'out.nic', 'out.png', '--model', 'random.json', '--quiet');
  t.like(await sharp(join(folder, 'out.png')).metadata(), { width: 60, height: 40 });
  if (existsSync(join(packageRoot, 'codec/models/base.json'))) {
    node(nic, 'encode', 'in.png', 'base.nic', '--quiet');
    t.true((await stat(join(folder, 'base.nic'))).size > 20);
  }
});

test('the entry points of the package are imported by name', (t) => {
  const script = `
    import { createCodec, inspect, NicError } from 'nic';
    import { readImage } from 'nic/node';
    const codec = await createCodec({ model: 'random.json', threads: 1 });
    const bytes = await codec.encode(await readImage('in.png'));
    const { width, height } = await codec.decode(bytes);
    console.log(width, height, inspect(bytes).width, typeof NicError);
  `;
  t.is(node('--input-type=module', '-e', script), '60 40 60 function\n');
});

test('internals cannot be imported', (t) => {
  const script = `await import('nic/build/codec/index.js').catch((e) => console.log(e.code));`;
  t.is(node('--input-type=module', '-e', script), 'ERR_PACKAGE_PATH_NOT_EXPORTED\n');
});

test('what browsers and compilers are pointed to exists, and tests and sources do not', async (t) => {
  const { exports } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'));
  const places = JSON.stringify(exports).match(/\.\/build[^"]*/g) ?? [];
  t.true(places.length >= 6);
  for (const place of places) t.true(existsSync(join(installed, place)), place);
  t.false(existsSync(join(installed, 'build/test')));
  t.deepEqual((await readdir(join(installed, 'training'))).sort(), [
    'README.md',
    'nic_training',
    'pyproject.toml',
  ]);
  const trainer = await readdir(join(installed, 'training/nic_training'), { recursive: true });
  t.true(trainer.includes('__main__.py') && trainer.includes('configs'));
  t.deepEqual(trainer.filter((name) => !/\.(py|json)$/.test(name)).sort(), [
    'auxiliary',
    'configs',
  ]);
  t.true(existsSync(join(installed, 'LICENSE')));
});

test('the types of the package compile against strict settings', async (t) => {
  await writeFile(
    join(folder, 'use.ts'),
    `import { type Codec, createCodec, decode, encode, type Picture } from 'nic';
import { encodeFile, type FileResult } from 'nic/node';
const codec: Codec = await createCodec({ threads: 1 });
const picture: Picture = await decode(await encode({ width: 1, height: 1, data: new Uint8Array(3) }));
const result: FileResult = await encodeFile('a.png', 'a.nic', { codec, quality: 30 });
// @ts-expect-error a misspelt option
await codec.encode(picture, { qualty: 3 });
export { result };
`,
  );
  const tsc = join(packageRoot, 'node_modules/typescript/bin/tsc');
  const settings = ['--strict', '--module', 'nodenext', '--target', 'es2022', '--noEmit'];
  const types = ['--types', 'node', '--typeRoots', join(packageRoot, 'node_modules/@types')];
  t.notThrows(() => node(tsc, ...settings, ...types, join(folder, 'use.ts')));
});

/** Bytes of the files in a folder, without the packages in it. */
async function sizeOf(path: string): Promise<number> {
  let sizeBytes = 0;
  for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    if (file.slice(path.length).includes('node_modules')) continue;
    if (entry.isFile()) sizeBytes += (await stat(file)).size;
  }
  return sizeBytes;
}

test('the package is small', async (t) => {
  const sizeBytes = await sizeOf(installed);
  t.log(`${(sizeBytes / 1e6).toFixed(1)} MB`);
  t.true(sizeBytes > 100_000 && sizeBytes < maxSizeBytes, `${sizeBytes} bytes`);
});

test('no dependency runs a script when it is installed, and all together are small', async (t) => {
  const found = new Map<string, number>();
  const visit = async (name: string, from: string): Promise<void> => {
    let folder = join(from, 'node_modules', name);
    for (let up = from; !existsSync(folder) && up.length > packageRoot.length; ) {
      up = join(up, '..');
      folder = join(up, 'node_modules', name);
    }
    // Prebuilt binaries of other systems are not installed.
    if (!existsSync(folder) || found.has(folder)) return;
    const file = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
    for (const script of ['preinstall', 'install', 'postinstall']) {
      t.is(file.scripts?.[script], undefined, `${name} runs ${script}`);
    }
    // npm builds what has such a file, even if it declares no script.
    t.false(existsSync(join(folder, 'binding.gyp')), name);
    found.set(folder, await sizeOf(folder));
    for (const list of [file.dependencies, file.optionalDependencies]) {
      for (const next of Object.keys(list ?? {})) await visit(next, folder);
    }
  };
  const own = JSON.parse(await readFile(join(packageRoot, 'package.json'), 'utf8'));
  for (const name of Object.keys(own.dependencies)) await visit(name, packageRoot.slice(0, -1));
  for (const script of ['preinstall', 'install', 'postinstall']) {
    t.is(own.scripts[script], undefined);
  }
  t.true([...found.keys()].some((path) => path.endsWith('/sharp')));
  const sizeBytes = [...found.values()].reduce((sum, size) => sum + size, 0);
  t.log(`${found.size} packages, ${(sizeBytes / 1e6).toFixed(1)} MB`);
  t.true(sizeBytes < maxDependencyBytes, `${sizeBytes} bytes`);
});
