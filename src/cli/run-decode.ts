// What `nic decode` does: reads .nic files, decodes them and writes pictures.
import { extname } from 'node:path';
import type { Rectangle } from '../../codec/index.ts';
import { encodeUncertainty } from '../image/encode-uncertainty.ts';
import { type ImageFormat, imageFormatOf } from '../image/image-formats.ts';
import { isSamePlace } from '../image/same-place.ts';
import { encodeImage } from '../image/write-image.ts';
import { type DecodeOptions, inspect } from '../index.ts';
import { type BatchItem, type BatchResult, onePair, runBatch } from './batch.ts';
import type { DecodeArgs } from './commands/decode.ts';
import { namingInput } from './exit.ts';
import { isNicName } from './find-files.ts';
import { interruptSignal } from './interrupt.ts';
import { codecOptionsOf } from './options.ts';
import { printJson, printNote } from './print.ts';
import { progressBar } from './progress-bar.ts';
import { checkOutput, displayName, readInput, standardStream, writeOutput } from './streams.ts';
import { UsageError } from './usage-error.ts';
import { codecForOne, type UseCodec, withCodec } from './with-codec.ts';

export async function runDecode(args: DecodeArgs): Promise<void> {
  const { outDir, json, quiet } = args;
  const options = codecOptionsOf(args);
  const chosen = args.format as ImageFormat | undefined;
  if (outDir !== undefined) {
    if (args.uncertainty !== undefined) {
      throw new UsageError('--uncertainty takes one .nic file, not --out-dir');
    }
    const signal = interruptSignal();
    const format = chosen ?? 'png';
    const rules = {
      isInput: isNicName,
      extension: format === 'jpeg' ? '.jpg' : `.${format}`,
    };
    const run = (use: UseCodec) =>
      runBatch({ ...args, outDir }, rules, signal, (item) =>
        decodeOne({ ...args, ...item, format }, {}, signal, use),
      );
    if (args.dryRun) return await run((_, use) => withCodec(options, signal, use));
    return await withCodec(options, signal, (codec) => run((_, use) => use(codec)));
  }
  const [input, output] = onePair(args);
  const format = chosen ?? (output === standardStream ? 'png' : imageFormatOf(output));
  await checkOutput(output, args);
  await checkMap(output, args);
  const signal = interruptSignal();
  const using = codecForOne(options, signal, fewPixels);
  const bar = await progressBar('Decoding', quiet);
  const { summary, line } = await namingInput(displayName(input, 'input'), () =>
    decodeOne(
      { ...args, input, output, format },
      { onProgress: bar.update },
      signal,
      (pixels, use) => using(pixels, use).finally(bar.stop),
    ),
  );
  if (json) await printJson(summary);
  else if (!quiet) printNote(line);
}

/** Up to here one thread has decoded a picture before others have started: 800 x 640. */
const fewPixels = 520_000;

/** Refuses a place for the map before any work. */
async function checkMap(
  output: string,
  { uncertainty: map, force, json }: DecodeArgs,
): Promise<void> {
  if (map === undefined) return;
  if (map !== standardStream && extname(map).toLowerCase() !== '.png') {
    throw new UsageError(`Expected a .png file for --uncertainty but received ${map}`);
  }
  const isSame = [map, output].includes(standardStream)
    ? map === output
    : await isSamePlace(map, output);
  if (isSame) throw new UsageError('The map and the picture need two places');
  await checkOutput(map, { force, json });
}

interface DecodeItem extends BatchItem {
  readonly format: ImageFormat;
  readonly region?: Rectangle;
  readonly realism?: number;
  /** Where the map of the errors goes. */
  readonly uncertainty?: string;
  readonly maxPixels?: number;
  readonly strip: boolean;
  readonly force: boolean;
  readonly quiet: boolean;
}

async function decodeOne(
  item: DecodeItem,
  options: DecodeOptions,
  signal: AbortSignal,
  using: UseCodec,
): Promise<BatchResult> {
  const {
    input,
    output,
    format,
    region,
    realism,
    uncertainty: map,
    maxPixels,
    strip,
    force,
    quiet,
  } = item;
  const bytes = await readInput(input, signal);
  // A damaged file is found before the model is loaded.
  const file = inspect(bytes, { maxPixels });
  const shown = region ?? file;
  const picture = await using(shown.width * shown.height, (codec) =>
    codec.decode(bytes, {
      ...options,
      maxPixels,
      region,
      realism,
      uncertainty: map !== undefined,
      signal,
    }),
  );
  const outputBytes = await encodeImage(picture, format, {
    strip,
    onWarning: quiet
      ? undefined
      : (message) => printNote(`${displayName(output, 'output')}: ${message}`),
  });
  const mapBytes = map === undefined ? undefined : await encodeUncertainty(picture);
  signal.throwIfAborted();
  await writeOutput(output, outputBytes, force);
  if (map !== undefined && mapBytes) await writeOutput(map, mapBytes, force);

  const { width, height, channels, realism: used = 0 } = picture;
  const decoder = used > 0 ? 'perceptual' : 'faithful';
  const note = used > 0 ? `, perceptual decoder, realism ${Number(used.toFixed(3))}` : '';
  const names = `${displayName(input, 'input')} -> ${displayName(output, 'output')}`;
  return {
    summary: {
      input: { path: input, sizeBytes: bytes.length },
      output: { path: output, format, sizeBytes: outputBytes.length },
      width,
      height,
      channels,
      quality: file.quality,
      bitsPerPixel: file.bitsPerPixel,
      decoder,
      realism: used,
      ...(map !== undefined && { uncertainty: { path: map } }),
    },
    line: `${names}: ${width}x${height}, ${file.bitsPerPixel.toFixed(3)} bits a pixel${note}`,
  };
}
