#!/usr/bin/env node
// The command line `nic`.
import yargs from 'yargs';
import { type Command, nameOf, ParsedCommand, parsedOnly } from './command.ts';
import { completionCommand } from './commands/completion.ts';
import { datasetCommand } from './commands/dataset.ts';
import { decodeCommand } from './commands/decode.ts';
import { encodeCommand } from './commands/encode.ts';
import { inspectCommand } from './commands/inspect.ts';
import { reportCommand } from './commands/report.ts';
import { trainCommand } from './commands/train.ts';
import { verifyCommand } from './commands/verify.ts';
import { describeError, exitCodeOf, exitCodes } from './exit.ts';
import { dashMark, switchesBefore } from './options.ts';
import { packageVersion } from './package-version.ts';
import { UsageError } from './usage-error.ts';

const commands: readonly Command[] = [
  encodeCommand,
  decodeCommand,
  inspectCommand,
  verifyCommand,
  reportCommand,
  datasetCommand,
  trainCommand,
];

const names = new Set(commands.map(nameOf));
const pathCommands = new Set(['encode', 'decode', 'verify', 'inspect']);

/** Arguments of the commands that take paths, with the dashes marked of a lone `-` and of what follows `--`, which is left out. */
function markDashes(args: readonly string[]): string[] {
  // Options, and what they are given, may stand before it.
  const command = args.find((arg) => names.has(arg));
  if (command === undefined || !pathCommands.has(command)) return [...args];
  const end = args.includes('--') ? args.indexOf('--') : args.length;
  return [
    ...args.slice(0, end).map((arg) => (arg === '-' ? dashMark : arg)),
    ...args.slice(end + 1).map((arg) => arg.replace(/^-/, dashMark)),
  ];
}

function parser(args: readonly string[]) {
  return yargs(markDashes(args))
    .scriptName('nic')
    .usage('$0 <command>\n\nA learned image codec.')
    .options(switchesBefore)
    .command(parsedOnly([...commands, completionCommand(commands)]))
    .demandCommand(1, 'Expected a command; nic --help lists them')
    .strict()
    .recommendCommands()
    .parserConfiguration({ 'duplicate-arguments-array': false })
    .locale('en')
    .version(packageVersion)
    .alias('version', 'V')
    .help()
    .alias('help', 'h')
    .wrap(Math.min(100, process.stdout.columns ?? 100))
    .exitProcess(false)
    .fail((message: string | null, error: Error | undefined) => {
      if (error && error.name !== 'YError') throw error;
      throw new UsageError(error?.message ?? message ?? 'The command line cannot be understood');
    });
}

async function main(args: readonly string[]): Promise<void> {
  try {
    // Settles where there is no command to run: help or the version was printed.
    await parser(args).parseAsync();
  } catch (thrown) {
    if (!(thrown instanceof ParsedCommand)) throw thrown;
    await thrown.run();
  }
}

// A reader that has seen enough closes its end: nothing to say, but not everything was written.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  error.path = 'stdout';
  if (error.code !== 'EPIPE') process.stderr.write(`${describeError(error)}\n`);
  process.exit(exitCodes.file);
});
process.stderr.on('error', () => process.exit(exitCodes.file));

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.exitCode = exitCodeOf(error);
  process.stderr.write(`${describeError(error)}\n`);
}
