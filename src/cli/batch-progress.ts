// One line on a terminal for many files: how many are done, which one is at work, how long the rest will take.
import { eraseLine } from './status-line.ts';

/** What of process.stderr is needed. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface BatchProgress {
  /** Work on a file begins. */
  start(name: string): void;
  /** Work on a file has ended, well or not. */
  finish(name: string): void;
  /** Runs what prints other lines, with the progress out of their way. */
  aside(print: () => unknown): Promise<void>;
  /** Takes the line away. */
  stop(): void;
}

export interface BatchProgressOptions {
  readonly total: number;
  /** Shows nothing, as where there is no terminal. */
  readonly silent: boolean;
  readonly stream?: ProgressStream;
  readonly nowMs?: () => number;
}

const redrawEveryMs = 1000;

export function batchProgress(options: BatchProgressOptions): BatchProgress {
  const { total, silent, stream = process.stderr, nowMs = () => performance.now() } = options;
  if (silent || !stream.isTTY) {
    return { start() {}, finish() {}, aside: async (print) => void (await print()), stop() {} };
  }
  const atWork = new Set<string>();
  const startedMs = nowMs();
  let done = 0;
  let asides = 0;

  function line(): string {
    const [name] = atWork;
    const left = done > 0 ? ((nowMs() - startedMs) / done) * (total - done) : undefined;
    const parts = [
      `${done} of ${total} files`,
      name,
      left !== undefined && `${duration(left)} left`,
    ];
    const text = `nic: ${parts.filter(Boolean).join(', ')}`;
    return text.slice(0, (stream.columns || 80) - 1);
  }

  function draw(): void {
    if (asides === 0) stream.write(eraseLine + line());
  }

  const timer = setInterval(draw, redrawEveryMs);
  timer.unref();
  return {
    start(name) {
      atWork.add(name);
      draw();
    },
    finish(name) {
      atWork.delete(name);
      done++;
      draw();
    },
    async aside(print) {
      asides++;
      stream.write(eraseLine);
      try {
        await print();
      } finally {
        asides--;
        draw();
      }
    },
    stop() {
      clearInterval(timer);
      stream.write(eraseLine);
    },
  };
}

/** `59 s`, `3 min`, `2.5 h` */
function duration(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 100) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 100 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`;
}
