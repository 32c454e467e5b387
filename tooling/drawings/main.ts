// npm run drawings -- OUT_FOLDER [--force]: writes the ten drawings as PNG files, the same samples on every machine.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { NicError } from '../../codec/index.ts';
import { checkNoFile } from '../../src/image/write-file-atomic.ts';
import { writeImage } from '../../src/node.ts';
import { drawings } from './drawings.ts';

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { force: { type: 'boolean', default: false } },
  });
  const [folder, ...others] = positionals;
  if (folder === undefined || others.length > 0) {
    throw new NicError('INVALID_ARGUMENT', 'Expected: npm run drawings -- OUT_FOLDER [--force]');
  }
  await mkdir(folder, { recursive: true });
  const placeOf = (name: string) => join(folder, `${name}.png`);
  if (!values.force) for (const name of Object.keys(drawings)) await checkNoFile(placeOf(name));
  for (const [name, draw] of Object.entries(drawings)) {
    await writeImage(placeOf(name), draw(), { overwrite: values.force });
    process.stderr.write(`${name}.png\n`);
  }
} catch (error) {
  const { code } = error as NodeJS.ErrnoException;
  if (!(error instanceof NicError) && code === undefined) throw error;
  process.stderr.write(`drawings: ${(error as Error).message}\n`);
  process.exitCode = error instanceof NicError ? error.exitCode : 1;
}
