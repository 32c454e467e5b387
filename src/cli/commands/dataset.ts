import type { CommandModule } from 'yargs';
import type { CommandGroup } from '../command.ts';
import { forceOption, jsonOption } from '../options.ts';

export interface DatasetArgs {
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
const load = () => import('../run-dataset.ts');

const listCommand: CommandModule<object, DatasetArgs> = {
  command: 'list',
  describe: 'List the data sets that are known, and those that are here',
  builder: (yargs) => yargs.options(commonOptions),
  async handler(args) {
    await (await load()).datasetList(args);
  },
};

export interface DatasetFetchArgs extends DatasetArgs {
  readonly name: string;
  readonly from?: string;
}

const fetchCommand: CommandModule<object, DatasetFetchArgs> = {
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
  async handler(args) {
    await (await load()).datasetFetch(args);
  },
};

export interface DatasetAddArgs extends DatasetArgs {
  readonly name: string;
  readonly folder: string;
  readonly title?: string;
  readonly license: string;
  readonly split: 'training' | 'validation' | 'test';
  readonly force: boolean;
}

const addCommand: CommandModule<object, DatasetAddArgs> = {
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
        force: { ...forceOption, describe: 'Replace an existing record of that name' },
      }),
  async handler(args) {
    await (await load()).datasetAdd(args);
  },
};

export interface DatasetVerifyArgs extends DatasetArgs {
  readonly name?: string;
}

const verifyCommand: CommandModule<object, DatasetVerifyArgs> = {
  command: 'verify [name]',
  describe: 'Check the SHA-256 of every picture of one data set, or of all that are here',
  builder: (yargs) =>
    yargs
      .positional('name', { type: 'string', describe: 'Name of the data set' })
      .options(commonOptions),
  async handler(args) {
    await (await load()).datasetVerify(args);
  },
};

/** `nic dataset list|fetch|add|verify` */
export const datasetCommand: CommandGroup = {
  command: 'dataset',
  describe: 'Fetch and check the pictures that codecs are compared on',
  commands: [listCommand, fetchCommand, addCommand, verifyCommand],
};
