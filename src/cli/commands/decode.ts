import type { CommandModule } from 'yargs';
import type { Rectangle } from '../../../codec/index.ts';
import { imageFormats } from '../../image/image-formats.ts';
import { type BatchArgs, batchOptions, pathsPositional } from '../batch-options.ts';
import {
  type CodecArgs,
  codecOptions,
  forceOption,
  jsonOption,
  numberOption,
  quietOption,
  stripOption,
  textOption,
} from '../options.ts';
import { UsageError } from '../usage-error.ts';

export interface DecodeArgs extends BatchArgs, CodecArgs {
  readonly format?: string;
  readonly region?: Rectangle;
  readonly realism?: number;
  readonly uncertainty?: string;
  readonly strip: boolean;
}

function parseRegion(text: string | undefined): Rectangle | undefined {
  if (text === undefined) return undefined;
  if (Array.isArray(text)) throw new UsageError('Expected --region once');
  if (!/^\d+(,\d+){3}$/.test(text)) {
    throw new UsageError(
      `Expected X,Y,WIDTH,HEIGHT for --region but received ${JSON.stringify(text)}`,
    );
  }
  const [x, y, width, height] = text.split(',').map(Number);
  return { x, y, width, height };
}

/** `nic decode IN OUT` and `nic decode IN… --out-dir OUT` */
export const decodeCommand: CommandModule<object, DecodeArgs> = {
  command: 'decode <paths..>',
  describe: 'Decode .nic files to pictures',
  builder: (yargs) =>
    yargs
      // Elsewhere the last of several values counts.
      .parserConfiguration({ 'duplicate-arguments-array': true })
      .positional('paths', {
        ...pathsPositional,
        describe:
          '.nic file or -, then PNG, JPEG, WebP, TIFF or AVIF file or -; with --out-dir files and folders',
      })
      .options({
        format: textOption('format', {
          choices: imageFormats,
          describe:
            'Format of the output [default: by its extension, png on stdout and in --out-dir]',
        }),
        region: {
          type: 'string',
          requiresArg: true,
          describe: 'Decode only this part: X,Y,WIDTH,HEIGHT in pixels',
          coerce: parseRegion,
        },
        realism: numberOption('realism', 0, 1, {
          describe:
            'How much of the perceptual decoder to use, which makes up texture that a small file lost [default: 0]',
        }),
        uncertainty: textOption('uncertainty', {
          describe:
            'PNG for a map of how far each pixel may be off: a sample of 8 is a standard error of one 8-bit level',
        }),
        strip: stripOption,
        ...batchOptions,
        ...codecOptions,
        force: forceOption,
        json: jsonOption,
        quiet: quietOption,
      })
      .example('$0 decode photo.nic photo.png', 'PNG, WebP, TIFF and AVIF hold the exact pixels')
      .example('$0 decode - - --format webp < photo.nic > photo.webp', 'through pipes')
      .example('$0 decode small.nic small.png --realism 1', 'with texture made up, for low rates')
      .example(
        '$0 decode photo.nic photo.png --uncertainty errors.png',
        'and how far it may be off',
      )
      .example('$0 decode coded --out-dir pictures -j 2', 'a folder with all in it'),
  async handler(args) {
    const { runDecode } = await import('../run-decode.ts');
    await runDecode(args);
  },
};
