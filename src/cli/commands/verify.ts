import type { CommandModule } from 'yargs';
import { pathsPositional } from '../batch-options.ts';
import { type CodecArgs, codecOptions, jsonOption, numberOption, quietOption } from '../options.ts';

export interface VerifyArgs extends CodecArgs {
  readonly paths: readonly string[];
  readonly jobs?: number;
  readonly json: boolean;
  readonly quiet: boolean;
}

/** `nic verify PATH…` */
export const verifyCommand: CommandModule<object, VerifyArgs> = {
  command: 'verify <paths..>',
  describe: 'Check that .nic files are undamaged, without decoding their pixels',
  builder: (yargs) =>
    yargs
      // Elsewhere the last of several values counts.
      .parserConfiguration({ 'duplicate-arguments-array': true })
      .positional('paths', {
        ...pathsPositional,
        describe: '.nic files, folders with such files below them, or - for stdin',
      })
      .options({
        jobs: numberOption('jobs', 1, 64, {
          alias: 'j',
          integer: true,
          describe: 'Files at a time [default: 1]',
        }),
        ...codecOptions,
        json: {
          ...jsonOption,
          describe: 'Print an object a file, one a line, and last one with their numbers',
        },
        quiet: { ...quietOption, describe: 'Name only the files that are not whole' },
      })
      .example('$0 verify archive -j 2', 'every .nic file in a folder')
      .epilogue(
        'Exit code 0: all files are whole; else the highest of what was found: 1 a file cannot be read, ' +
          '3 a file is damaged, 4 it needs another model, 5 it has more pixels than allowed.',
      ),
  async handler(args) {
    const { runVerify } = await import('../run-verify.ts');
    await runVerify(args);
  },
};
