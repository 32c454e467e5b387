// `npm run fuzz -- [--count N] [--seed N] [--seconds N] [--threads N]`
//
// Decodes mutated golden files in worker threads, each file within a time limit. Prints every finding (a crash, a
// hang, a wrong picture, a message that is no line) and a summary; exit code 1 where there is a finding, 2 for
// a wrong argument. Equal seeds give equal files, whatever the number of threads.
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { checkOutcome, fuzzCorpus } from './check-outcome.ts';
import type { Outcome } from './decode-worker.ts';
import { mutate } from './mutate.ts';

/** For one file of at most 2^18 pixels, on a busy machine. */
const timeLimitMs = 20_000;
/** More than this in use beyond what the start took is an allocation without bound. */
const memoryLimitBytes = 1.5 * 2 ** 30;
const progressEveryMs = 500;

function integer(name: string, text: string, low: number): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < low) {
    process.stderr.write(`Expected an integer from ${low} for --${name} but received "${text}"\n`);
    process.exit(2);
  }
  return value;
}

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '200000' },
    seed: { type: 'string', default: '1' },
    seconds: { type: 'string' },
    threads: { type: 'string', default: String(Math.min(availableParallelism(), 8)) },
  },
});
const count = integer('count', values.count, 1);
const seed = integer('seed', values.seed, 0);
const threads = integer('threads', values.threads, 1);
const seconds =
  values.seconds === undefined ? Number.POSITIVE_INFINITY : integer('seconds', values.seconds, 1);

const { files, pictures } = fuzzCorpus(2 ** 18);
const startedMs = performance.now();
const memoryBefore = process.memoryUsage().rss;
const refused = new Map<string, number>();
/** By what the mutations aimed at: how many gave the picture, and how many were refused. */
const byLayer = new Map<string, { identical: number; refused: number }>();
const tally = { files: 0, identical: 0, crashes: 0, hangs: 0, others: 0 };
let nextIndex = 0;

const secondsSoFar = () => (performance.now() - startedMs) / 1000;

function report(finding: string): void {
  process.stderr.write(`${process.stderr.isTTY ? '\r\u001b[2K' : ''}FINDING ${finding}\n`);
}

const startWorker = () => new Worker(new URL('./decode-worker.js', import.meta.url));

/** The answer to a file; undefined where none comes in time. A worker that ends or throws rejects. */
async function answerOf(worker: Worker, bytes: Uint8Array): Promise<Outcome | undefined> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), timeLimitMs);
  const { signal } = controller;
  const ended = once(worker, 'exit', { signal }).then(([code]) => {
    throw new Error(`the worker ended with code ${code}`);
  });
  try {
    const answered = once(worker, 'message', { signal });
    worker.postMessage(bytes);
    return ((await Promise.race([answered, ended])) as [Outcome])[0];
  } catch (error) {
    if ((error as Error).name === 'AbortError') return undefined;
    throw error;
  } finally {
    clearTimeout(timer);
    ended.catch(() => {});
    controller.abort();
  }
}

async function runThread(): Promise<void> {
  let worker = startWorker();
  while (nextIndex < count && secondsSoFar() < seconds) {
    const mutation = mutate(files, seed, nextIndex++);
    let failed = true;
    try {
      const outcome = await answerOf(worker, mutation.bytes);
      failed = outcome === undefined;
      if (outcome === undefined) {
        tally.hangs++;
        report(`${mutation.description}: no answer in ${timeLimitMs / 1000} s`);
      } else {
        judge(mutation, outcome);
      }
    } catch (error) {
      tally.crashes++;
      report(`${mutation.description}: ${error}`);
    }
    tally.files++;
    if (failed) {
      await worker.terminate();
      worker = startWorker();
    }
  }
  await worker.terminate();
}

function judge(mutation: ReturnType<typeof mutate>, outcome: Outcome): void {
  const finding = checkOutcome(mutation, outcome, pictures);
  const layer = byLayer.get(mutation.layer) ?? { identical: 0, refused: 0 };
  byLayer.set(mutation.layer, layer);
  if (finding !== undefined) {
    if ('unforeseen' in outcome) tally.crashes++;
    else tally.others++;
    report(finding);
  } else if ('code' in outcome) {
    layer.refused++;
    refused.set(outcome.code, (refused.get(outcome.code) ?? 0) + 1);
  } else {
    layer.identical++;
    tally.identical++;
  }
}

let memoryPeak = memoryBefore;
const timer = setInterval(() => {
  memoryPeak = Math.max(memoryPeak, process.memoryUsage().rss);
  if (!process.stderr.isTTY) return;
  const rate = tally.files / secondsSoFar();
  const left = Math.min((count - tally.files) / rate, seconds - secondsSoFar());
  process.stderr.write(
    `\r\u001b[2K${tally.files}/${count} files, ${rate.toFixed(0)} a second, ${left.toFixed(0)} s left`,
  );
}, progressEveryMs);
await Promise.all(Array.from({ length: threads }, runThread));
clearInterval(timer);
if (process.stderr.isTTY) process.stderr.write('\r\u001b[2K');

const grown = Math.max(memoryPeak, process.memoryUsage().rss) - memoryBefore;
if (grown > memoryLimitBytes) {
  tally.others++;
  report(`memory grew by ${(grown / 2 ** 20).toFixed(0)} MiB`);
}
const codes = [...refused].sort(([, a], [, b]) => b - a);
const total = codes.reduce((sum, [, times]) => sum + times, 0);
process.stdout.write(
  `${tally.files} files (seed ${seed}, ${secondsSoFar().toFixed(0)} s): ${tally.identical} identical, ` +
    `${total} refused (${codes.map(([code, times]) => `${code} ${times}`).join(', ')}), ` +
    `${tally.crashes} crashes, ${tally.hangs} hangs, ${tally.others} other findings, ` +
    `memory grew by ${(grown / 2 ** 20).toFixed(0)} MiB\n`,
);
for (const [layer, { identical, refused }] of [...byLayer].sort(([a], [b]) => (a < b ? -1 : 1))) {
  process.stdout.write(`  ${layer}: ${identical} identical, ${refused} refused\n`);
}
if (tally.crashes + tally.hangs + tally.others > 0) process.exitCode = 1;
