// What a run was started with, kept in its folder, so that resuming and exporting need not be told again.
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../image/write-file-atomic.ts';
import { TrainingError } from './training-error.ts';

export interface RunSettings {
  /** Absolute folders of photographs. */
  readonly photos: readonly string[];
  /** Name or absolute path. */
  readonly config: string;
  /** `model` of the config when the run was started; earlier versions did not keep it. */
  readonly model?: object;
  readonly validation?: string;
  readonly initial?: string;
  readonly hours?: number;
  readonly steps?: number;
  /** Command or absolute path. */
  readonly python?: string;
  readonly processes?: number;
  readonly threads?: number;
}

const fileName = 'settings.json';

/** The settings of a run, or undefined where it has none. */
export async function readSettings(run: string): Promise<RunSettings | undefined> {
  const path = join(run, fileName);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    return undefined;
  }
  try {
    return JSON.parse(text) as RunSettings;
  } catch (error) {
    throw new TrainingError('NOT_A_RUN', `${path} is not valid JSON`, { cause: error });
  }
}

/** Writes settings, or removes them where they are undefined. */
export async function writeSettings(run: string, settings: RunSettings | undefined): Promise<void> {
  if (settings === undefined) return await rm(join(run, fileName), { force: true });
  const text = `${JSON.stringify(settings, null, 2)}\n`;
  await writeFileAtomic(join(run, fileName), new TextEncoder().encode(text));
}
