import type { CommandModule } from 'yargs';
import { priorKinds } from '../../../codec/prior/prior-kinds.ts';
import { tunes } from '../../../codec/tunes.ts';
import { defaultPrior, defaultQuality, defaultTune } from '../../api/defaults.ts';
import { type BatchArgs, batchOptions, pathsPositional } from '../batch-options.ts';
import {
  type CodecArgs,
  codecOptions,
  forceOption,
  jsonOption,
  numberOption,
  quietOption,
  sizeOption,
  stripOption,
  textOption,
} from '../options.ts';

export interface EncodeArgs extends BatchArgs, CodecArgs {
  readonly quality?: number;
  readonly bpp?: number;
  readonly size?: number;
  readonly ratio?: number;
  readonly psnr?: number;
  readonly prior?: string;
  readonly effort?: number;
  readonly tune?: string;
  readonly strip: boolean;
}

const priorOption = textOption('prior', {
  choices: priorKinds,
  describe: `What the latents are coded with: from base to mix smaller and slower [default: ${defaultPrior}]`,
});

const tuneOption = textOption('tune', {
  choices: tunes,
  describe: `Spread the bits for the eye, or for the least squared error [default: ${defaultTune}; psnr with --psnr]`,
});

/** `nic encode IN OUT` and `nic encode IN… --out-dir OUT` */
export const encodeCommand: CommandModule<object, EncodeArgs> = {
  command: 'encode <paths..>',
  describe: 'Code pictures as .nic files',
  builder: (yargs) =>
    yargs
      // Elsewhere the last of several values counts.
      .parserConfiguration({ 'duplicate-arguments-array': true })
      .positional('paths', {
        ...pathsPositional,
        describe:
          'PNG, JPEG, WebP, TIFF or AVIF file or -, then .nic file or -; with --out-dir files and folders',
      })
      .options({
        quality: numberOption('quality', 0, 100, {
          alias: 'q',
          describe: `0 (smallest) to 100 (best) [default: ${defaultQuality}]`,
        }),
        bpp: numberOption('bpp', 0, 1000, { describe: 'Most bits a pixel of the file' }),
        size: sizeOption('size', { describe: 'Most bytes of the file, for example 200kB' }),
        ratio: numberOption('ratio', 0.001, 1e6, {
          describe: 'Times that the file is smaller than 24 bits a pixel, for example 120',
        }),
        psnr: numberOption('psnr', 0, 200, { describe: 'Least PSNR in dB' }),
        prior: priorOption,
        effort: numberOption('effort', 0, 9, {
          alias: 'e',
          integer: true,
          describe: 'Search longer for a smaller file [default: 0]',
        }),
        tune: tuneOption,
        strip: stripOption,
        ...batchOptions,
        ...codecOptions,
        force: forceOption,
        json: jsonOption,
        quiet: quietOption,
      })
      .example('$0 encode photo.png photo.nic', 'at the default quality')
      .example('$0 encode --size 200kB photo.png photo.nic', 'as good as fits')
      .example('$0 encode -q 20 - - < photo.jpg > photo.nic', 'through pipes')
      .example('$0 encode photos --out-dir coded --resume', 'a folder with all in it'),
  async handler(args) {
    const { runEncode } = await import('../run-encode.ts');
    await runEncode(args);
  },
};
