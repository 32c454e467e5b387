// Any bytes give the right picture or a NicError: never another error, a hang or an allocation without bound.
//
// NIC_FUZZ_COUNT and NIC_FUZZ_SEED run more mutations or others; `npm run fuzz` runs many, on all cores.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import test from 'ava';
import { checkOutcome, fuzzCorpus } from './check-outcome.ts';
import type { Outcome } from './decode-worker.ts';
import { mutate } from './mutate.ts';

const count = Number(process.env.NIC_FUZZ_COUNT ?? 5000);
const seed = Number(process.env.NIC_FUZZ_SEED ?? 1);
/** For one file of at most 2^18 pixels, on a busy machine. */
const timeLimitMs = 20_000;
const memoryLimitBytes = 600 * 2 ** 20;

const { files, pictures } = fuzzCorpus(5000);

test('mutated files decode to the picture that they were made from or are refused', async (t) => {
  t.timeout(10 * 60_000);
  const memoryBefore = process.memoryUsage().rss;
  const worker = new Worker(new URL('./decode-worker.js', import.meta.url));
  const seen = new Map<string, number>();
  const byLayer = new Map<string, Set<string>>();
  for (let index = 0; index < count; index++) {
    const mutation = mutate(files, seed, index);
    worker.postMessage(mutation.bytes);
    const signal = AbortSignal.timeout(timeLimitMs);
    const [outcome] = (await once(worker, 'message', { signal }).catch((error: unknown) => [
      { unforeseen: `no answer: ${error}` },
    ])) as [Outcome];
    const failure = checkOutcome(mutation, outcome, pictures);
    if (failure !== undefined) {
      t.fail(failure);
      break;
    }
    const result = 'code' in outcome ? outcome.code : 'picture';
    seen.set(result, (seen.get(result) ?? 0) + 1);
    byLayer.set(mutation.layer, (byLayer.get(mutation.layer) ?? new Set()).add(result));
  }
  const grown = process.memoryUsage().rss - memoryBefore;
  await worker.terminate();
  t.true(grown < memoryLimitBytes, `memory grew by ${grown} bytes`);
  t.log(Object.fromEntries([...seen].sort(([a], [b]) => (a < b ? -1 : 1))));
  if (count >= 5000) {
    for (const [layer, expected] of [
      ['header', 'CHECKSUM_MISMATCH'],
      ['sections', 'INVALID_SECTION'],
      ['latents', 'CORRUPT_LATENTS'],
      ['alpha', 'CORRUPT_ALPHA'],
      ['ancillary', 'picture'],
    ]) {
      t.true(byLayer.get(layer)?.has(expected), `no ${expected} of ${layer}`);
    }
    for (const code of [
      'picture',
      'CORRUPT_LATENTS',
      'CHECKSUM_MISMATCH',
      'TRUNCATED',
      'NOT_NIC',
    ]) {
      t.true((seen.get(code) ?? 0) > 0, `no mutation gave ${code}`);
    }
  }
});
