// Builds the project: AssemblyScript kernels, then tsc into build/. Outputs whose source is gone are removed
// first, so that a deleted test does not run again.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const output = join(root, 'build');

function run(...command) {
  const { status, error } = spawnSync(process.execPath, command, { cwd: root, stdio: 'inherit' });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

function removeStaleOutputs(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      removeStaleOutputs(path);
    } else if (/\.(d\.ts|js)$/.test(entry.name)) {
      const source = relative(output, path).replace(/(\.d\.ts|\.js)$/, '.ts');
      if (!existsSync(join(root, source))) rmSync(path, { force: true });
    }
  }
}

const kernels = join('codec', 'engine', 'kernels', 'build.mjs');
if (existsSync(join(root, kernels))) run(kernels);
if (existsSync(output)) removeStaleOutputs(output);
run(join('node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.json');
