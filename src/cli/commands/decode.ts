import type { CommandModule } from 'yargs';
import type { Rectangle } from '../../../codec/index.ts';
import {
  encodeImage,
  type ImageFormat,
  imageFormatOf,
  imageFormats,
} from '../../image/write-image.ts';
import { inspect } from '../../index.ts';
import { interruptSignal } from '../interrupt.ts';
import {
  backendOption,
  codecOptionsOf,
  forceOption,
  jsonOption,
  maxPixelsOption,
  modelOption,
  pathPositional,
  quietOption,
  threadsOption,
} from '../options.ts';
import { printJson, printNote } from '../print.ts';
import { progressBar } from '../progress-bar.ts';
import { checkOutput, displayName, readInput, standardStream, writeOutput } from '../streams.ts';
import { UsageError } from '../usage-error.ts';
import { withCodec } from '../with-codec.ts';

interface DecodeArgs {
  readonly input: string;
  readonly output: string;
  readonly format?: ImageFormat;
  readonly region?: Rectangle;
  readonly threads?: number;
  readonly backend?: string;
  readonly model?: string;
  readonly maxPixels?: number;
  readonly force: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
}

function parseRegion(text: string | undefined): Rectangle | undefined {
  if (text === undefined) return undefined;
  if (!/^\d+(,\d+){3}$/.test(text)) {
    throw new UsageError(
      `Expected X,Y,WIDTH,HEIGHT for --region but received ${JSON.stringify(text)}`,
    );
  }
  const [x, y, width, height] = text.split(',').map(Number);
  return { x, y, width, height };
}

/** `nic decode IN OUT` */
export const decodeCommand: CommandModule<object, DecodeArgs> = {
  command: 'decode <input> <output>',
  describe: 'Decode a .nic file to a picture',
  builder: (yargs) =>
    yargs
      .positional('input', pathPositional('.nic file, or - for stdin'))
      .positional('output', pathPositional('PNG, JPEG, WebP, TIFF or AVIF file, or - for stdout'))
      .options({
        format: {
          choices: imageFormats,
          requiresArg: true,
          describe: 'Format of the output [default: by its extension, png on stdout]',
        },
        region: {
          type: 'string',
          requiresArg: true,
          describe: 'Decode only this part: X,Y,WIDTH,HEIGHT in pixels',
          coerce: parseRegion,
        },
        threads: threadsOption,
        backend: backendOption,
        model: modelOption,
        'max-pixels': maxPixelsOption,
        force: forceOption,
        json: jsonOption,
        quiet: quietOption,
      })
      .example('$0 decode photo.nic photo.png', 'PNG, WebP, TIFF and AVIF hold the exact pixels')
      .example('$0 decode - - --format webp < photo.nic > photo.webp', 'through pipes'),
  async handler(args) {
    const { input, output, maxPixels, force, json, quiet } = args;
    const format = args.format ?? (output === standardStream ? 'png' : imageFormatOf(output));
    await checkOutput(output, { force, json });
    const signal = interruptSignal();
    const bytes = await readInput(input, signal);
    // A damaged file is found before the model is loaded.
    const { quality, bitsPerPixel } = inspect(bytes, { maxPixels });
    const bar = progressBar('Decoding');
    const picture = await withCodec(codecOptionsOf(args), signal, (codec) =>
      codec.decode(bytes, { maxPixels, region: args.region, signal, onProgress: bar.update }),
    ).finally(bar.stop);
    const outputBytes = await encodeImage(picture, format);
    signal.throwIfAborted();
    await writeOutput(output, outputBytes, force);

    const { width, height, channels } = picture;
    if (json) {
      await printJson({
        input: { path: input, sizeBytes: bytes.length },
        output: { path: output, format, sizeBytes: outputBytes.length },
        width,
        height,
        channels,
        quality,
        bitsPerPixel,
      });
    } else if (!quiet) {
      const names = `${displayName(input, 'input')} -> ${displayName(output, 'output')}`;
      printNote(`${names}: ${width}x${height}, ${bitsPerPixel.toFixed(3)} bits a pixel`);
    }
  },
};
