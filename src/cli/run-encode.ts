// What `nic encode` does: reads pictures, codes them and writes .nic files.
import { tuneOf } from '../api/codec.ts';
import { isPictureName } from '../image/is-picture-name.ts';
import { readImage } from '../image/read-image.ts';
import {
  type EncodeOptions,
  type EncodeTargets,
  inspect,
  type PriorKind,
  type Tune,
} from '../index.ts';
import { type BatchItem, type BatchResult, onePair, runBatch } from './batch.ts';
import type { EncodeArgs } from './commands/encode.ts';
import { namingInput } from './exit.ts';
import { interruptSignal } from './interrupt.ts';
import { codecOptionsOf } from './options.ts';
import { printJson, printNote } from './print.ts';
import { progressBar } from './progress-bar.ts';
import { checkOutput, displayName, readInput, writeOutput } from './streams.ts';
import { UsageError } from './usage-error.ts';
import { codecForOne, type UseCodec, withCodec } from './with-codec.ts';

export async function runEncode(args: EncodeArgs): Promise<void> {
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
  const bar = await progressBar('Encoding', quiet);
  const { summary, line } = await namingInput(displayName(input, 'input'), () =>
    encodeOne(
      { ...args, input, output },
      { ...target, onProgress: bar.update },
      signal,
      (pixels, use) => using(pixels, use).finally(bar.stop),
    ),
  );
  if (json) await printJson(summary);
  else if (!quiet) printNote(line);
}

/** Up to here one thread has encoded a picture before others have started: 384 x 384. */
const fewPixels = 150_000;

const rules = { isInput: isPictureName, extension: '.nic' };

interface EncodeItem extends BatchItem {
  readonly maxPixels?: number;
  readonly strip: boolean;
  readonly force: boolean;
  readonly quiet: boolean;
}

async function encodeOne(
  { input, output, maxPixels, strip, force, quiet }: EncodeItem,
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
    onWarning: quiet ? undefined : (message) => printNote(`${inputName}: ${message}`),
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
