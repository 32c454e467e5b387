// What mutations start from, and what may come of them.
import { decodeCases, readGolden } from '../helpers/golden-files.ts';
import type { Outcome } from './decode-worker.ts';
import type { Mutation } from './mutate.ts';

const maxLineLength = 200;

export interface FuzzCorpus {
  readonly files: readonly Uint8Array[];
  /** What the worker answers for each of the files. */
  readonly pictures: ReadonlySet<string>;
}

/** The golden files whose pictures have fewer pixels. */
export function fuzzCorpus(maxPixels: number): FuzzCorpus {
  const cases = decodeCases().filter(({ width, height }) => width * height < maxPixels);
  return {
    files: cases.map(({ name }) => readGolden(`decode/${name}.nic`)),
    pictures: new Set(cases.map(({ sha256, alphaSha256 = '' }) => sha256 + alphaSha256)),
  };
}

/** One line on what is wrong with an outcome, or undefined. */
export function checkOutcome(
  { description }: Mutation,
  outcome: Outcome,
  pictures: ReadonlySet<string>,
): string | undefined {
  if ('unforeseen' in outcome) return `${description}: ${outcome.unforeseen}`;
  if ('sha256' in outcome) {
    return pictures.has(outcome.sha256) ? undefined : `${description}: another picture`;
  }
  const oneLine = outcome.line.length <= maxLineLength && !outcome.line.includes('\n');
  return oneLine ? undefined : `${description}: message "${outcome.line}"`;
}
