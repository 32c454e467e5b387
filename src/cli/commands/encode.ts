import type { CommandModule } from 'yargs';
import { readImage } from '../../image/read-image.ts';
import { defaultQuality, type EncodeTargets, inspect } from '../../index.ts';
import { interruptSignal } from '../interrupt.ts';
import {
  backendOption,
  codecOptionsOf,
  forceOption,
  jsonOption,
  maxPixelsOption,
  modelOption,
  numberOption,
  pathPositional,
  quietOption,
  sizeOption,
  threadsOption,
} from '../options.ts';
import { printJson, printNote } from '../print.ts';
import { progressBar } from '../progress-bar.ts';
import { checkOutput, displayName, readInput, writeOutput } from '../streams.ts';
import { UsageError } from '../usage-error.ts';
import { withCodec } from '../with-codec.ts';

interface EncodeArgs {
  readonly input: string;
  readonly output: string;
  readonly quality?: number;
  readonly bpp?: number;
  readonly size?: number;
  readonly ratio?: number;
  readonly psnr?: number;
  readonly threads?: number;
  readonly backend?: string;
  readonly model?: string;
  readonly maxPixels?: number;
  readonly force: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
}

/** `nic encode IN OUT` */
export const encodeCommand: CommandModule<object, EncodeArgs> = {
  command: 'encode <input> <output>',
  describe: 'Code a picture as a .nic file',
  builder: (yargs) =>
    yargs
      .positional('input', pathPositional('PNG, JPEG, WebP, TIFF or AVIF file, or - for stdin'))
      .positional('output', pathPositional('.nic file, or - for stdout'))
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
        threads: threadsOption,
        backend: backendOption,
        model: modelOption,
        'max-pixels': maxPixelsOption,
        force: forceOption,
        json: jsonOption,
        quiet: quietOption,
      })
      .example('$0 encode photo.png photo.nic', 'at the default quality')
      .example('$0 encode --size 200kB photo.png photo.nic', 'as good as fits')
      .example('$0 encode -q 20 - - < photo.jpg > photo.nic', 'through pipes'),
  async handler(args) {
    const { input, output, maxPixels, force, json, quiet } = args;
    const target = targetOf(args);
    await checkOutput(output, { force, json });
    const signal = interruptSignal();
    const inputName = displayName(input, 'input');
    const {
      picture,
      format,
      sizeBytes: inputBytes,
    } = await readImage(await readInput(input, signal), {
      maxPixels,
      onWarning: (message) => printNote(`${inputName}: ${message}`),
    });
    signal.throwIfAborted();
    const bar = progressBar('Encoding');
    const bytes = await withCodec(codecOptionsOf(args), signal, (codec) =>
      codec.encode(picture, { ...target, signal, onProgress: bar.update }),
    ).finally(bar.stop);
    await writeOutput(output, bytes, force);

    const { width, height, channels } = picture;
    const { quality } = inspect(bytes);
    const sizeBytes = bytes.length;
    const bitsPerPixel = (8 * sizeBytes) / (width * height);
    const ratio = (width * height * 3) / sizeBytes;
    if (json) {
      await printJson({
        input: { path: input, format, sizeBytes: inputBytes },
        output: { path: output, sizeBytes },
        width,
        height,
        channels,
        quality,
        bitsPerPixel,
        ratio,
      });
    } else if (!quiet) {
      printNote(
        `${inputName} -> ${displayName(output, 'output')}: ${width}x${height}, ${sizeBytes} bytes, ` +
          `${bitsPerPixel.toFixed(3)} bits a pixel, ${ratio.toFixed(1)}:1`,
      );
    }
  },
};

/** The library's name of the one target given. */
function targetOf({ quality, bpp, size, ratio, psnr }: EncodeArgs): EncodeTargets {
  const given = Object.entries({ quality, bpp, size, ratio, psnr }).filter(
    ([, value]) => value !== undefined,
  );
  if (given.length > 1) {
    const names = given.map(([name]) => `--${name}`).join(' and ');
    throw new UsageError(`${names} exclude each other: give one of them`);
  }
  return { quality, targetBpp: bpp, targetBytes: size, ratio, targetPsnr: psnr };
}
