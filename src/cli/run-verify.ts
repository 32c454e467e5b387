// What `nic verify` does: names each file with its verdict.
import { runTasks } from '../../codec/run-tasks.ts';
import { NicError } from '../index.ts';
import { batchProgress } from './batch-progress.ts';
import type { VerifyArgs } from './commands/verify.ts';
import { exitCodeOf } from './exit.ts';
import { findFiles, isNicName } from './find-files.ts';
import { interruptSignal } from './interrupt.ts';
import { codecOptionsOf } from './options.ts';
import { printNote, printText } from './print.ts';
import { displayName, readInput } from './streams.ts';
import { UsageError } from './usage-error.ts';
import { withCodec } from './with-codec.ts';

interface Verdict {
  readonly path: string;
  readonly ok: boolean;
  readonly code?: string;
  readonly message?: string;
}

export async function runVerify(args: VerifyArgs): Promise<void> {
  const { maxPixels, json, quiet } = args;
  const files = (await findFiles(args.paths, isNicName)).map(({ path }) => path);
  if (files.length === 0) throw new UsageError(`No .nic file in ${args.paths.join(', ')}`);
  const signal = interruptSignal();
  const progress = batchProgress({ total: files.length, silent: quiet });
  const verdicts = new Array<Verdict | undefined>(files.length);
  let exitCode = 0;
  let failed = 0;
  let printed = 0;

  async function tell(verdict: Verdict): Promise<void> {
    if (json) return await printText(`${JSON.stringify(verdict)}\n`);
    if (!quiet || !verdict.ok) await printText(`${lineOf(verdict)}\n`);
  }

  /** In the order of the files, whatever is done first. */
  async function tellFinished(): Promise<void> {
    for (let next = verdicts[printed]; next; next = verdicts[printed]) {
      printed++;
      await tell(next);
    }
  }

  await withCodec(codecOptionsOf(args), signal, async (codec) => {
    const verify = async (path: string): Promise<Verdict> => {
      try {
        await codec.verify(await readInput(path, signal), { maxPixels, signal });
        return { path, ok: true };
      } catch (error) {
        signal.throwIfAborted();
        const { code, message } = error as NodeJS.ErrnoException;
        if (!(error instanceof NicError) && code === undefined) throw error;
        exitCode = Math.max(exitCode, exitCodeOf(error));
        failed++;
        return { path, ok: false, code, message };
      }
    };
    const tasks = files.map((path, index) => async () => {
      progress.start(path);
      verdicts[index] = await verify(path).finally(() => progress.finish(path));
      await progress.aside(tellFinished);
    });
    await runTasks(tasks, args.jobs ?? 1, signal).finally(progress.stop);
  });
  process.exitCode = exitCode;
  const summary = { files: files.length, ok: files.length - failed, failed };
  if (json) await printText(`${JSON.stringify({ summary })}\n`);
  else if (!quiet && files.length > 1) {
    printNote(`${summary.files} files: ${summary.ok} ok, ${failed} failed`);
  }
}

function lineOf({ path, ok, code, message }: Verdict): string {
  const name = displayName(path, 'input');
  return ok ? `${name}: ok` : `${name}: FAILED, ${message} [${code}]`;
}
