import type { CommandModule } from 'yargs';
import { NicError } from '../../index.ts';
import { exitCodeOf } from '../exit.ts';
import { interruptSignal } from '../interrupt.ts';
import {
  type CodecArgs,
  codecOptions,
  codecOptionsOf,
  jsonOption,
  quietOption,
  withDash,
} from '../options.ts';
import { printJson, printText } from '../print.ts';
import { displayName, readInput } from '../streams.ts';
import { withCodec } from '../with-codec.ts';

interface VerifyArgs extends CodecArgs {
  readonly files: readonly string[];
  readonly json: boolean;
  readonly quiet: boolean;
}

interface Verdict {
  readonly path: string;
  readonly ok: boolean;
  readonly code?: string;
  readonly message?: string;
}

/** `nic verify FILE…` */
export const verifyCommand: CommandModule<object, VerifyArgs> = {
  command: 'verify <files..>',
  describe: 'Check that .nic files are undamaged, without decoding their pixels',
  builder: (yargs) =>
    yargs
      // Elsewhere the last of several values counts.
      .parserConfiguration({ 'duplicate-arguments-array': true })
      .positional('files', {
        type: 'string',
        array: true,
        demandOption: true,
        describe: '.nic files, or - for stdin',
        coerce: (files: string[]) => files.map(withDash),
      })
      .options({
        ...codecOptions,
        json: jsonOption,
        quiet: quietOption,
      })
      .example('$0 verify archive/*.nic', 'exit code 0 if all are whole'),
  async handler(args) {
    const { files, maxPixels, json, quiet } = args;
    const signal = interruptSignal();
    const verdicts: Verdict[] = [];
    await withCodec(codecOptionsOf(args), signal, async (codec) => {
      for (const path of files) {
        let verdict: Verdict = { path, ok: true };
        try {
          await codec.verify(await readInput(path, signal), { maxPixels, signal });
        } catch (error) {
          signal.throwIfAborted();
          const { code, message } = error as NodeJS.ErrnoException;
          if (!(error instanceof NicError) && code === undefined) throw error;
          verdict = { path, ok: false, code, message };
          process.exitCode = Math.max(Number(process.exitCode ?? 0), exitCodeOf(error));
        }
        verdicts.push(verdict);
        if (!json && !(quiet && verdict.ok)) await printText(`${lineOf(verdict)}\n`);
      }
    });
    if (json) await printJson(verdicts);
  },
};

function lineOf({ path, ok, code, message }: Verdict): string {
  const name = displayName(path, 'input');
  return ok ? `${name}: ok` : `${name}: FAILED, ${message} [${code}]`;
}
