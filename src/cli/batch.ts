// Several inputs with --out-dir: which files there are, what becomes of each, and one that fails does not end the
// rest.
import { mkdir, stat } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { NicError } from '../../codec/errors.ts';
import { runTasks } from '../../codec/run-tasks.ts';
import { checkPlace } from '../image/write-file-atomic.ts';
import type { BatchArgs } from './batch-options.ts';
import { batchProgress } from './batch-progress.ts';
import { describeError, exitCodeOf } from './exit.ts';
import { findFiles } from './find-files.ts';
import { printNote, printText } from './print.ts';
import { checkFree, standardStream } from './streams.ts';
import { UsageError } from './usage-error.ts';

/** Input and output of the form without --out-dir. */
export function onePair({ paths, jobs, dryRun, resume }: BatchArgs): [string, string] {
  for (const [name, value] of Object.entries({ jobs, 'dry-run': dryRun, resume })) {
    if (value !== undefined) throw new UsageError(`--${name} needs --out-dir`);
  }
  const [input, output, ...more] = paths;
  if (output === undefined) {
    throw new UsageError('Not enough paths: expected an input and an output, or --out-dir');
  }
  if (more.length > 0) {
    throw new UsageError(`Unexpected ${more.join(', ')}: more than one input needs --out-dir`);
  }
  return [input, output];
}

export interface BatchItem {
  readonly input: string;
  readonly output: string;
}

export interface BatchRules {
  /** Whether a file found in a folder is an input; files that are named always are. */
  readonly isInput: (name: string) => boolean;
  /** Of the outputs, with its dot. */
  readonly extension: string;
}

/** What was made of one picture: an object for --json and a line for people. */
export interface BatchResult {
  readonly summary: object;
  readonly line: string;
}

/**
 * Makes an output of every input, `jobs` at a time. Prints a line or a JSON object for each, and on a terminal how
 * far all of it is; the exit code of the process is that of the first input that failed. Faults of the program and
 * an abort reject.
 */
export async function runBatch(
  args: BatchArgs & { readonly outDir: string },
  rules: BatchRules,
  signal: AbortSignal,
  work: (item: BatchItem & { readonly force: boolean }) => Promise<BatchResult>,
): Promise<void> {
  const { force, json, quiet, resume = false, dryRun = false } = args;
  const items = await findItems(args.paths, args.outDir, rules);
  const counts = { done: 0, skipped: 0, failed: 0 };
  const exitCodes = new Map<number, number>();
  const progress = batchProgress({ total: items.length, silent: quiet || dryRun });

  async function tell(status: string, { input, output }: BatchItem, more: object, line: string) {
    if (json) {
      const paths = { input: { path: input }, output: { path: output } };
      const text = `${JSON.stringify({ status, ...paths, ...more })}\n`;
      await progress.aside(() => printText(text));
    } else if (!quiet || status === 'failed') {
      await progress.aside(() => printNote(line));
    }
  }

  async function runItem(item: BatchItem, index: number): Promise<void> {
    const { input, output } = item;
    try {
      if (resume && (await isNewer(output, input))) {
        counts.skipped++;
        return await tell('skipped', item, {}, `${input}: ${output} is newer`);
      }
      const replace = force || resume;
      await checkFree(output, replace);
      if (dryRun) {
        await stat(input);
        counts.done++;
        return await tell('planned', item, {}, `${input} -> ${output}`);
      }
      await mkdir(dirname(output), { recursive: true });
      await checkPlace(output);
      const { summary, line } = await work({ ...item, force: replace });
      counts.done++;
      await tell('done', item, summary, line);
    } catch (error) {
      signal.throwIfAborted();
      const { code } = error as NodeJS.ErrnoException;
      if (!(error instanceof NicError) && code === undefined) throw error;
      counts.failed++;
      exitCodes.set(index, exitCodeOf(error));
      const text = describeError(error).replace(/^nic: /, '');
      const line = text.startsWith(`${input}: `) ? text : `${input}: ${text}`;
      await tell('failed', item, { code, message: (error as Error).message }, line);
    }
  }

  const tasks = items.map((item, index) => async () => {
    progress.start(item.input);
    await runItem(item, index).finally(() => progress.finish(item.input));
  });
  await runTasks(tasks, args.jobs ?? 1, signal).finally(progress.stop);
  if (exitCodes.size > 0) process.exitCode = exitCodes.get(Math.min(...exitCodes.keys()));
  if (json || quiet) return;
  const { done, skipped, failed } = counts;
  printNote(`${done} ${dryRun ? 'to do' : 'done'}, ${skipped} skipped, ${failed} failed`);
}

/** Every input with its output; a UsageError where two would be written to one file. */
async function findItems(
  paths: readonly string[],
  outDir: string,
  { isInput, extension }: BatchRules,
): Promise<BatchItem[]> {
  if (paths.includes(standardStream)) throw new UsageError('- cannot be used with --out-dir');
  const items: BatchItem[] = [];
  const inputOf = new Map<string, string>();
  for (const { path: input, name } of await findFiles(paths, isInput)) {
    const output = join(outDir, name.slice(0, name.length - extname(name).length) + extension);
    const other = inputOf.get(output);
    if (other === input) continue;
    if (other !== undefined) {
      throw new UsageError(`${other} and ${input} would both be written to ${output}`);
    }
    inputOf.set(output, input);
    items.push({ input, output });
  }
  return items;
}

async function isNewer(output: string, input: string): Promise<boolean> {
  const [made, source] = await Promise.all([
    stat(output).catch(() => undefined),
    stat(input).catch(() => undefined),
  ]);
  return made !== undefined && source !== undefined && made.mtimeMs > source.mtimeMs;
}
