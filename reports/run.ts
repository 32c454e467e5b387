// Runs codecs over a folder of pictures and stores raw rows. Rows that are stored already are not measured again.
import { execFile } from 'node:child_process';
import { cpus } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CodecUnavailableError } from './codecs/codec.ts';
import { openCodec, parseSpec, rowsFileName } from './codecs/registry.ts';
import { describeDataset, pictureNames } from './dataset-folder.ts';
import { createMeasurePool } from './measure-pool.ts';
import { codecInfo, isFailed, type Row } from './rows.ts';
import { openRowsStore, type RowsStore } from './rows-store.ts';

export interface RunOptions {
  /** Folder of pictures. */
  readonly folder: string;
  /** Name of the data set in the results; default: the folder's own name. */
  readonly name?: string;
  readonly specs: readonly string[];
  /** Folder for the rows files. */
  readonly rowsFolder: string;
  /** Pictures measured at a time, each in a process; default 1. */
  readonly jobs?: number;
  /** Qualities for every codec in place of its own; mostly for trying out. */
  readonly qualities?: readonly number[];
  /** A point that takes longer is a failed row; default 600 000. */
  readonly pointTimeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: RunProgress) => void;
  /** One line for people: a codec left out, rows dropped. */
  readonly onNotice?: (message: string) => void;
}

export interface RunProgress {
  /** Points measured by this run, and to be measured by it. */
  readonly done: number;
  readonly total: number;
  /** Points that rows were stored for before. */
  readonly reused: number;
  readonly failed: number;
  readonly codec: string;
  readonly picture: string;
}

export interface RunResult {
  readonly measured: number;
  readonly reused: number;
  readonly failed: number;
  /** Codecs that cannot run here, with the reason. */
  readonly unavailable: readonly { readonly spec: string; readonly reason: string }[];
}

interface CodecPlan {
  readonly spec: string;
  readonly label: string;
  readonly qualities: readonly number[];
  readonly store: RowsStore;
}

/** Throws an InvalidArgumentError for a bad spec or folder, and the signal's reason when aborted. */
export async function runCodecs(options: RunOptions): Promise<RunResult> {
  const folder = resolve(options.folder);
  for (const spec of options.specs) parseSpec(spec);
  const names = await pictureNames(folder);
  const dataset = await describeDataset(folder, options.name ?? basename(folder), names);
  const notice = options.onNotice ?? (() => {});
  const source = { machine: machine(), commit: await currentCommit() };

  const unavailable: { spec: string; reason: string }[] = [];
  const plans: CodecPlan[] = [];
  for (const spec of new Set(options.specs.map((text) => parseSpec(text).canonical))) {
    try {
      const codec = await openCodec(spec);
      const path = join(options.rowsFolder, rowsFileName(spec));
      const store = await openRowsStore(path, codecInfo(codec), dataset, source);
      if (store.dropped !== undefined) notice(`${store.dropped}; they are measured again`);
      plans.push({
        spec,
        label: codec.label,
        qualities: options.qualities ?? codec.qualities,
        store,
      });
      await codec.close?.();
    } catch (error) {
      if (!(error instanceof CodecUnavailableError)) throw error;
      unavailable.push({ spec, reason: error.message });
      notice(`${spec} is left out: ${error.message}`);
    }
  }

  const tasks = plans.flatMap((plan) =>
    names
      .map((picture) => ({
        plan,
        picture,
        qualities: plan.qualities.filter((quality) => !plan.store.has(picture, quality)),
      }))
      .filter(({ qualities }) => qualities.length > 0),
  );
  const total = tasks.reduce((sum, task) => sum + task.qualities.length, 0);
  const reused = plans.reduce((sum, plan) => sum + plan.qualities.length, 0) * names.length - total;
  const jobs = Math.max(1, Math.min(options.jobs ?? 1, tasks.length));
  const pool = createMeasurePool(options.pointTimeoutMs ?? 600_000);
  const abort = () => {
    void pool.close();
  };
  options.signal?.addEventListener('abort', abort, { once: true });

  let done = 0;
  let failed = 0;
  const queue = tasks.values();
  const worker = async () => {
    for (const { plan, picture, qualities } of queue) {
      options.signal?.throwIfAborted();
      const task = { spec: plan.spec, picture, path: join(folder, picture), qualities };
      await pool.run(task, (row: Row) => {
        plan.store.add(row);
        done++;
        if (isFailed(row)) failed++;
        options.onProgress?.({ done, total, reused, failed, codec: plan.label, picture });
      });
    }
  };
  try {
    await Promise.all(Array.from({ length: jobs }, worker));
  } catch (error) {
    options.signal?.throwIfAborted();
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', abort);
    await pool.close();
    await Promise.all(plans.map((plan) => plan.store.flush()));
  }
  return { measured: done - failed, reused, failed, unavailable };
}

/** The commit of the package's own working tree; undefined where it is no repository. */
async function currentCommit(): Promise<string | undefined> {
  const cwd = fileURLToPath(new URL('../../', import.meta.url));
  try {
    const { stdout: top } = await promisify(execFile)('git', ['rev-parse', '--show-toplevel'], {
      cwd,
    });
    if (resolve(top.trim()) !== resolve(cwd)) return undefined;
    const { stdout } = await promisify(execFile)('git', ['rev-parse', '--short=10', 'HEAD'], {
      cwd,
    });
    return stdout.trim();
  } catch {
    return undefined;
  }
}

/** The machine, for readers of the times. */
export function machine(): string {
  const processors = cpus();
  const model = processors[0]?.model.replace(/\s+/g, ' ').trim() ?? 'unknown processor';
  return `${processors.length} x ${model}, Node ${process.versions.node}, ${process.platform} ${process.arch}`;
}
