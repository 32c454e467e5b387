// JPEG XL through the programs cjxl and djxl where they are installed. Times hold the start of the programs and the
// files between them.
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type CodecFactory, CodecUnavailableError } from './codec.ts';
import { readPixmap, writePixmap } from './portable-pixmap.ts';
import { createProgramRunner } from './run-program.ts';
import { inTemporaryFolder } from './temporary-folder.ts';

const run = promisify(execFile);

export const jxl: CodecFactory = {
  id: 'jxl',
  options: { effort: ['7', '1', '2', '3', '4', '5', '6', '8', '9'] },
  async create(spec, { effort }) {
    const programs = createProgramRunner();
    const [cjxl, djxl] = await Promise.all(['cjxl', 'djxl'].map(versionOf));
    return {
      spec,
      id: 'jxl',
      label: `JPEG XL, effort ${effort}`,
      settings: { effort },
      versions: { cjxl, djxl },
      qualityName: 'distance',
      qualities: [15, 10, 7, 5, 3.5, 2.5, 1.7, 1.2, 0.8, 0.5],
      programCpuMs: programs.cpuMs,
      search: { from: 25, to: 0.1, step: 0.1 },
      encode: (picture, distance) =>
        inTemporaryFolder(async (folder) => {
          const input = join(folder, 'in.ppm');
          const output = join(folder, 'out.jxl');
          await writeFile(input, writePixmap(picture));
          const settings = ['-d', String(distance), '-e', effort, '--num_threads=0'];
          await programs.run('cjxl', [input, output, ...settings]);
          return readFile(output);
        }),
      decode: (file) =>
        inTemporaryFolder(async (folder) => {
          const input = join(folder, 'in.jxl');
          const output = join(folder, 'out.ppm');
          await writeFile(input, file);
          await programs.run('djxl', [input, output, '--num_threads=0']);
          return readPixmap(await readFile(output));
        }),
    };
  },
};

async function versionOf(program: string): Promise<string> {
  try {
    const { stdout, stderr } = await run(program, ['--version']);
    return /v?(\d+\.\d+[.\d]*)/.exec(stdout + stderr)?.[1] ?? 'unknown';
  } catch (cause) {
    throw new CodecUnavailableError(
      `${program} is not installed (Debian and Ubuntu: apt install libjxl-tools; macOS: brew install jpeg-xl)`,
      { cause },
    );
  }
}
