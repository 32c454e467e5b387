import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import anyTest, { type TestFn } from 'ava';
import type { Picture } from '../../codec/picture.ts';
import { imageFormatOf } from '../../src/image/image-formats.ts';
import { readImage } from '../../src/image/read-image.ts';
import { checkNoFile, writeFileAtomic } from '../../src/image/write-file-atomic.ts';
import { writeImage } from '../../src/image/write-image.ts';

const test = anyTest as TestFn<{ folder: string }>;
const bytes = new Uint8Array([1, 2, 3]);

function drawnPicture(channels: 1 | 3): Picture {
  const data = Uint8Array.from({ length: 20 * 12 * channels }, (_, i) => (i * 7919) >> 5);
  return { width: 20, height: 12, channels, data };
}

test.beforeEach(async (t) => {
  t.context.folder = await mkdtemp(join(tmpdir(), 'nic-write-'));
});

test.afterEach.always((t) => rm(t.context.folder, { recursive: true }));

for (const extension of ['png', 'webp', 'tif', 'tiff', 'avif']) {
  test(`a .${extension} file holds RGB samples without loss`, async (t) => {
    const path = join(t.context.folder, `a.${extension}`);
    await writeImage(path, drawnPicture(3));
    t.deepEqual((await readImage(path)).picture, drawnPicture(3));
  });
}

test('a grey picture stays grey in PNG and TIFF', async (t) => {
  for (const extension of ['png', 'tiff']) {
    const path = join(t.context.folder, `a.${extension}`);
    await writeImage(path, drawnPicture(1));
    t.deepEqual((await readImage(path)).picture, drawnPicture(1));
  }
});

test('a .JPG file is a JPEG of nearly the same samples', async (t) => {
  const path = join(t.context.folder, 'a.JPG');
  const flat = { ...drawnPicture(3), data: new Uint8Array(20 * 12 * 3).fill(77) };
  await writeImage(path, flat);
  const { picture, format } = await readImage(path);
  t.is(format, 'jpeg');
  t.true(picture.data.every((sample) => Math.abs(sample - 77) <= 2));
});

test('the format option overrides the extension', async (t) => {
  const path = join(t.context.folder, 'a.bin');
  await writeImage(path, drawnPicture(3), { format: 'webp' });
  t.is((await readImage(path)).format, 'webp');
});

test('an unknown extension is refused and names the known ones', (t) => {
  for (const path of ['a.bmp', 'noextension', 'a.constructor']) {
    t.throws(() => imageFormatOf(path), { code: 'INVALID_ARGUMENT', message: /\.png, \.jpg/ });
  }
});

test('an existing file is replaced only where that is allowed', async (t) => {
  const path = join(t.context.folder, 'a');
  await writeFile(path, 'old');
  await t.throwsAsync(writeFileAtomic(path, bytes, { overwrite: false }), { code: 'FILE_EXISTS' });
  await t.throwsAsync(checkNoFile(path), { code: 'FILE_EXISTS' });
  t.is(await readFile(path, 'utf8'), 'old');
  await writeFileAtomic(path, bytes);
  t.deepEqual(new Uint8Array(await readFile(path)), bytes);
  t.deepEqual(await readdir(t.context.folder), ['a']);
});

test('a new file is written without overwriting, and nothing else is left', async (t) => {
  const path = join(t.context.folder, 'a');
  await checkNoFile(path);
  await writeFileAtomic(path, bytes, { overwrite: false });
  t.deepEqual(new Uint8Array(await readFile(path)), bytes);
  t.deepEqual(await readdir(t.context.folder), ['a']);
});

test('a name of as many bytes as a file system takes can be written', async (t) => {
  for (const name of [`${'日'.repeat(80)}.nic`, `${'x'.repeat(251)}.nic`, `a${'🙂'.repeat(63)}`]) {
    const path = join(t.context.folder, name);
    await writeFileAtomic(path, bytes, { overwrite: false });
    t.deepEqual(new Uint8Array(await readFile(path)), bytes);
  }
});

test('of two writers of one new name exactly one wins', async (t) => {
  const path = join(t.context.folder, 'a');
  const write = () => writeFileAtomic(path, bytes, { overwrite: false });
  const results = await Promise.allSettled([write(), write(), write(), write()]);
  t.is(results.filter((result) => result.status === 'fulfilled').length, 1);
  t.deepEqual(await readdir(t.context.folder), ['a']);
});

test('a replaced file keeps its mode, and a symbolic link keeps its target', async (t) => {
  const path = join(t.context.folder, 'a');
  const alias = join(t.context.folder, 'b');
  await writeFile(path, 'old', { mode: 0o600 });
  await symlink(path, alias);
  await writeFileAtomic(alias, bytes);
  t.deepEqual(new Uint8Array(await readFile(path)), bytes);
  t.is((await stat(path)).mode & 0o777, 0o600);
});

test('a folder that does not exist gives the error of the system', async (t) => {
  const path = join(t.context.folder, 'missing', 'a');
  await t.throwsAsync(writeFileAtomic(path, bytes), { code: 'ENOENT' });
});

test('a device is written to directly', async (t) => {
  await t.notThrowsAsync(writeFileAtomic('/dev/null', bytes, { overwrite: false }));
});

test('a signal while writing ends the process and leaves no temporary file', async (t) => {
  const module = new URL('../../src/image/write-file-atomic.js', import.meta.url).href;
  const path = join(t.context.folder, 'a');
  const script = `
    import { watch } from 'node:fs';
    import { writeFileAtomic } from ${JSON.stringify(module)};
    watch(${JSON.stringify(t.context.folder)}, () => process.kill(process.pid, 'SIGTERM'));
    await writeFileAtomic(${JSON.stringify(path)}, Buffer.alloc(2 ** 28));
    setInterval(() => {}, 1000);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' });
  const [, signal] = await once(child, 'exit');
  t.is(signal, 'SIGTERM');
  t.deepEqual(await readdir(t.context.folder), []);
});
