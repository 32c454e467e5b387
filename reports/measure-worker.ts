// A process of the report: measures the points of one picture and codec after another, a message for each.
import sharp from 'sharp';
import type { Codec } from './codecs/codec.ts';
import { openCodec } from './codecs/registry.ts';
import { readRgb } from './dataset-folder.ts';
import { measure, type Original, prepareOriginal } from './measure.ts';
import type { Row } from './rows.ts';

/** What the report asks for. */
export interface MeasureTask {
  readonly spec: string;
  readonly picture: string;
  readonly path: string;
  readonly qualities: readonly number[];
}

/** What the worker answers: a row a quality, in order, then `done`. */
export type MeasureMessage = { readonly row: Row } | { readonly done: true };

// Times are of one thread, for every codec.
sharp.concurrency(1);
sharp.cache(false);

const codecs = new Map<string, Promise<Codec>>();
let current: (Original & { readonly path: string }) | undefined;

async function handle({ spec, picture, path, qualities }: MeasureTask): Promise<void> {
  let codec: Codec;
  try {
    let opening = codecs.get(spec);
    if (opening === undefined) {
      opening = openCodec(spec);
      codecs.set(spec, opening);
    }
    codec = await opening;
    if (current?.path !== path) {
      current = { ...prepareOriginal(picture, await readRgb(path)), path };
    }
  } catch (error) {
    for (const quality of qualities) post({ row: { picture, quality, error: messageOf(error) } });
    post({ done: true });
    return;
  }
  for (const quality of qualities) {
    try {
      post({ row: await measure(codec, current, quality) });
    } catch (error) {
      post({ row: { picture, quality, error: messageOf(error) } });
    }
  }
  post({ done: true });
}

function post(message: MeasureMessage): void {
  process.send?.(message);
}

function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split('\n', 1)[0].slice(0, 300);
}

process.on('message', (task: MeasureTask) => {
  handle(task).catch((error: unknown) => {
    queueMicrotask(() => {
      throw error;
    });
  });
});

// The report is gone: nothing is left to measure for.
process.on('disconnect', () => process.exit());
