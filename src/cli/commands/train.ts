import type { CommandModule } from 'yargs';
import type { CommandGroup } from '../command.ts';
import { jsonOption, numberOption, quietOption } from '../options.ts';
import { auxiliaryCommand } from './train-auxiliary.ts';
import { pythonOption, severalOf } from './train-options.ts';

const runOption = {
  type: 'string',
  requiresArg: true,
  normalize: true,
  default: 'nic-run',
  describe: 'Folder of the run: checkpoint, log, settings, curves',
} as const;

// The front of the trainer is loaded when a command runs: the other commands start faster without it.
const load = () => import('../run-train.ts');

export interface TrainRunArgs {
  readonly photos: readonly string[];
  readonly run: string;
  readonly config?: string;
  readonly validation?: string;
  readonly initial?: string;
  readonly hours?: number;
  readonly steps?: number;
  readonly processes?: number;
  readonly threads?: number;
  readonly logEvery?: number;
  readonly python?: string;
  readonly json: boolean;
  readonly quiet: boolean;
}

const runCommand: CommandModule<object, TrainRunArgs> = {
  command: 'run [photos..]',
  describe: 'Start a run, or go on with the one in its folder; Ctrl-C saves and ends it',
  builder: (yargs) =>
    severalOf('photos', yargs)
      .positional('photos', {
        type: 'string',
        array: true,
        default: [],
        describe: 'Folders of photographs; those of the run where none are given',
      })
      .options({
        run: runOption,
        config: {
          type: 'string',
          requiresArg: true,
          describe: 'tiny, entropy, cpu, encoder, base, or a .json file [default: base]',
        },
        validation: {
          type: 'string',
          requiresArg: true,
          describe: 'Folder of pictures to validate on now and then',
        },
        initial: {
          type: 'string',
          requiresArg: true,
          describe: 'Checkpoint, or folder of a run, to start from when the run is new',
        },
        hours: numberOption('hours', 0.001, 10_000, {
          describe: 'Time of the run in all, earlier parts included [default: 1]',
        }),
        steps: numberOption('steps', 1, 1e9, {
          integer: true,
          describe: 'Steps in all, in place of a time',
        }),
        processes: numberOption('processes', 1, 64, {
          integer: true,
          describe: 'Processes, one GPU each [default: 1]',
        }),
        threads: numberOption('threads', 1, 1024, {
          integer: true,
          alias: 't',
          describe: 'CPU threads of each process',
        }),
        'log-every': numberOption('log-every', 1, 1e6, {
          integer: true,
          describe: 'Steps between two lines of the log [default: 50]',
        }),
        python: pythonOption,
        json: { ...jsonOption, describe: 'Print the lines of the log as JSON on stdout' },
        quiet: quietOption,
      })
      .example('$0 train run photos --run runs/first --hours 3', 'start, or go on')
      .example('$0 train run --run runs/first --hours 5', 'two hours more'),
  async handler(args) {
    await (await load()).trainRun(args);
  },
};

export interface TrainFilterArgs {
  readonly run: string;
  readonly photos?: readonly string[];
  readonly crops?: number;
  readonly steps?: number;
  readonly python?: string;
  readonly json: boolean;
}

const filterCommand: CommandModule<object, TrainFilterArgs> = {
  command: 'filter',
  describe: 'Train the filters of decoded pixels on what a finished run decodes, for its export',
  builder: (yargs) =>
    yargs
      .options({
        run: runOption,
        photos: {
          type: 'string',
          array: true,
          requiresArg: true,
          describe: 'Folders to train on [default: those of the run]',
        },
        crops: numberOption('crops', 1, 1e6, {
          integer: true,
          describe: 'Crops to decode [default: 600]',
        }),
        steps: numberOption('steps', 1, 1e6, {
          integer: true,
          describe: 'Steps of the training [default: 3000]',
        }),
        python: pythonOption,
        json: jsonOption,
      })
      .example('$0 train filter --run runs/first', 'after the last hour of the run'),
  async handler(args) {
    await (await load()).trainFilter(args);
  },
};

export interface TrainExportArgs {
  readonly run: string;
  readonly out: string;
  readonly name: string;
  readonly encoder: boolean;
  readonly id?: number;
  readonly photos?: readonly string[];
  readonly python?: string;
  readonly json: boolean;
}

const exportCommand: CommandModule<object, TrainExportArgs> = {
  command: 'export',
  describe: 'Turn the checkpoint of a run into a model file, and check that the codec can use it',
  builder: (yargs) =>
    yargs
      .options({
        run: runOption,
        out: {
          type: 'string',
          alias: 'o',
          requiresArg: true,
          demandOption: true,
          describe: 'Folder for NAME.json, NAME.bin and those of its encoder',
        },
        name: {
          type: 'string',
          requiresArg: true,
          default: 'base',
          describe: 'Name of the model',
        },
        encoder: {
          type: 'boolean',
          default: false,
          describe:
            'Write only the encoder, for the model NAME with the decoder that it was trained for',
        },
        id: numberOption('id', 1, 255, {
          integer: true,
          describe: 'Number in the header of every file that is coded with it [default: 255]',
        }),
        photos: {
          type: 'string',
          array: true,
          requiresArg: true,
          describe: 'Folders to calibrate on [default: those of the run]',
        },
        python: pythonOption,
        json: jsonOption,
      })
      .example('$0 train export --run runs/first --out model --name mine', '')
      .example(
        '$0 train export --run runs/encoder --out model --name mine --encoder',
        'a better one',
      )
      .example('$0 encode --model model/mine.json photo.png photo.nic', 'use it'),
  async handler(args) {
    await (await load()).trainExport(args);
  },
};

export interface TrainCurveArgs {
  readonly runs: readonly string[];
  readonly out?: string;
  readonly json: boolean;
}

const curveCommand: CommandModule<object, TrainCurveArgs> = {
  command: 'curve <runs..>',
  describe: 'Draw loss and validation of a run, or of several that follow each other, as a page',
  builder: (yargs) =>
    severalOf('runs', yargs)
      .positional('runs', {
        type: 'string',
        array: true,
        demandOption: true,
        describe: 'Folders of runs, in order',
      })
      .options({
        out: {
          type: 'string',
          alias: 'o',
          requiresArg: true,
          describe: 'HTML file [default: curve.html in the folder of the last run]',
        },
        json: { ...jsonOption, describe: 'Print the numbers as JSON on stdout; draw no page' },
      })
      .example('$0 train curve runs/entropy runs/first', 'both stages in one page'),
  async handler(args) {
    await (await load()).trainCurve(args);
  },
};

/** `nic train run|filter|export|curve|aux` */
export const trainCommand: CommandGroup = {
  command: 'train',
  describe: 'Train a model of your own on a folder of photographs (needs Python and PyTorch)',
  commands: [runCommand, filterCommand, exportCommand, curveCommand, auxiliaryCommand],
};
