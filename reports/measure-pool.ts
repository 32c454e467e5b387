// Worker threads that measure: a thread that dies or hangs costs one failed row, and another takes its place.
import { Worker } from 'node:worker_threads';
import type { MeasureMessage, MeasureTask } from './measure-worker.ts';
import type { Row } from './rows.ts';

export interface MeasurePool {
  /** Runs a task to its end; `onRow` gets one row a quality. Never rejects, except after `close`. */
  run(task: MeasureTask, onRow: (row: Row) => void): Promise<void>;
  /** Ends all threads; running tasks reject. */
  close(): Promise<void>;
}

/** A pool with a thread for each task that runs at a time; a point that takes longer than `pointTimeoutMs` fails. */
export function createMeasurePool(pointTimeoutMs: number): MeasurePool {
  const idle: Worker[] = [];
  const alive = new Set<Worker>();
  let closed = false;

  const start = () => {
    const worker = new Worker(new URL('./measure-worker.js', import.meta.url));
    worker.on('error', () => {}); // `attempt` reports it; without a listener it would end the process.
    worker.on('exit', () => {
      alive.delete(worker);
      if (idle.includes(worker)) idle.splice(idle.indexOf(worker), 1);
    });
    alive.add(worker);
    return worker;
  };

  /** Sends the task; resolves with the error that ended the thread, or undefined when the task is done. */
  const attempt = (worker: Worker, task: MeasureTask, onRow: (row: Row) => void) =>
    new Promise<string | undefined>((resolve) => {
      let timer = setTimeout(onTimeout, pointTimeoutMs);
      const finish = (problem?: string) => {
        clearTimeout(timer);
        worker.off('message', onMessage);
        worker.off('error', onError);
        worker.off('exit', onExit);
        resolve(problem);
      };
      const onMessage = (message: MeasureMessage) => {
        if ('done' in message) return finish();
        clearTimeout(timer);
        timer = setTimeout(onTimeout, pointTimeoutMs);
        onRow(message.row);
      };
      const onError = (error: Error) => finish(`The codec ended its thread: ${error.message}`);
      const onExit = (code: number) => finish(`The codec ended its thread with status ${code}`);
      function onTimeout() {
        finish(`No result within ${pointTimeoutMs / 1000} s`);
      }
      worker.on('message', onMessage);
      worker.on('error', onError);
      worker.on('exit', onExit);
      worker.postMessage(task);
    });

  return {
    async run(task, onRow) {
      let worker = idle.pop() ?? start();
      let remaining = [...task.qualities];
      while (remaining.length > 0) {
        const problem = await attempt(worker, { ...task, qualities: remaining }, (row) => {
          remaining = remaining.filter((quality) => quality !== row.quality);
          onRow(row);
        });
        if (closed) throw new Error('The pool was closed');
        if (problem === undefined) break;
        const [quality, ...rest] = remaining;
        remaining = rest;
        onRow({ picture: task.picture, quality, error: problem });
        await worker.terminate();
        worker = start();
      }
      idle.push(worker);
    },
    async close() {
      closed = true;
      await Promise.all([...alive].map((worker) => worker.terminate()));
    },
  };
}
