import test from 'ava';
import { InvalidArgumentError } from '../../codec/errors.ts';
import { CodecUnavailableError } from '../../reports/codecs/codec.ts';
import { readPixmap, writePixmap } from '../../reports/codecs/portable-pixmap.ts';
import { openCodec, parseSpec, rowsFileName, splitSpecs } from '../../reports/codecs/registry.ts';
import { childrenMs, createProgramRunner } from '../../reports/codecs/run-program.ts';
import { defaultCodecs } from '../../reports/defaults.ts';
import { drawnPicture } from '../helpers/drawn-picture.ts';

test('a list of codecs splits at commas, but not inside of options', (t) => {
  t.deepEqual(splitSpecs('nic, mozjpeg:chroma=444,avif:effort=4,chroma=420,webp'), [
    'nic',
    'mozjpeg:chroma=444',
    'avif:effort=4,chroma=420',
    'webp',
  ]);
  t.deepEqual(splitSpecs(''), []);
});

test('the same codec has one spec, however it is written', (t) => {
  t.is(parseSpec('avif:effort=4,chroma=444').canonical, 'avif');
  t.is(parseSpec('avif:chroma=420,effort=6').canonical, 'avif:chroma=420,effort=6');
  t.is(parseSpec('avif:effort=6,chroma=420').canonical, 'avif:chroma=420,effort=6');
  t.is(rowsFileName('mozjpeg:chroma=444'), 'mozjpeg-chroma-444.json');
  t.is(rowsFileName('nic'), 'nic.json');
  t.is(parseSpec('nic:effort=0,prior=adaptive').canonical, 'nic');
  t.is(parseSpec('nic:prior=mix,effort=7').canonical, 'nic:effort=7,prior=mix');
  t.is(parseSpec('nic:tune=psnr,effort=1').canonical, 'nic:effort=1,tune=psnr');
  t.is(parseSpec('nic:tune=visual').canonical, 'nic');
});

test('unknown codecs, options and values are named in the error', (t) => {
  const refused = (spec: string, message: RegExp) =>
    t.throws(() => parseSpec(spec), { instanceOf: InvalidArgumentError, message });
  refused('gif', /one of nic, mozjpeg, .* for codec but received "gif"/);
  refused('webp:speed=1', /Expected effort for the options of webp but received "speed"/);
  refused('nic:effort=10', /Expected one of 0, 1, .* for effort of nic but received "10"/);
  refused('webp:effort=9', /Expected one of 0, 1, .* for effort of webp but received "9"/);
});

test('every default codec is known', (t) => {
  t.is(splitSpecs(defaultCodecs).map(parseSpec).length, 9);
});

// Serial: it changes the environment of the process.
test.serial('JPEG XL without its programs says what to install', async (t) => {
  const path = process.env.PATH;
  process.env.PATH = '/nonexistent';
  try {
    const error = await t.throwsAsync(openCodec('jxl'), { instanceOf: CodecUnavailableError });
    t.regex(error?.message ?? '', /cjxl is not installed \(.*libjxl-tools/);
  } finally {
    process.env.PATH = path;
  }
});

test('nic without its model says so', async (t) => {
  await t.throwsAsync(openCodec('nic:model=/nonexistent/model.json'));
});

test('a pixmap is read as it was written, and a damaged one refused', (t) => {
  const picture = { ...drawnPicture(7, 5), channels: 3 as const };
  const file = writePixmap(picture);
  t.deepEqual(readPixmap(file), picture);
  t.throws(() => readPixmap(file.subarray(0, file.length - 1)), { message: /wrong length/ });
  t.throws(() => readPixmap(new TextEncoder().encode('P5\n1 1\n255\n0')), { message: /P6/ });
});

test('the CPU time of programs adds up', async (t) => {
  t.is(childrenMs('0m0.001s 0m0.002s\n1m2.500s 0m0.250s\n'), 62_750);
  t.throws(() => childrenMs('nothing'), { message: /two times/ });
  if (process.platform === 'win32') return;
  const programs = createProgramRunner();
  await programs.run(process.execPath, ['-e', 'for (let i = 0; i < 3e8; i++);']);
  const once = programs.cpuMs();
  t.true(once > 20, `${once} ms`);
  await programs.run(process.execPath, ['-e', '0']);
  t.true(programs.cpuMs() > once);
  await t.throwsAsync(programs.run(process.execPath, ['-e', 'process.exit(3)']));
});
