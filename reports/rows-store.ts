// Keeps the rows file of one codec up to date while rows come in: every row is on disk soon after it was measured,
// and a kill loses at most the rows of the last write.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import {
  type CodecInfo,
  type DatasetInfo,
  formatRowsFile,
  isFailed,
  parseRowsFile,
  type Row,
  type RowsFile,
  rowsFormat,
  rowsVersion,
} from './rows.ts';

export interface RowsStore {
  readonly path: string;
  /** Why stored rows were dropped, if any were. */
  readonly dropped?: string;
  /** Whether a measured row (not a failed one) is stored. */
  has(picture: string, quality: number): boolean;
  /** Adds or replaces a row and schedules a write. */
  add(row: Row): void;
  /** Resolves when all rows so far are on disk; throws the first error of a write. */
  flush(): Promise<void>;
}

/** Opens the file at `path`, keeping the rows that still hold: same versions, same picture bytes. */
export async function openRowsStore(
  path: string,
  codec: CodecInfo,
  dataset: DatasetInfo,
  source: { readonly machine: string; readonly commit?: string },
): Promise<RowsStore> {
  const stored = await readStored(path);
  const rows = new Map<string, Row>();
  let dropped: string | undefined;
  let date = stored?.date ?? '';
  let commit = stored?.commit;
  if (stored !== undefined) {
    const change = changeOf(stored.codec, codec);
    if (change !== undefined && stored.rows.length > 0) {
      dropped = `${stored.rows.length} stored rows of ${codec.label} are of another version (${change})`;
    } else {
      const same = samePictures(stored.dataset, dataset);
      for (const row of stored.rows) if (same.has(row.picture)) rows.set(keyOf(row), row);
    }
  }

  let running: Promise<void> | undefined;
  let dirty = false;
  let failure: unknown;
  const write = async () => {
    while (dirty) {
      dirty = false;
      const file: RowsFile = {
        format: rowsFormat,
        version: rowsVersion,
        codec,
        machine: source.machine,
        date,
        commit,
        dataset,
        rows: [...rows.values()],
      };
      await mkdir(dirname(path), { recursive: true });
      await writeFile(`${path}.tmp`, formatRowsFile(file));
      await rename(`${path}.tmp`, path);
    }
  };
  const schedule = () => {
    dirty = true;
    running ??= write()
      .catch((error: unknown) => {
        failure ??= error;
      })
      .finally(() => {
        running = undefined;
      });
  };

  return {
    path,
    dropped,
    has: (picture, quality) => {
      const row = rows.get(keyOf({ picture, quality }));
      return row !== undefined && !isFailed(row);
    },
    add(row) {
      rows.set(keyOf(row), row);
      date = new Date().toISOString().slice(0, 10);
      commit = source.commit;
      schedule();
    },
    async flush() {
      while (running !== undefined) await running;
      if (failure !== undefined) throw failure;
    },
  };
}

function keyOf({ picture, quality }: { picture: string; quality: number }): string {
  return `${quality} ${picture}`;
}

async function readStored(path: string): Promise<RowsFile | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return parseRowsFile(text, path);
}

function changeOf(stored: CodecInfo, current: CodecInfo): string | undefined {
  const was = { ...stored.settings, ...stored.versions };
  const is = { ...current.settings, ...current.versions };
  for (const name of new Set([...Object.keys(was), ...Object.keys(is)])) {
    if (was[name] !== is[name]) return `${name} ${was[name] ?? 'none'}, now ${is[name] ?? 'none'}`;
  }
  return undefined;
}

function samePictures(stored: DatasetInfo, current: DatasetInfo): Set<string> {
  const before = new Map(stored.pictures.map(({ name, sha256 }) => [name, sha256]));
  return new Set(
    current.pictures
      .filter(({ name, sha256 }) => before.get(name) === sha256)
      .map(({ name }) => name),
  );
}
