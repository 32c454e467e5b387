// What `nic completion` does: prints the script for a shell.
import type { CompletionArgs } from './commands/completion.ts';
import { type AnyCommand, readCommands } from './completion/command-table.ts';
import { completionScript } from './completion/scripts.ts';
import { printText } from './print.ts';

export async function runCompletion(
  { shell }: CompletionArgs,
  commands: readonly AnyCommand[],
): Promise<void> {
  await printText(completionScript(shell, readCommands(commands)));
}
