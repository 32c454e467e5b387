// Runs the program of a codec and adds up the CPU time that it takes.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface ProgramRunner {
  /** CPU time of all programs so far, in ms. */
  cpuMs(): number;
  /** Runs a program to its end; rejects where it fails, with what it said. */
  run(program: string, args: readonly string[]): Promise<void>;
}

/** CPU times come from the shell's `times`; without a POSIX shell (Windows) it is the time on the clock. */
export function createProgramRunner(): ProgramRunner {
  let totalMs = 0;
  return {
    cpuMs: () => totalMs,
    async run(program, args) {
      if (process.platform === 'win32') {
        const start = performance.now();
        await run(program, args);
        totalMs += performance.now() - start;
        return;
      }
      const script = '"$@" >&2 || exit; times';
      const { stdout } = await run('sh', ['-c', script, 'sh', program, ...args]);
      totalMs += childrenMs(stdout);
    },
  };
}

/** User and system time of the shell's children, the second line of `times`: "0m1.204s 0m0.050s". */
export function childrenMs(times: string): number {
  const line = times.trim().split('\n').at(-1) ?? '';
  const parts = [...line.matchAll(/(\d+)m([\d.,]+)s/g)];
  if (parts.length !== 2)
    throw new Error(`Expected two times but received ${JSON.stringify(line)}`);
  return parts.reduce(
    (sum, [, minutes, seconds]) =>
      sum + 60_000 * Number(minutes) + 1000 * Number(seconds.replace(',', '.')),
    0,
  );
}
