// nic through its command line: what a person waits for, with the start of the program, the model and the files.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Codec } from './codec.ts';
import { type NicCoder, type NicSettings, openNicLibrary } from './nic-library.ts';
import { createProgramRunner } from './run-program.ts';
import { decodeWithSharp, sharpFrom } from './sharp-codec.ts';
import { inTemporaryFolder } from './temporary-folder.ts';

const program = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));

/** As `openNicLibrary`, through the program. */
export async function openNicCommand(model: string, settings: NicSettings): Promise<NicCoder> {
  const { versions, complexity, close } = await openNicLibrary(model, settings);
  const modelOption = model === '' ? [] : ['--model', model];
  await close?.();
  const programs = createProgramRunner();
  const encode: Codec['encode'] = (picture, quality) =>
    inTemporaryFolder(async (folder) => {
      const input = join(folder, 'in.png');
      const output = join(folder, 'out.nic');
      await sharpFrom(picture).png({ compressionLevel: 0 }).toFile(input);
      await programs.run(process.execPath, [
        program,
        'encode',
        input,
        output,
        '-q',
        String(quality),
        '--prior',
        settings.prior,
        '--effort',
        String(settings.effort),
        '--tune',
        settings.tune,
        ...modelOption,
      ]);
      return readFile(output);
    });
  const decode: Codec['decode'] = (file) =>
    inTemporaryFolder(async (folder) => {
      const input = join(folder, 'in.nic');
      const output = join(folder, 'out.png');
      await writeFile(input, file);
      await programs.run(process.execPath, [program, 'decode', input, output, ...modelOption]);
      return decodeWithSharp(await readFile(output));
    });
  return { versions, complexity, encode, decode, programCpuMs: programs.cpuMs };
}
