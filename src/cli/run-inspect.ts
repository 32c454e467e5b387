// What `nic inspect` does: prints what a .nic file or a model says of itself.
import { type BitstreamInfo, inspectBitstream } from '../../codec/inspect.ts';
import type { InspectArgs } from './commands/inspect.ts';
import { namingInput } from './exit.ts';
import { formatRows, printJson, printText } from './print.ts';
import { displayName, readInput } from './streams.ts';
import { UsageError } from './usage-error.ts';

export async function runInspect(args: InspectArgs): Promise<void> {
  const { input, model, maxPixels, json } = args;
  if (model === undefined) {
    if (input === undefined) throw new UsageError('Expected a .nic file or --model');
    const bytes = await readInput(input);
    const name = displayName(input, 'input');
    const info = await namingInput(name, () => inspectBitstream(bytes, { maxPixels }));
    // Its sizes are those of the sections.
    const { metadata, ...shown } = info;
    if (json) await printJson({ path: input, ...shown });
    else await printText(formatRows(bitstreamRows(name, info)));
    return;
  }
  if (input !== undefined) throw new UsageError('Expected a .nic file or --model, not both');
  // A file is inspected without the codec; a model is not.
  const { describeModel, modelRows } = await import('./describe-model.ts');
  const description = await describeModel(model === '' ? undefined : model);
  if (json) await printJson(description);
  else await printText(formatRows(modelRows(description)));
}

function bitstreamRows(name: string, info: BitstreamInfo): (readonly [string, string])[] {
  const { width, height, channels, sizeBytes, bitsPerPixel, tileColumns, tileRows } = info;
  const ratio = (width * height * 3) / sizeBytes;
  return [
    ['file', name],
    ['format', `nic ${info.formatVersion.major}.${info.formatVersion.minor}`],
    [
      'picture',
      `${width}x${height}, ${channels === 1 ? 'grey' : 'RGB'}${info.alpha ? ' with alpha' : ''}`,
    ],
    ['quality', String(info.quality)],
    ['prior', info.prior],
    ['size', `${sizeBytes} bytes, ${bitsPerPixel.toFixed(4)} bits a pixel, ${ratio.toFixed(1)}:1`],
    ['model', `${info.modelId}, SHA-256 ${info.modelHash}…`],
    ['header', `${info.headerBytes} bytes`],
    ['tiles', `${tileColumns} x ${tileRows}`],
    ...info.sections.map(
      (section) => [section.name, `${section.sizeBytes} bytes at ${section.offset}`] as const,
    ),
  ];
}
