// What `nic completion` does: prints the script for a shell.
import type { Command } from './command.ts';
import type { CompletionArgs } from './commands/completion.ts';
import { readCommands } from './completion/command-table.ts';
import { completionScript } from './completion/scripts.ts';
import { printText } from './print.ts';

export async function runCompletion(
  { shell }: CompletionArgs,
  commands: readonly Command[],
): Promise<void> {
  await printText(completionScript(shell, readCommands(commands)));
}
