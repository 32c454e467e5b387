import type { CommandModule } from 'yargs';
import { tuneOf } from '../../api/codec.ts';
import { isPictureName } from '../../image/is-picture-name.ts';
import { readImage } from '../../image/read-image.ts';
import {
  defaultPrior,
  defaultQuality,
  defaultTune,
  type EncodeOptions,
  type EncodeTargets,
  inspect,
  type PriorKind,
  priorKinds,
  type Tune,
  tunes,
} from '../../index.ts';
import {
  type BatchArgs,
  type BatchItem,
  type BatchResult,
  batchOptions,
  onePair,
  pathsPositional,
  runBatch,
} from '../batch.ts';
import { interruptSignal } from '../interrupt.ts';
import {
  type CodecArgs,
  codecOptions,
  codecOptionsOf,
  forceOption,
  jsonOption,
  numberOption,
  quietOption,
  sizeOption,
  stripOption,
  textOption,
} from '../options.ts';
import { printJson, printNote } from '../print.ts';
import { progressBar } from '../progress-bar.ts';
import { checkOutput, displayName, readInput, writeOutput } from '../streams.ts';
import { UsageError } from '../usage-error.ts';
import { codecForOne, type UseCodec, withCodec } from '../with-codec.ts';

interface EncodeArgs extends BatchArgs, CodecArgs {
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
    const { outDir, json, quiet } = args;
    const prior = args.prior as PriorKind | undefined;
    const tune = args.tune as Tune | undefined;
    const target = { ...targetOf(args), prior, effort: args.effort, tune };
    const options = codecOptionsOf(args);
    if (outDir !== undefined) {
      const signal = interruptSignal();
      const run = (use: UseCodec) =>
        runBatch({ ...args, outDir }, rules, signal, (item) =>
          encodeOne({ ...args, ...item }, target, signal, use),
        );
      if (args.dryRun) return await run((_, use) => withCodec(options, signal, use));
      return await withCodec(options, signal, (codec) => run((_, use) => use(codec)));
    }
    const [input, output] = onePair(args);
    await checkOutput(output, args);
    const signal = interruptSignal();
    const using = codecForOne(options, signal, fewPixels);
    const bar = progressBar('Encoding');
    const { summary, line } = await encodeOne(
      { ...args, input, output },
      { ...target, onProgress: bar.update },
      signal,
      (pixels, use) => using(pixels, use).finally(bar.stop),
    );
    if (json) await printJson(summary);
    else if (!quiet) printNote(line);
  },
};

/** Up to here one thread has encoded a picture before others have started: 384 x 384. */
const fewPixels = 150_000;

const rules = { isInput: isPictureName, extension: '.nic' };

interface EncodeItem extends BatchItem {
  readonly maxPixels?: number;
  readonly strip: boolean;
  readonly force: boolean;
}

async function encodeOne(
  { input, output, maxPixels, strip, force }: EncodeItem,
  options: EncodeOptions,
  signal: AbortSignal,
  using: UseCodec,
): Promise<BatchResult> {
  const inputName = displayName(input, 'input');
  const {
    picture,
    format,
    sizeBytes: inputBytes,
  } = await readImage(await readInput(input, signal), {
    maxPixels,
    strip,
    onWarning: (message) => printNote(`${inputName}: ${message}`),
  });
  signal.throwIfAborted();
  const { width, height, channels } = picture;
  const bytes = await using(width * height, (codec) =>
    codec.encode(picture, { ...options, signal }),
  );
  await writeOutput(output, bytes, force);

  const { quality, prior, sections } = inspect(bytes);
  const metadataBytes = sections
    .filter(({ critical }) => !critical)
    .reduce((sum, section) => sum + section.sizeBytes, 0);
  const sizeBytes = bytes.length;
  const bitsPerPixel = (8 * sizeBytes) / (width * height);
  const ratio = (width * height * 3) / sizeBytes;
  return {
    summary: {
      input: { path: input, format, sizeBytes: inputBytes },
      output: { path: output, sizeBytes, metadataBytes },
      width,
      height,
      channels,
      quality,
      prior,
      effort: options.effort ?? 0,
      tune: tuneOf(options),
      bitsPerPixel,
      ratio,
    },
    line:
      `${inputName} -> ${displayName(output, 'output')}: ${width}x${height}, ${sizeBytes} bytes, ` +
      `${metadataBytes > 0 ? `of which ${metadataBytes} are metadata, ` : ''}` +
      `${bitsPerPixel.toFixed(3)} bits a pixel, ${ratio.toFixed(1)}:1`,
  };
}

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
