// What `nic train aux` does: checks Python and photographs, trains a small model beside a base model and writes its files.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeMeasured, describeStep, secondsLeft } from '../train/describe.ts';
import { parseLogLine } from '../train/log.ts';
import { checkPhotos } from '../train/photos.ts';
import { checkPython, describePython } from '../train/python.ts';
import { checkpointName, runTrainer } from '../train/trainer.ts';
import type { TrainAuxiliaryArgs } from './commands/train-auxiliary.ts';
import { exitCodes } from './exit.ts';
import { interruptSignal } from './interrupt.ts';
import { isFile } from './is-file.ts';
import { printNote } from './print.ts';
import { statusLine } from './status-line.ts';
import { UsageError } from './usage-error.ts';

/** Kinds that stand alone: they take neither photographs nor a base model. */
const withoutBase = ['xor'];

export async function trainAuxiliary(args: TrainAuxiliaryArgs): Promise<void> {
  const { kind, photos, run, out, minutes, threads, logEvery, json, quiet } = args;
  const note = quiet ? () => {} : printNote;
  const base = withoutBase.includes(kind) ? [] : await baseArgs(args);
  const signal = interruptSignal();
  const python = await checkPython(args.python);
  note(describePython(python));
  if (base.length > 0) {
    const { count } = await checkPhotos([...photos, args.validation as string], 1, signal);
    note(`${count} photographs, those to validate on included`);
  }
  const folder = run ?? `nic-run-${kind}`;
  const status = statusLine(quiet || json);
  const optional = (name: string, value: number | undefined): string[] =>
    value === undefined ? [] : [name, String(value)];
  const finished = await runTrainer(
    [
      ...['aux', kind, '--out', out, '--run', folder, ...base],
      ...optional('--max-seconds', minutes && Math.round(minutes * 60)),
      ...optional('--threads', threads),
      ...optional('--log-every', logEvery),
    ],
    {
      python: python.command,
      signal,
      onNotice: (line) => status.print(line),
      onLine(text) {
        if (json) process.stdout.write(`${text}\n`);
        const line = parseLogLine(text);
        if (line === undefined || json) return;
        if (line.loss !== undefined) {
          const left = minutes && secondsLeft(line, { seconds: minutes * 60 }, 1);
          status.show(describeStep(line, left));
        }
        if (line.measured !== undefined) status.print(describeMeasured(line.measured));
      },
    },
  ).finally(() => status.clear());
  if (finished) return note(`written to ${out}`);
  process.exitCode = exitCodes.interrupted;
  const hasCheckpoint = await isFile(join(folder, checkpointName));
  note(
    hasCheckpoint
      ? `ended; the same command goes on from the last checkpoint in ${folder}`
      : 'ended before anything was saved',
  );
}

/** What a kind with a base model is told. UsageError where something is missing. */
async function baseArgs(args: TrainAuxiliaryArgs): Promise<string[]> {
  const { photos, validation, checkpoint, model } = args;
  if (photos.length === 0) throw new UsageError('Expected a folder of photographs');
  if (validation === undefined) throw new UsageError('Expected --validation');
  if (checkpoint === undefined) throw new UsageError('Expected --checkpoint of the base model');
  const isFolder = await stat(checkpoint).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
  return [
    ...['--data', ...photos],
    ...['--validation', validation],
    ...['--checkpoint', isFolder ? join(checkpoint, checkpointName) : checkpoint],
    ...['--manifest', model ?? fileURLToPath(import.meta.resolve('#models/base.json'))],
  ];
}
