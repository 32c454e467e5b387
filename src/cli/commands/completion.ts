import type { CommandModule } from 'yargs';
import { type AnyCommand, readCommands } from '../completion/command-table.ts';
import { completionScript, type Shell, shells } from '../completion/scripts.ts';
import { printText } from '../print.ts';

interface CompletionArgs {
  readonly shell: Shell;
}

/** `nic completion bash|zsh|fish`, which completes `modules` and itself. */
export function completionCommand(
  modules: readonly AnyCommand[],
): CommandModule<object, CompletionArgs> {
  const own: CommandModule<object, CompletionArgs> = {
    command: 'completion <shell>',
    describe: 'Print a script that makes a shell complete commands, options and files',
    builder: (yargs) =>
      yargs
        .positional('shell', { choices: shells, demandOption: true, describe: 'Which shell' })
        .example('source <($0 completion bash)', 'in ~/.bashrc')
        .example('$0 completion fish | source', 'in config.fish'),
    async handler({ shell }) {
      await printText(completionScript(shell, readCommands([...modules, own])));
    },
  };
  return own;
}
