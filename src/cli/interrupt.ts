// Ctrl-C stops the work at the next tile; a second one ends the process at once.
import { exitCodes } from './exit.ts';

/** A signal that is aborted by SIGINT, SIGTERM or SIGHUP. Call it once a process. */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(exitCodes.interrupted);
      controller.abort();
    });
  }
  return controller.signal;
}
