// Runs the built command line as a process of its own.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ModelFiles } from '../../src/api/platform.ts';
import { type RandomModel, randomModel } from './random-model.ts';

const main = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));

export interface CliResult {
  readonly stdout: Buffer;
  readonly stderr: string;
  readonly exitCode: number | null;
}

export interface CliOptions {
  readonly cwd?: string;
  readonly stdin?: Uint8Array;
  /** Called with the process as soon as it has started; takes charge of its stdin. */
  readonly onStart?: (child: ChildProcessWithoutNullStreams) => void;
}

/** Runs `nic` with arguments; stdin is empty unless given. */
export async function runCli(
  args: readonly string[],
  options: CliOptions = {},
): Promise<CliResult> {
  const child = spawn(process.execPath, [main, ...args], { cwd: options.cwd });
  const stdout: Buffer[] = [];
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk;
  });
  // The program may end without reading its input.
  child.stdin.on('error', () => {});
  if (options.onStart) options.onStart(child);
  else child.stdin.end(options.stdin);
  const [exitCode] = (await once(child, 'close')) as [number | null];
  return { stdout: Buffer.concat(stdout), stderr, exitCode };
}

let model: RandomModel | undefined;

/** Writes a small random model with its encoder into a folder and returns the path of its .json file. */
export async function writeRandomModel(folder: string, name = 'random'): Promise<string> {
  model ??= randomModel();
  await writeFiles(join(folder, name), model);
  await writeFiles(join(folder, `${name}.encoder`), model.auxiliaries[0]);
  return join(folder, `${name}.json`);
}

async function writeFiles(path: string, { manifest, data }: ModelFiles): Promise<void> {
  await writeFile(`${path}.json`, JSON.stringify(manifest));
  await writeFile(`${path}.bin`, data);
}
