// The Python that runs the trainer: found, and checked for what the trainer imports.
import { execFile } from 'node:child_process';
import { TrainingError } from './training-error.ts';

/** What the trainer needs, as in training/pyproject.toml; `modules` by the names that pip knows. */
export const requirements = {
  python: '3.11',
  modules: { torch: '2.11', numpy: '2.0', pillow: '10' },
} as const;

type ModuleName = keyof typeof requirements.modules;

export interface PythonEnvironment {
  /** The command that starts it. */
  readonly command: string;
  readonly version: string;
  readonly modules: Readonly<Record<ModuleName, string>>;
  /** Names of the GPUs; none means that the CPU trains. */
  readonly gpus: readonly string[];
}

interface Probe {
  readonly python: string;
  readonly modules: Readonly<Record<ModuleName, string | null>>;
  readonly gpus: readonly string[];
}

const probe = `
import importlib, json, sys
modules = {}
for name, module in (('torch', 'torch'), ('numpy', 'numpy'), ('pillow', 'PIL')):
    try:
        modules[name] = importlib.import_module(module).__version__
    except ImportError:
        modules[name] = None
gpus = []
if modules['torch']:
    import torch
    gpus = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
python = '.'.join(str(part) for part in sys.version_info[:3])
print(json.dumps({'python': python, 'modules': modules, 'gpus': gpus}))
`;

/**
 * Starts `command` (default: python3, else python) and asks it for its modules. TrainingError `PYTHON_NOT_FOUND`, or
 * `PYTHON_INCOMPLETE` with everything that is missing or too old and the command that installs it.
 */
export async function checkPython(command?: string): Promise<PythonEnvironment> {
  const candidates = command === undefined ? ['python3', 'python'] : [command];
  for (const candidate of candidates) {
    const found = await runProbe(candidate);
    if (found !== undefined) return checkProbe(candidate, found);
  }
  throw new TrainingError(
    'PYTHON_NOT_FOUND',
    `${candidates.join(' and ')} cannot be started: install Python ${requirements.python} or later, or name one with --python`,
  );
}

async function runProbe(command: string): Promise<Probe | undefined> {
  return await new Promise((resolve, reject) => {
    execFile(command, ['-c', probe], (error, stdout, stderr) => {
      if (error !== null && typeof error.code === 'string') return resolve(undefined);
      try {
        resolve(JSON.parse(stdout) as Probe);
      } catch {
        const reason = stderr.trim().split('\n').at(-1) || `it printed ${JSON.stringify(stdout)}`;
        reject(
          new TrainingError('PYTHON_INCOMPLETE', `${command} cannot load its modules: ${reason}`),
        );
      }
    });
  });
}

function checkProbe(command: string, { python, modules, gpus }: Probe): PythonEnvironment {
  if (!isAtLeast(python, requirements.python)) {
    throw new TrainingError(
      'PYTHON_INCOMPLETE',
      `${command} is Python ${python} but the trainer needs ${requirements.python} or later: name another with --python`,
    );
  }
  const problems: string[] = [];
  const packages: string[] = [];
  for (const [name, wanted] of Object.entries(requirements.modules)) {
    const version = modules[name as ModuleName];
    if (version !== null && isAtLeast(version, wanted)) continue;
    problems.push(version === null ? `${name} is missing` : `${name} ${version} is too old`);
    packages.push(`"${name}>=${wanted}"`);
  }
  if (problems.length > 0) {
    throw new TrainingError(
      'PYTHON_INCOMPLETE',
      `${command} (Python ${python}): ${problems.join(', ')}; run: ${command} -m pip install ${packages.join(' ')}`,
    );
  }
  return { command, version: python, modules: modules as PythonEnvironment['modules'], gpus };
}

/** Compares the dotted numbers at the start of two versions. */
function isAtLeast(version: string, wanted: string): boolean {
  const numbers = (text: string) =>
    (/^\d+(?:\.\d+)*/.exec(text)?.[0] ?? '0').split('.').map(Number);
  const actual = numbers(version);
  for (const [index, part] of numbers(wanted).entries()) {
    const difference = (actual[index] ?? 0) - part;
    if (difference !== 0) return difference > 0;
  }
  return true;
}

/** For example `python3: Python 3.12.1, torch 2.13.0, no GPU: the CPU trains`. */
export function describePython({ command, version, modules, gpus }: PythonEnvironment): string {
  const device = gpus.length === 0 ? 'no GPU: the CPU trains' : gpus.join(', ');
  return `${command}: Python ${version}, torch ${modules.torch}, ${device}`;
}
