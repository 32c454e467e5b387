// npm run priors -- FOLDER: what each entropy prior saves over `base` on a folder of pictures and what it costs, as tables of
// Markdown on stdout and, with --json, as rows (docs/entropy-priors.md).
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  type AuxiliaryKind,
  type AuxiliaryManifest,
  auxiliariesOfPrior,
  InvalidArgumentError,
  ModelError,
  NicError,
  type PriorKind,
  priorKinds,
} from '../../codec/index.ts';
import { describeDataset, pictureNames } from '../../reports/dataset-folder.ts';
import { nodePlatform } from '../../src/api/node-platform.ts';
import type { ModelFiles, ModelSet } from '../../src/api/platform.ts';
import { packageVersion } from '../../src/cli/package-version.ts';
import { writeFileAtomic } from '../../src/image/write-file-atomic.ts';
import { createCodec } from '../../src/index.ts';
import { readImage } from '../../src/node.ts';
import { measurePriors, type PriorRow } from './measure.ts';
import { markdownTables, summarize } from './summary.ts';

const usage =
  'npm run priors -- FOLDER [--every n] [--qualities 10,30,50,70,90] [--priors adaptive,lstm,rbm,mix] [--model MODEL.json] [--json FILE]';

interface Settings {
  readonly folder: string;
  readonly every: number;
  readonly qualities: readonly number[];
  readonly priors: readonly PriorKind[];
  /** Whether the priors were named: then each must have its auxiliaries. */
  readonly named: boolean;
  readonly model: string | undefined;
  readonly json: string | undefined;
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
      qualities: { type: 'string', default: '10,30,50,70,90' },
      priors: { type: 'string' },
      model: { type: 'string' },
      json: { type: 'string' },
    },
  });
  const [folder, ...others] = positionals;
  if (folder === undefined || others.length > 0) throw invalid('Expected one folder of pictures');
  const every = Number(values.every);
  if (!Number.isInteger(every) || every < 1) throw invalid('Expected --every 1 or more');
  const qualities = values.qualities.split(',').map(Number);
  if (!qualities.every((quality) => quality >= 0 && quality <= 100)) {
    throw invalid('Expected --qualities from 0 to 100');
  }
  const names = values.priors?.split(',') ?? priorKinds;
  const priors = priorKinds.filter((prior) => prior !== 'base' && names.includes(prior));
  const unknown = names.find((name) => !(priorKinds as readonly string[]).includes(name));
  if (unknown !== undefined) throw invalid(`There is no prior '${unknown}'`);
  const { model, json } = values;
  return { folder, every, qualities, priors, named: values.priors !== undefined, model, json };
}

/** The model with all auxiliaries of the priors, and the priors that can be measured with it. */
async function readModelSet({ model, priors, named }: Settings): Promise<{
  models: ModelSet;
  usable: PriorKind[];
}> {
  const loaded = new Map<AuxiliaryKind, ModelFiles>([
    ['encoder', await nodePlatform.readAuxiliary('encoder', model)],
  ]);
  const usable: PriorKind[] = [];
  for (const prior of priors) {
    try {
      for (const kind of auxiliariesOfPrior[prior]) {
        if (!loaded.has(kind)) loaded.set(kind, await nodePlatform.readAuxiliary(kind, model));
      }
      usable.push(prior);
    } catch (error) {
      if (named || !(error instanceof ModelError && error.code === 'MODEL_NOT_FOUND')) throw error;
      process.stderr.write(`The prior '${prior}' is left out: ${error.message}\n`);
    }
  }
  const files = await nodePlatform.readModel(model);
  return { models: { ...files, auxiliaries: [...loaded.values()] }, usable };
}

async function main(settings: Settings): Promise<void> {
  const { folder, every, qualities, json } = settings;
  const { models, usable } = await readModelSet(settings);
  const names = (await pictureNames(folder)).filter((_, index) => index % every === 0);
  const codec = await createCodec({ threads: 0, model: models });
  const rows: PriorRow[] = [];
  for (const [index, name] of names.entries()) {
    process.stderr.write(`${name} (${index + 1} of ${names.length})\n`);
    const { alpha: _, ...picture } = await readImage(join(folder, name), { strip: true });
    const measure = (some: readonly number[]) =>
      measurePriors(codec, { name, picture }, some, usable);
    // The first pass of each prior compiles it; it is not counted.
    if (index === 0) await measure(qualities.slice(0, 1));
    rows.push(...(await measure(qualities)));
  }
  const { name: model, sha256 } = codec.manifest;
  await codec.close();

  const summaries = summarize(rows, ['base', ...usable], qualities);
  if (json !== undefined) {
    const auxiliaries = Object.fromEntries(
      (models.auxiliaries ?? []).map(({ manifest }) => {
        const { kind, sha256 } = manifest as AuxiliaryManifest;
        return [kind, sha256];
      }),
    );
    const result = {
      dataset: await describeDataset(folder, basename(folder), names),
      versions: {
        nic: packageVersion,
        node: process.versions.node,
        model: { name: model, sha256 },
        auxiliaries,
      },
      every,
      qualities,
      summaries: summaries.map(rounded),
      rows,
    };
    await writeFileAtomic(json, Buffer.from(`${oneLineAnItem(result)}\n`));
  }
  process.stdout.write(`${names.length} pictures\n\n${markdownTables(summaries)}`);
}

function rounded<T extends object>(item: T): T {
  return JSON.parse(
    JSON.stringify(item, (_, value) => (typeof value === 'number' ? +value.toFixed(3) : value)),
  ) as T;
}

/** JSON whose lists of objects have a line for each, so that a change shows in a diff. */
function oneLineAnItem(result: Readonly<Record<string, unknown>>): string {
  const entries = Object.entries(result).map(([key, value]) => {
    const isList = Array.isArray(value) && typeof value[0] === 'object';
    const lines = isList && value.map((item) => `  ${JSON.stringify(item)}`).join(',\n');
    return ` ${JSON.stringify(key)}: ${lines ? `[\n${lines}\n ]` : JSON.stringify(value)}`;
  });
  return `{\n${entries.join(',\n')}\n}`;
}

try {
  await main(readSettings(process.argv.slice(2)));
} catch (error) {
  const { code } = error as NodeJS.ErrnoException;
  if (!(error instanceof NicError) && code === undefined) throw error;
  process.stderr.write(`priors: ${(error as Error).message}\n`);
  process.exitCode = error instanceof NicError ? error.exitCode : 1;
}
