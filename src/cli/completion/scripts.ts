// Completion scripts for shells, written from the table of commands: they run without starting nic.
import type { Shell } from '../commands/completion.ts';
import { type CommandEntry, flatten, type OptionEntry } from './command-table.ts';

/** The script that makes a shell complete `nic`. */
export function completionScript(shell: Shell, commands: readonly CommandEntry[]): string {
  if (shell === 'fish') return fishScript(commands);
  const script = bashScript(commands);
  return shell === 'bash' ? script : `autoload -U +X bashcompinit && bashcompinit\n${script}`;
}

const rootOptions = '--help -h --version -V';

function flagsOf({ name, letter }: OptionEntry): string[] {
  return letter === undefined ? [`--${name}`] : [`--${name}`, `-${letter}`];
}

/** A text in single quotes for bash and zsh. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** For bash from 3.2 on. zsh runs it through bashcompinit. */
function bashScript(commands: readonly CommandEntry[]): string {
  const all = flatten(commands);
  const patterns = (texts: readonly string[]) => texts.map(quoted).join('|');
  const wordsCases = all.flatMap(({ words, subcommands, choices }) => {
    const list = subcommands.length > 0 ? lastWords(subcommands) : choices?.join(' ');
    return list === undefined ? [] : [`    ${quoted(words)}) arguments=${quoted(list)} ;;`];
  });
  const optionCases = all.map(
    ({ words, options }) =>
      `    ${quoted(words)}) options=${quoted(options.flatMap(flagsOf).join(' '))} ;;`,
  );
  const valueCases = all.flatMap(({ words, options }) =>
    options.flatMap((option) => {
      if (option.value === undefined) return [];
      const keys = flagsOf(option).map((flag) => `${words} ${flag}`);
      if (option.value === 'file') return [`    ${patterns(keys)}) kind=file ;;`];
      const list = option.value === 'other' ? '' : option.value.join(' ');
      return [`    ${patterns(keys)}) kind=list arguments=${quoted(list)} ;;`];
    }),
  );
  return `# Completion of nic for bash: source it, or put it where bash-completion looks.
_nic() {
  local word="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}"
  local command= arguments= options= kind=file i
  # Bash takes --option=value apart.
  if [[ "$word" == '=' ]]; then word=
  elif [[ "$previous" == '=' ]]; then previous="\${COMP_WORDS[COMP_CWORD-2]}"
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${command:+$command }\${COMP_WORDS[i]}" in
      ${patterns(all.map(({ words }) => words))}) command="\${command:+$command }\${COMP_WORDS[i]}" ;;
    esac
  done
  case "$command" in
    '') options=${quoted(rootOptions)} arguments=${quoted(lastWords(commands))} ;;
${optionCases.join('\n')}
  esac
  case "$command" in
${wordsCases.join('\n')}
  esac
  [[ -n "$arguments" ]] && kind=list
  case "$command $previous" in
${valueCases.join('\n')}
    *) if [[ "$word" == -* ]]; then kind=list arguments="$options"; fi ;;
  esac
  local IFS=$' \\t\\n'
  if [[ "$kind" == file ]]; then
    IFS=$'\\n'
    COMPREPLY=($(compgen -f -- "$word"))
  else
    COMPREPLY=($(compgen -W "$arguments" -- "$word"))
  fi
}
complete -o filenames -F _nic nic
`;
}

function lastWords(commands: readonly CommandEntry[]): string {
  return commands.map(({ words }) => words.split(' ').at(-1)).join(' ');
}

function fishScript(commands: readonly CommandEntry[]): string {
  const text = (value: string) => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const lines = ['# Completion of nic for fish: source it, or save it as completions/nic.fish.'];
  const add = (condition: string, rest: string) =>
    lines.push(`complete -c nic -n ${text(condition)} ${rest}`);
  const addCommands = (condition: string, list: readonly CommandEntry[]) => {
    for (const { words, describe } of list) {
      add(condition, `-f -a ${text(words.split(' ').at(-1) ?? '')} -d ${text(describe)}`);
    }
  };
  addCommands('__fish_use_subcommand', commands);
  add('__fish_use_subcommand', `-s V -l version -d 'Show version number'`);
  for (const { words, options, choices, subcommands } of flatten(commands)) {
    const [first, second] = words.split(' ');
    const names = subcommands.map((command) => command.words.split(' ')[1]);
    const seen = `__fish_seen_subcommand_from ${first}`;
    const here =
      second !== undefined
        ? `${seen}; and __fish_seen_subcommand_from ${second}`
        : names.length > 0
          ? `${seen}; and not __fish_seen_subcommand_from ${names.join(' ')}`
          : seen;
    addCommands(here, subcommands);
    if (choices) add(here, `-f -a ${text(choices.join(' '))}`);
    for (const { name, letter, describe, value } of options) {
      const flags = letter === undefined ? `-l ${name}` : `-s ${letter} -l ${name}`;
      const values =
        value === undefined
          ? ''
          : value === 'file'
            ? ' -r -F'
            : value === 'other'
              ? ' -x'
              : ` -x -a ${text(value.join(' '))}`;
      add(here, `${flags}${values} -d ${text(describe)}`);
    }
  }
  return `${lines.join('\n')}\n`;
}
