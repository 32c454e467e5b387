import type { CommandModule } from 'yargs';
import type { Command } from '../command.ts';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

export interface CompletionArgs {
  readonly shell: Shell;
}

/** `nic completion bash|zsh|fish`, which completes `commands` and itself. */
export function completionCommand(
  commands: readonly Command[],
): CommandModule<object, CompletionArgs> {
  const own: CommandModule<object, CompletionArgs> = {
    command: 'completion <shell>',
    describe: 'Print a script that makes a shell complete commands, options and files',
    builder: (yargs) =>
      yargs
        .positional('shell', { choices: shells, demandOption: true, describe: 'Which shell' })
        .example('source <($0 completion bash)', 'in ~/.bashrc')
        .example('$0 completion fish | source', 'in config.fish'),
    async handler(args) {
      const { runCompletion } = await import('../run-completion.ts');
      await runCompletion(args, [...commands, own]);
    },
  };
  return own;
}
