// The trainer's configs: JSON files in training/nic_training/configs, or anywhere.
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import type { RunSettings } from './settings.ts';
import { TrainingError } from './training-error.ts';

/** The folder that Python finds the package nic_training in. */
export const trainingFolder = fileURLToPath(new URL('../../../training/', import.meta.url));
const configsFolder = join(trainingFolder, 'nic_training', 'configs');

/** Defaults of the keys that are read here, as in train.py. */
const defaults = { crop: 256, batch: 8, model: {} };

export interface TrainingConfig {
  readonly path: string;
  /** Side of a training crop, in pixels. */
  readonly crop: number;
  /** Crops a step. */
  readonly batch: number;
  /** What a run keeps to its end: the sizes of the networks. */
  readonly model: object;
}

/** The config of a name (`base`) or of a path (`mine.json`); TrainingError `UNUSABLE_CONFIG`. */
export async function findConfig(nameOrPath: string): Promise<TrainingConfig> {
  const isName = /^[\w-]+$/.test(nameOrPath);
  const path = isName ? join(configsFolder, `${nameOrPath}.json`) : nameOrPath;
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const names = (await configNames()).join(', ');
    throw new TrainingError(
      'UNUSABLE_CONFIG',
      `Expected ${names} or the path of a .json file for --config but received ${JSON.stringify(nameOrPath)}`,
      { cause: error },
    );
  }
  let values: unknown;
  try {
    values = JSON.parse(text);
  } catch (error) {
    throw new TrainingError('UNUSABLE_CONFIG', `${path} is not valid JSON`, { cause: error });
  }
  const { crop, batch, model } = { ...defaults, ...(values as Partial<typeof defaults>) };
  for (const [key, value] of Object.entries({ crop, batch })) {
    if (Number.isInteger(value) && value > 0) continue;
    throw new TrainingError('UNUSABLE_CONFIG', `${path}: ${key} is no positive integer`);
  }
  return { path, crop, batch, model };
}

/** TrainingError `UNUSABLE_CONFIG` where a run was started with a config of another name or of another model. */
export function checkSameConfig(
  run: string,
  { path, model }: TrainingConfig,
  started: RunSettings,
): void {
  const [name, startedName] = [path, started.config].map((config) => basename(config, '.json'));
  if (name !== startedName) {
    throw new TrainingError(
      'UNUSABLE_CONFIG',
      `${run} was started with the config ${started.config} and cannot go on with ${name}: start another run`,
    );
  }
  if (started.model === undefined || isDeepStrictEqual(model, started.model)) return;
  throw new TrainingError(
    'UNUSABLE_CONFIG',
    `${run} was started with the config ${started.config} as "model": ${JSON.stringify(started.model)}, which ${path} no longer has`,
  );
}

/** The names of the configs in the package. */
export async function configNames(): Promise<string[]> {
  const names = await readdir(configsFolder);
  return names.filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -5));
}
