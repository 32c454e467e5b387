import test from 'ava';
import { BitstreamError, recordError } from '../../codec/index.ts';
import type { WorkerAuxiliary, WorkerRequest } from '../../src/api/worker-messages.ts';
import { type PoolWorkerEvents, type StartWorker, workerPool } from '../../src/api/worker-pool.ts';

/** Workers whose answers the test gives by hand. */
class FakeWorkers {
  readonly events: PoolWorkerEvents[] = [];
  readonly requests: { worker: number; request: WorkerRequest }[] = [];
  readonly auxiliaries: { worker: number; auxiliary: unknown }[] = [];
  readonly alive: boolean[] = [];
  terminated = 0;

  readonly start: StartWorker = (events) => {
    const worker = this.events.push(events) - 1;
    return {
      send: (message: WorkerRequest | WorkerAuxiliary) => {
        if ('auxiliary' in message) this.auxiliaries.push({ worker, ...message });
        else this.requests.push({ worker, request: message });
      },
      keepAlive: (isNeeded) => {
        this.alive[worker] = isNeeded;
      },
      terminate: async () => {
        this.terminated++;
      },
    };
  };

  /** Answers the request number `index` with one byte. */
  answer(index: number, byte: number): void {
    const { worker, request } = this.requests[index];
    this.events[worker].onReply({ id: request.id, result: Uint8Array.of(byte) });
  }
}

const args = {
  payload: new Uint8Array(0),
  width: 1,
  height: 1,
  q16: 0,
  checksumSeed: 0,
  prior: 'base' as const,
};

test('workers start when there is work, up to the size, and jobs keep their order', async (t) => {
  const workers = new FakeWorkers();
  const pool = workerPool(2, workers.start);
  t.is(pool.concurrency, 2);
  t.is(workers.events.length, 0);
  const results = [1, 2, 3, 4].map(() => pool.run('decompressLatents', args));
  t.is(workers.events.length, 2);
  t.is(workers.requests.length, 2);
  workers.answer(1, 20);
  t.is(workers.requests[2].worker, 1);
  workers.answer(0, 10);
  workers.answer(2, 30);
  workers.answer(3, 40);
  const bytes = (await Promise.all(results)) as unknown as Uint8Array[];
  t.deepEqual(
    bytes.map(([byte]) => byte),
    [10, 20, 30, 40],
  );
  t.deepEqual(workers.alive, [false, false]);
});

test('an auxiliary reaches the workers that run and those that start later', (t) => {
  const workers = new FakeWorkers();
  const pool = workerPool(2, workers.start);
  const auxiliary = { manifest: {}, data: new Uint8Array(1) };
  pool.run('decompressLatents', args);
  pool.extend(auxiliary);
  pool.run('decompressLatents', args);
  t.deepEqual(workers.auxiliaries, [
    { worker: 0, auxiliary },
    { worker: 1, auxiliary },
  ]);
  t.is(workers.requests.length, 2);
});

test('an idle worker is used before another one starts', async (t) => {
  const workers = new FakeWorkers();
  const pool = workerPool(4, workers.start);
  const first = pool.run('decompressLatents', args);
  workers.answer(0, 1);
  await first;
  const second = pool.run('decompressLatents', args);
  workers.answer(1, 2);
  await second;
  t.is(workers.events.length, 1);
});

test('the error of a job keeps its class, code and place, and the worker serves on', async (t) => {
  const workers = new FakeWorkers();
  const pool = workerPool(1, workers.start);
  const job = pool.run('decompressLatents', args);
  const error = new BitstreamError('CORRUPT_LATENTS', 'broken', { offset: 7, section: 'tile 1' });
  const { request } = workers.requests[0];
  workers.events[0].onReply({ id: request.id, error: structuredClone(recordError(error)) });
  const received = await t.throwsAsync(job, { instanceOf: BitstreamError, message: 'broken' });
  t.like(received, { code: 'CORRUPT_LATENTS', offset: 7, section: 'tile 1' });
  const next = pool.run('decompressLatents', args);
  workers.answer(1, 1);
  await next;
  t.is(workers.events.length, 1);
});

test('a worker that dies rejects its job only, and another takes its place', async (t) => {
  const workers = new FakeWorkers();
  const pool = workerPool(1, workers.start);
  const lost = pool.run('decompressLatents', args);
  const waiting = pool.run('decompressLatents', args);
  workers.events[0].onFailure(new Error('killed'));
  await t.throwsAsync(lost, { message: 'killed' });
  t.is(workers.events.length, 2);
  workers.answer(1, 5);
  t.deepEqual((await waiting) as unknown as Uint8Array, Uint8Array.of(5));
});

test('a worker that cannot start rejects the job', async (t) => {
  const pool = workerPool(1, () => {
    throw new Error('no threads here');
  });
  await t.throwsAsync(pool.run('decompressLatents', args), { message: 'no threads here' });
});

test('closing ends the workers and rejects what is under way, waiting or new', async (t) => {
  const workers = new FakeWorkers();
  const pool = workerPool(1, workers.start);
  const jobs = [pool.run('decompressLatents', args), pool.run('decompressLatents', args)];
  const outcomes = Promise.allSettled(jobs);
  await pool.close();
  t.is(workers.terminated, 1);
  for (const outcome of await outcomes) {
    t.like(outcome, { status: 'rejected', reason: { code: 'CODEC_CLOSED' } });
  }
  await t.throwsAsync(pool.run('decompressLatents', args), { code: 'CODEC_CLOSED' });
});
