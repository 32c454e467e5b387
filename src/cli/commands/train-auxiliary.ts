import type { CommandModule } from 'yargs';
import { jsonOption, numberOption, quietOption } from '../options.ts';
import { pythonOption, severalOf } from './train-options.ts';

export interface TrainAuxiliaryArgs {
  readonly kind: string;
  readonly photos: readonly string[];
  readonly validation?: string;
  readonly checkpoint?: string;
  readonly model?: string;
  readonly out: string;
  readonly run?: string;
  readonly minutes?: number;
  readonly threads?: number;
  readonly logEvery?: number;
  readonly python?: string;
  readonly json: boolean;
  readonly quiet: boolean;
}

/** `nic train aux KIND` */
export const auxiliaryCommand: CommandModule<object, TrainAuxiliaryArgs> = {
  command: 'aux <kind> [photos..]',
  describe: 'Train a small model beside a base model and write its files; Ctrl-C saves and ends it',
  builder: (yargs) =>
    severalOf('photos', yargs)
      .positional('kind', {
        type: 'string',
        demandOption: true,
        describe: 'uncertainty, perceptual, lstm, rbm, or xor, which needs no base model',
      })
      .positional('photos', {
        type: 'string',
        array: true,
        default: [],
        describe: 'Folders of photographs',
      })
      .options({
        validation: {
          type: 'string',
          requiresArg: true,
          describe: 'Folder of pictures to measure what it brings on',
        },
        checkpoint: {
          type: 'string',
          requiresArg: true,
          describe: 'Checkpoint of the base model, or the folder of its run',
        },
        model: {
          type: 'string',
          requiresArg: true,
          describe: 'The base model as it was exported, a .json file [default: the one in here]',
        },
        out: {
          type: 'string',
          alias: 'o',
          requiresArg: true,
          demandOption: true,
          describe: 'Folder for BASE.KIND.json and BASE.KIND.bin: that of the base model',
        },
        run: {
          type: 'string',
          requiresArg: true,
          normalize: true,
          describe: 'Folder of the run: checkpoint and log [default: nic-run-KIND]',
        },
        minutes: numberOption('minutes', 0.01, 1e6, {
          describe: 'Time of the training in all; every kind has a default',
        }),
        threads: numberOption('threads', 1, 1024, {
          integer: true,
          alias: 't',
          describe: 'CPU threads',
        }),
        'log-every': numberOption('log-every', 1, 1e6, {
          integer: true,
          describe: 'Steps between two lines of the log [default: 50]',
        }),
        python: pythonOption,
        json: { ...jsonOption, describe: 'Print the lines of the log as JSON on stdout' },
        quiet: quietOption,
      })
      .example(
        '$0 train aux uncertainty photos --validation valid --checkpoint runs/base --out model',
        '',
      ),
  async handler(args) {
    const { trainAuxiliary } = await import('../run-train-auxiliary.ts');
    await trainAuxiliary(args);
  },
};
