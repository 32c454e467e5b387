import type { CommandModule } from 'yargs';
import { jsonOption, maxPixelsOption, withDash } from '../options.ts';

export interface InspectArgs {
  readonly input?: string;
  readonly model?: string;
  readonly maxPixels?: number;
  readonly json: boolean;
}

const pathWithDash = (path: string | undefined) => path && withDash(path);

/** `nic inspect FILE`, `nic inspect --model [FILE]` */
export const inspectCommand: CommandModule<object, InspectArgs> = {
  command: 'inspect [input]',
  describe: 'Show what a .nic file, or a model, says of itself',
  builder: (yargs) =>
    yargs
      .positional('input', {
        type: 'string',
        describe: '.nic file, or - for stdin',
        coerce: pathWithDash,
      })
      .options({
        model: {
          type: 'string',
          coerce: pathWithDash,
          describe: 'Show a model instead: its .json file, or the one of the package',
        },
        'max-pixels': maxPixelsOption,
        json: jsonOption,
      })
      .example('$0 inspect photo.nic', 'size, quality, model and sections of a file')
      .example('$0 inspect --model', 'parameters, kMAC/pixel and provenance of the model'),
  async handler(args) {
    const { runInspect } = await import('../run-inspect.ts');
    await runInspect(args);
  },
};
