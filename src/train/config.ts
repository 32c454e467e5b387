// The trainer's configs: JSON files in training/nic_training/configs, or anywhere.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TrainingError } from './training-error.ts';

/** The folder that Python finds the package nic_training in. */
export const trainingFolder = fileURLToPath(new URL('../../../training/', import.meta.url));
const configsFolder = join(trainingFolder, 'nic_training', 'configs');

/** Defaults of the keys that are read here, as in train.py. */
const defaults = { crop: 256, batch: 8 };

export interface TrainingConfig {
  readonly path: string;
  /** Side of a training crop, in pixels. */
  readonly crop: number;
  /** Crops a step. */
  readonly batch: number;
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
  const { crop, batch } = { ...defaults, ...(values as Partial<typeof defaults>) };
  for (const [key, value] of Object.entries({ crop, batch })) {
    if (Number.isInteger(value) && value > 0) continue;
    throw new TrainingError('UNUSABLE_CONFIG', `${path}: ${key} is no positive integer`);
  }
  return { path, crop, batch };
}

/** The names of the configs in the package. */
export async function configNames(): Promise<string[]> {
  const names = await readdir(configsFolder);
  return names.filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -5));
}
