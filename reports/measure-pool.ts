// Processes that measure: one that dies, even in native code, or hangs costs one failed row, and another takes its
// place. A process of its own also has a CPU time of its own.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { MeasureMessage, MeasureTask } from './measure-worker.ts';
import type { Row } from './rows.ts';

export interface MeasurePool {
  /** Runs a task to its end; `onRow` gets one row a quality. Never rejects, except after `close`. */
  run(task: MeasureTask, onRow: (row: Row) => void): Promise<void>;
  /** Ends all processes; running tasks reject. */
  close(): Promise<void>;
}

const worker = fileURLToPath(new URL('./measure-worker.js', import.meta.url));

/** A pool with a process for each task that runs at a time; a point over `pointTimeoutMs` fails. */
export function createMeasurePool(pointTimeoutMs: number): MeasurePool {
  const idle: ChildProcess[] = [];
  const alive = new Set<ChildProcess>();
  let closed = false;

  const start = () => {
    const child = fork(worker, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    alive.add(child);
    child.on('error', () => {}); // `attempt` sees the end; without a listener it would end this process.
    child.on('exit', () => {
      alive.delete(child);
      if (idle.includes(child)) idle.splice(idle.indexOf(child), 1);
    });
    return child;
  };

  /** Sends the task; resolves with what ended the process early, or undefined when the task is done. */
  const attempt = (child: ChildProcess, task: MeasureTask, onRow: (row: Row) => void) =>
    new Promise<string | undefined>((resolve) => {
      let timer = setTimeout(onTimeout, pointTimeoutMs);
      const finish = (problem?: string) => {
        clearTimeout(timer);
        child.off('message', onMessage);
        child.off('exit', onExit);
        resolve(problem);
      };
      const onMessage = (message: MeasureMessage) => {
        if ('done' in message) return finish();
        clearTimeout(timer);
        timer = setTimeout(onTimeout, pointTimeoutMs);
        onRow(message.row);
      };
      const onExit = (code: number | null, signal: string | null) =>
        finish(`The codec ended its process with ${signal ?? `status ${code}`}`);
      function onTimeout() {
        finish(`No result within ${pointTimeoutMs / 1000} s`);
      }
      child.on('message', onMessage);
      child.on('exit', onExit);
      child.send(task);
    });

  const end = async (child: ChildProcess) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };

  return {
    async run(task, onRow) {
      let child = idle.pop() ?? start();
      let remaining = [...task.qualities];
      while (remaining.length > 0) {
        const problem = await attempt(child, { ...task, qualities: remaining }, (row) => {
          remaining = remaining.filter((quality) => quality !== row.quality);
          onRow(row);
        });
        if (closed) throw new Error('The pool was closed');
        if (problem === undefined) break;
        const [quality, ...rest] = remaining;
        remaining = rest;
        if (quality !== undefined) onRow({ picture: task.picture, quality, error: problem });
        await end(child);
        child = start();
      }
      idle.push(child);
    },
    async close() {
      closed = true;
      await Promise.all([...alive].map(end));
    },
  };
}
