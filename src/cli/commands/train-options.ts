// Options that several commands of `nic train` have.
import type { Argv } from 'yargs';
import { UsageError } from '../usage-error.ts';

export const pythonOption = {
  type: 'string',
  requiresArg: true,
  describe: 'Python with torch, numpy and pillow [default: python3]',
} as const;

/** Lets a positional hold several values; what is given twice among the options is then an error. */
export function severalOf<Args>(positional: string, yargs: Argv<Args>): Argv<Args> {
  return yargs.parserConfiguration({ 'duplicate-arguments-array': true }).check((args) => {
    for (const [name, value] of Object.entries(args)) {
      if (Array.isArray(value) && name !== '_' && name !== positional) {
        throw new UsageError(`Expected --${name} once`);
      }
    }
    return true;
  });
}
