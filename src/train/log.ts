// The lines that the trainer prints and keeps in RUN/log.jsonl.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TrainingError } from './training-error.ts';

export interface ValidationRow {
  readonly quality: number;
  /** Bits a pixel, of ideal code lengths. */
  readonly bpp: number;
  /** dB, of RGB. */
  readonly psnr: number;
  /** 0-1; absent where no picture was large enough. */
  readonly ms_ssim?: number;
}

/** Numbers by name, or groups of them. */
export interface Measured {
  readonly [name: string]: number | Measured;
}

export interface LogLine {
  readonly step: number;
  /** Time that the run has taken in all. */
  readonly seconds: number;
  /** Means since the line before. */
  readonly loss?: number;
  readonly bpp?: number;
  readonly psnr?: number;
  /** What the learning rate is multiplied by, 0-1. */
  readonly factor?: number;
  readonly crops_per_second?: number;
  readonly validation?: readonly ValidationRow[];
  /** What an auxiliary model brings, by name. */
  readonly measured?: Measured;
  readonly end?: 'finished' | 'interrupted';
}

/** A line of the log, or undefined for any other text. */
export function parseLogLine(text: string): LogLine | undefined {
  let value: Partial<LogLine>;
  try {
    value = JSON.parse(text) as Partial<LogLine>;
  } catch {
    return undefined;
  }
  const isLine = typeof value?.step === 'number' && typeof value.seconds === 'number';
  return isLine ? (value as LogLine) : undefined;
}

/**
 * The lines of a run in the order of their steps. Where a run ended without a checkpoint and took steps again, the lines of
 * the first time are left out. TrainingError `NOT_A_RUN` where there is no log.
 */
export async function readLog(run: string): Promise<LogLine[]> {
  const path = join(run, 'log.jsonl');
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new TrainingError('NOT_A_RUN', `${run} has no log.jsonl: it is no folder of a run`, {
      cause: error,
    });
  });
  const lines: LogLine[] = [];
  for (const row of text.split('\n')) {
    const line = parseLogLine(row);
    if (line === undefined) continue;
    while ((lines.at(-1)?.step ?? -1) > line.step) lines.pop();
    lines.push(line);
  }
  return lines;
}
