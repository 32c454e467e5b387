// What FORMAT.md shows is what the files hold.
import { readFileSync } from 'node:fs';
import test from 'ava';
import {
  type HeaderField,
  headerFields,
  maxQ16,
  maxSide,
} from '../../codec/bitstream/header-fields.ts';
import { errorCodes } from '../../codec/errors.ts';
import { goldenFolder, readGolden } from '../helpers/golden-files.ts';

const document = readFileSync(`${goldenFolder}../../codec/FORMAT.md`, 'utf8');

test('the dump of FORMAT.md is the golden file', (t) => {
  const lines = document.matchAll(/^[0-9a-f]{2} {2}((?:[0-9a-f]{2} ?)+)$/gm);
  const dump = [...lines].map(([, bytes]) => bytes.trim()).join(' ');
  const bytes = [...readGolden('decode/one-pixel-grey.nic')];
  t.is(dump, bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(' '));
});

test('every header field is in FORMAT.md with its size and error', (t) => {
  for (const { name, size, min, max, error } of headerFields as readonly HeaderField[]) {
    const sizeText = size === 'varint' ? 'varint' : `${size} bits?`;
    const row = document.match(new RegExp(`^\\| \\d* ?\\| ${sizeText} \\| ${name} \\|.*$`, 'm'));
    if (row === null) {
      t.fail(`no row for ${name}`);
      continue;
    }
    const complete = min === 0 && size !== 'varint' && max === 2 ** size - 1;
    if (!complete) t.true(row[0].includes(`\`${error}\``), name);
  }
  t.true(document.includes(`0-${maxQ16}`) && document.includes(`1-${maxSide}`));
});

test('every error that FORMAT.md names is a code', (t) => {
  const named = new Set(document.match(/`[A-Z]+(?:_[A-Z]+)+`/g)?.map((name) => name.slice(1, -1)));
  t.true(named.size >= 10);
  for (const name of named) t.true(name in errorCodes, name);
});

test('every bitstream code is explained in FORMAT.md', (t) => {
  for (const [code, { kind }] of Object.entries(errorCodes)) {
    if (kind === 'bitstream') t.true(new RegExp(`\\b${code}\\b`).test(document), code);
  }
});
