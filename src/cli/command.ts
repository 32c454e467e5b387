// The commands as they are described, and as yargs is given them: yargs parses, its caller runs.
import type { CommandModule } from 'yargs';
import { switchesBefore } from './options.ts';

/** A CommandModule of whatever arguments. All but its handler only describes the command. */
export interface RunnableCommand extends Pick<CommandModule, 'command' | 'describe'> {
  readonly builder?: unknown;
  /** Loads what the command does, and does it. */
  readonly handler: (args: never) => unknown;
}

/** A command that only holds others. */
export interface CommandGroup {
  readonly command: string;
  readonly describe: string;
  readonly commands: readonly RunnableCommand[];
}

export type Command = RunnableCommand | CommandGroup;

/** The first word of a command, `fetch` of `fetch <name>`. */
export function nameOf({ command }: Pick<CommandModule, 'command'>): string {
  return String(command).split(' ')[0];
}

/**
 * What ends the parsing of a command that is to run. It is thrown: where a handler returns, yargs renders the help of
 * its command, which takes longer than to parse it.
 */
export class ParsedCommand {
  readonly run: () => unknown;

  constructor(run: () => unknown) {
    this.run = run;
  }
}

/** Modules for yargs whose handlers throw a ParsedCommand. */
export function parsedOnly(commands: readonly Command[]): CommandModule[] {
  return commands.map((entry) =>
    'commands' in entry ? groupModule(entry) : runnableModule(entry),
  );
}

function runnableModule(entry: RunnableCommand): CommandModule {
  const module = entry as CommandModule;
  return {
    ...module,
    handler(args) {
      throw new ParsedCommand(() => module.handler(args));
    },
  };
}

function groupModule({ command, describe, commands }: CommandGroup): CommandModule {
  const names = commands.map(nameOf);
  const expected = `Expected ${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
  return {
    command,
    describe,
    builder: (yargs) =>
      yargs.options(switchesBefore).command(parsedOnly(commands)).demandCommand(1, expected),
    handler() {},
  };
}
