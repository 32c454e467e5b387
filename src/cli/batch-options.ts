// The options of a command that takes one input and an output, or several inputs with --out-dir.
import { numberOption, textOption, withDash } from './options.ts';

export interface BatchArgs {
  readonly paths: readonly string[];
  readonly outDir?: string;
  readonly jobs?: number;
  readonly dryRun?: boolean;
  readonly resume?: boolean;
  readonly force: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
}

/** The options of a command that takes several inputs; its positional is `paths`. */
export const batchOptions = {
  'out-dir': textOption('out-dir', {
    alias: 'o',
    describe: 'Folder of the outputs of several inputs; made if it is missing',
  }),
  jobs: numberOption('jobs', 1, 64, {
    alias: 'j',
    integer: true,
    describe: 'Pictures at a time with --out-dir [default: 1]',
  }),
  'dry-run': { type: 'boolean', describe: 'Only say what would be written to --out-dir' },
  resume: {
    type: 'boolean',
    describe: 'Leave outputs in --out-dir that are newer than their input, replace older ones',
  },
} as const;

export const pathsPositional = {
  type: 'string',
  array: true,
  demandOption: true,
  coerce: (paths: string[]) => paths.map(withDash),
} as const;
