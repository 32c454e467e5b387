import { basename } from 'node:path';
import { Presets, SingleBar } from 'cli-progress';
import type { Argv, CommandModule } from 'yargs';
import type { FetchProgress } from '../../../datasets/store.ts';
import { interruptSignal } from '../interrupt.ts';
import { jsonOption } from '../options.ts';
import { formatRows, printJson, printNote, printText } from '../print.ts';

interface CommonArgs {
  readonly dir: string;
  readonly json: boolean;
}

const commonOptions = {
  dir: {
    type: 'string',
    requiresArg: true,
    default: 'datasets',
    describe: 'Folder of the data sets; each has a folder of its own in it',
  },
  json: jsonOption,
} as const;

// The tool is loaded when a command runs: the other commands start faster without it.
const store = () => import('../../../datasets/store.ts');
const manifests = () => import('../../../datasets/manifest.ts');

/** `nic dataset list|fetch|add|verify` */
export const datasetCommand: CommandModule = {
  command: 'dataset',
  describe: 'Fetch and check the pictures that codecs are compared on',
  builder: (yargs: Argv) =>
    yargs
      .command(listCommand)
      .command(fetchCommand)
      .command(addCommand)
      .command(verifyCommand)
      .demandCommand(1, 'Expected list, fetch, add or verify'),
  handler() {},
};

const listCommand: CommandModule<object, CommonArgs> = {
  command: 'list',
  describe: 'List the data sets that are known, and those that are here',
  builder: (yargs) => yargs.options(commonOptions),
  async handler({ dir, json }) {
    const [{ localDatasets }, { readKnownManifests }] = await Promise.all([store(), manifests()]);
    const [known, local] = await Promise.all([readKnownManifests(), localDatasets(dir)]);
    const here = new Map(local.map((record) => [record.name, record]));
    const own = local.filter(({ name }) => !known.some((manifest) => manifest.name === name));
    const sets = [
      ...known,
      ...own.map((record) => ({ ...record, pictures: record.files.length })),
    ].map(({ name, title, license, split, pictures }) => ({
      name,
      title,
      license,
      split,
      pictures,
      folder: here.get(name)?.folder ?? null,
    }));
    if (json) return await printJson(sets);
    const rows = sets.map(({ name, title, license, split, pictures, folder }) => {
      const place = folder === null ? 'not here' : folder;
      return [name, `${title}: ${pictures} for ${split}, ${license}; ${place}`] as const;
    });
    await printText(formatRows(rows));
  },
};

interface FetchArgs extends CommonArgs {
  readonly name: string;
  readonly from?: string;
}

const fetchCommand: CommandModule<object, FetchArgs> = {
  command: 'fetch <name>',
  describe: 'Fetch a data set from its public origin, or from a local folder',
  builder: (yargs) =>
    yargs
      .positional('name', {
        type: 'string',
        demandOption: true,
        describe: 'Name of a known data set, or a manifest (.json) of your own',
      })
      .options({
        ...commonOptions,
        from: {
          type: 'string',
          requiresArg: true,
          describe: 'Local folder with the files or the archive: nothing is downloaded',
        },
      })
      .example('$0 dataset fetch kodak', 'into datasets/kodak; again after a break goes on')
      .example('$0 dataset fetch kodak --from ~/kodak', 'without a network'),
  async handler({ name, dir, from, json }) {
    const [{ fetchDataset }, { findManifest }] = await Promise.all([store(), manifests()]);
    const manifest = await findManifest(name);
    const bar = transferBar();
    const record = await fetchDataset(manifest, {
      root: dir,
      from,
      signal: interruptSignal(),
      onProgress: bar.update,
      onNotice: printNote,
    }).finally(bar.stop);
    if (json) return await printJson(record);
    printNote(`${record.name}: ${record.files.length} pictures in ${record.folder}`);
  },
};

interface AddArgs extends CommonArgs {
  readonly name: string;
  readonly folder: string;
  readonly title?: string;
  readonly license: string;
  readonly split: 'training' | 'validation' | 'test';
}

const addCommand: CommandModule<object, AddArgs> = {
  command: 'add <name> <folder>',
  describe: 'Record a folder of your own pictures as a data set, without copying them',
  builder: (yargs) =>
    yargs
      .positional('name', { type: 'string', demandOption: true, describe: 'Name of the data set' })
      .positional('folder', { type: 'string', demandOption: true, describe: 'Folder of pictures' })
      .options({
        ...commonOptions,
        title: { type: 'string', requiresArg: true, describe: 'What the pictures are' },
        license: {
          type: 'string',
          requiresArg: true,
          default: 'unknown',
          describe: 'Under what terms they are',
        },
        split: {
          choices: ['training', 'validation', 'test'] as const,
          requiresArg: true,
          default: 'test' as const,
          describe: 'What they are for',
        },
      }),
  async handler({ name, folder, dir, json, title, license, split }) {
    const { addDataset } = await store();
    const record = await addDataset(dir, name, folder, { title, license, split });
    if (json) return await printJson(record);
    printNote(`${record.name}: ${record.files.length} pictures in ${record.folder}`);
  },
};

const verifyCommand: CommandModule<object, CommonArgs & { readonly name?: string }> = {
  command: 'verify [name]',
  describe: 'Check the SHA-256 of every picture of one data set, or of all that are here',
  builder: (yargs) =>
    yargs
      .positional('name', { type: 'string', describe: 'Name of the data set' })
      .options(commonOptions),
  async handler({ name, dir, json }) {
    const { localDatasets, verifyDataset } = await store();
    const names =
      name === undefined ? (await localDatasets(dir)).map((record) => record.name) : [name];
    const results = [];
    for (const each of names) results.push(await verifyDataset(dir, each));
    if (results.some(({ missing, changed }) => missing.length + changed.length > 0)) {
      process.exitCode = 1;
    }
    if (json) return await printJson(results);
    for (const { name: set, good, missing, changed } of results) {
      printNote(`${set}: ${good} good, ${missing.length} missing, ${changed.length} changed`);
      for (const file of missing) printNote(`${set}: ${file} is missing`);
      for (const file of changed) printNote(`${set}: ${file} has another SHA-256`);
    }
  },
};

/** A bar of megabytes on a terminal, nothing elsewhere. */
function transferBar(): { update(progress: FetchProgress): void; stop(): void } {
  if (!process.stderr.isTTY) return { update() {}, stop() {} };
  const bar = new SingleBar(
    {
      format: '{bar} {name} ({file}/{files}) {megabytes} MB, {eta_formatted} left',
      stream: process.stderr,
      clearOnComplete: true,
      hideCursor: true,
    },
    Presets.shades_classic,
  );
  let current = '';
  return {
    update({ name, file, files, receivedBytes, totalBytes = receivedBytes }) {
      const payload = {
        name: basename(name),
        file,
        files,
        megabytes: `${(receivedBytes / 1e6).toFixed(1)}/${(totalBytes / 1e6).toFixed(1)}`,
      };
      if (current !== name) {
        if (current !== '') bar.stop();
        current = name;
        bar.start(totalBytes, 0, payload);
      }
      bar.update(receivedBytes, payload);
    },
    stop() {
      bar.stop();
    },
  };
}
