// npm run targets -- FOLDER: what encoding to a PSNR or a size costs over one encode of the quality that was found, as a table of
// Markdown on stdout (docs/decisions/searching-a-target.md).
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { InvalidArgumentError, NicError, type PriorKind, priorKinds } from '../../codec/index.ts';
import { pictureNames } from '../../reports/dataset-folder.ts';
import { createCodec } from '../../src/index.ts';
import { readImage } from '../../src/node.ts';
import { measureTarget, type Target, type TargetRow } from './measure.ts';

const usage =
  'npm run targets -- FOLDER [--every n] [--psnr 34,38] [--ratio 12,30,120] [--prior base]';

interface Settings {
  readonly folder: string;
  readonly every: number;
  readonly targets: readonly Target[];
  readonly prior: PriorKind;
}

function invalid(message: string): InvalidArgumentError {
  return new InvalidArgumentError('INVALID_ARGUMENT', `${message}\n${usage}`);
}

function readSettings(args: readonly string[]): Settings {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      every: { type: 'string', default: '1' },
      psnr: { type: 'string', default: '34,38' },
      ratio: { type: 'string', default: '12,30,120' },
      prior: { type: 'string', default: 'base' },
    },
  });
  const [folder, ...others] = positionals;
  if (folder === undefined || others.length > 0) throw invalid('Expected one folder of pictures');
  const every = Number(values.every);
  if (!Number.isInteger(every) || every < 1) throw invalid('Expected --every 1 or more');
  const numbers = (name: 'psnr' | 'ratio') => {
    const all = values[name] === '' ? [] : values[name].split(',').map(Number);
    if (!all.every((one) => one > 0)) throw invalid(`Expected numbers above 0 for --${name}`);
    return all;
  };
  const targets = [
    ...numbers('psnr').map((targetPsnr) => ({ targetPsnr })),
    ...numbers('ratio').map((ratio) => ({ ratio })),
  ];
  const prior = priorKinds.find((kind) => kind === values.prior);
  if (prior === undefined) throw invalid(`There is no prior '${values.prior}'`);
  return { folder, every, targets, prior };
}

const labelOf = (target: Target): string =>
  'targetPsnr' in target ? `--psnr ${target.targetPsnr}` : `--ratio ${target.ratio}`;

const ratioOf = ({ searchMs, encodeMs }: TargetRow): number => searchMs / encodeMs;

async function main({ folder, every, targets, prior }: Settings): Promise<void> {
  const names = (await pictureNames(folder)).filter((_, index) => index % every === 0);
  const codec = await createCodec({ threads: 0 });
  const rows: TargetRow[] = [];
  /** Targets that no quality reaches, as lines. */
  const unreachable: string[] = [];
  for (const [index, name] of names.entries()) {
    process.stderr.write(`${name} (${index + 1} of ${names.length})\n`);
    const picture = await readImage(join(folder, name), { strip: true });
    for (const target of targets) {
      try {
        rows.push(await measureTarget(codec, { name, picture }, target, prior));
      } catch (error) {
        if (!(error instanceof NicError && error.code === 'UNREACHABLE_TARGET')) throw error;
        unreachable.push(`${name}, ${labelOf(target)}: ${error.message}`);
      }
    }
  }
  await codec.close();

  const lines = ['| target | pictures | least | mean | most |', '|---|---|---|---|---|'];
  for (const target of targets) {
    const ratios = rows.filter((row) => row.target === target).map(ratioOf);
    if (ratios.length === 0) continue;
    const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
    const cells = [Math.min(...ratios), mean, Math.max(...ratios)].map((value) => value.toFixed(2));
    lines.push(`| ${[labelOf(target), ratios.length, ...cells].join(' | ')} |`);
  }
  lines.push('', '| picture | target | quality | bytes | dB | CPU time over one encode |');
  lines.push('|---|---|---|---|---|---|');
  for (const row of rows) {
    const { picture, target, quality, sizeBytes, psnr } = row;
    const cells = [picture, labelOf(target), quality, sizeBytes, psnr.toFixed(3)];
    lines.push(`| ${[...cells, ratioOf(row).toFixed(2)].join(' | ')} |`);
  }
  process.stdout.write(`${[...lines, ...unreachable].join('\n')}\n`);
}

try {
  await main(readSettings(process.argv.slice(2)));
} catch (error) {
  const { code } = error as NodeJS.ErrnoException;
  if (!(error instanceof NicError) && code === undefined) throw error;
  process.stderr.write(`targets: ${(error as Error).message}\n`);
  process.exitCode = error instanceof NicError ? error.exitCode : 1;
}
