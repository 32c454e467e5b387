// The trainer as a process: python -m nic_training in a process group of its own, so that Ctrl-C in a terminal reaches it
// once, as SIGTERM from here, and it can save.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { delimiter } from 'node:path';
import { createInterface } from 'node:readline';
import { trainingFolder } from './config.ts';
import { TrainingError } from './training-error.ts';

export interface TrainerOptions {
  /** The command of a checked Python. */
  readonly python: string;
  /** Processes, one GPU each; more than one are started by torchrun. Default 1. */
  readonly processes?: number;
  /** Asks the trainer to save and end. */
  readonly signal?: AbortSignal;
  /** Each line of its stdout. */
  readonly onLine?: (line: string) => void;
  /** Each line of its stderr. */
  readonly onNotice?: (line: string) => void;
}

/** What the trainer keeps in the folder of a run. */
export const checkpointName = 'checkpoint.pt';

const interruptedCode = 130;

/** The last line of a traceback, such as `torch.OutOfMemoryError: …`; of several processes each has its rank in front. */
const exceptionLine = /^(?:\[rank\d+\]: )?((?:\w+\.)*\w*(?:Error|Exception)\b.*)/;
/** What torchrun says of any failure of a process. */
const launcherFailure = 'ChildFailedError';

/**
 * Runs `nic_training` with arguments until it ends; paths in them are relative to the working folder. Gives false where the
 * signal ended it. TrainingError `TRAINER_FAILED` with its last words.
 */
export async function runTrainer(
  args: readonly string[],
  { python, processes = 1, signal, onLine, onNotice }: TrainerOptions,
): Promise<boolean> {
  signal?.throwIfAborted();
  // Without `--`, torchrun takes --run for an abbreviation of one of its own options.
  const torchrun = [
    'torch.distributed.run',
    '--standalone',
    `--nproc-per-node=${processes}`,
    '-m',
    '--',
  ];
  const launcher = processes > 1 ? torchrun : [];
  const searchPath = [trainingFolder, process.env.PYTHONPATH].filter(Boolean).join(delimiter);
  const child = spawn(python, ['-m', ...launcher, 'nic_training', ...args], {
    env: { ...process.env, PYTHONPATH: searchPath },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const interrupt = () => child.kill('SIGTERM');
  const kill = () => killGroup(child.pid);
  signal?.addEventListener('abort', interrupt);
  process.on('exit', kill);
  let lastWords = '';
  try {
    createInterface({ input: child.stdout }).on('line', (line) => onLine?.(line));
    createInterface({ input: child.stderr }).on('line', (line) => {
      const words = exceptionLine.exec(line)?.[1];
      if (words !== undefined && !words.includes(launcherFailure)) lastWords = words;
      onNotice?.(line);
    });
    const [code, killedBy] = (await once(child, 'close')) as [number | null, string | null];
    if (code === 0) return true;
    if (signal?.aborted || code === interruptedCode) return false;
    const end = killedBy === null ? `ended with exit code ${code}` : `was ended by ${killedBy}`;
    const reason = lastWords === '' ? '' : `: ${lastWords}`;
    throw new TrainingError('TRAINER_FAILED', `The trainer ${end}${reason}`);
  } finally {
    process.off('exit', kill);
    signal?.removeEventListener('abort', interrupt);
  }
}

/** Nothing of the trainer outlives this process. */
function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}
