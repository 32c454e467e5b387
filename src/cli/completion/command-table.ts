// The commands with their options as plain data, read from the modules that yargs is given.
import type { Options } from 'yargs';
import { type Command, nameOf } from '../command.ts';

/** What stands for the value of an option. */
export type ValueKind = 'file' | 'other' | readonly string[];

export interface OptionEntry {
  readonly name: string;
  /** One letter. */
  readonly letter?: string;
  readonly describe: string;
  /** Missing for a switch. */
  readonly value?: ValueKind;
}

export interface CommandEntry {
  /** `encode`, `train run`. */
  readonly words: string;
  readonly describe: string;
  readonly options: readonly OptionEntry[];
  /** What its arguments may be where that is a list; else they are files. */
  readonly choices?: readonly string[];
  readonly subcommands: readonly CommandEntry[];
}

/** An option whose value is no file says so. */
type AnyOptions = Options & { readonly valueKind?: 'other' };

const helpOption: OptionEntry = { name: 'help', letter: 'h', describe: 'Show help' };

/** One entry for each command, with those below them. */
export function readCommands(commands: readonly Command[], parent = ''): CommandEntry[] {
  return commands.map((command) => {
    const words = `${parent} ${nameOf(command)}`.trim();
    const isGroup = 'commands' in command;
    const { options, choices } = readBuilder(isGroup ? undefined : command.builder);
    return {
      words,
      describe: String(command.describe),
      options: [...options, helpOption],
      choices,
      subcommands: isGroup ? readCommands(command.commands, words) : [],
    };
  });
}

function readBuilder(builder: unknown): Pick<CommandEntry, 'options' | 'choices'> {
  const options: OptionEntry[] = [];
  let choices: readonly string[] | undefined;
  // Answers every call of a builder with itself, and keeps what the calls below say.
  const recorder: unknown = new Proxy(
    {},
    {
      get: (_, method) => (first: unknown, second: unknown) => {
        if (method === 'positional') choices ??= textsOf((second as Options).choices);
        if (method === 'options') {
          for (const [name, option] of Object.entries(first as Record<string, AnyOptions>)) {
            options.push(...optionEntries(name, option));
          }
        }
        return recorder;
      },
    },
  );
  if (typeof builder === 'function') builder(recorder);
  return { options, choices };
}

function optionEntries(name: string, option: AnyOptions): OptionEntry[] {
  const { alias, type, choices, valueKind = 'file' } = option;
  const describe = option.describe ?? '';
  const letter = typeof alias === 'string' ? alias : undefined;
  if (type === 'boolean') {
    const entry = { name, letter, describe };
    return option.default === true ? [{ ...entry, name: `no-${name}` }] : [entry];
  }
  return [{ name, letter, describe, value: textsOf(choices) ?? valueKind }];
}

function textsOf(choices: Options['choices']): readonly string[] | undefined {
  return choices ? [choices].flat().map(String) : undefined;
}

/** Those that run something: without the ones that only hold others. */
export function flatten(commands: readonly CommandEntry[]): CommandEntry[] {
  return commands.flatMap((command) => [command, ...flatten(command.subcommands)]);
}
