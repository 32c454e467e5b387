// What `nic train` does: checks Python and photographs, runs the trainer, shows how it goes, and draws its curves.
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { writeFileAtomic } from '../image/write-file-atomic.ts';
import { createCodec } from '../index.ts';
import { checkSameConfig, findConfig } from '../train/config.ts';
import { curvePage } from '../train/curve-page.ts';
import { readCurves } from '../train/curves.ts';
import { type Budget, describeStep, describeValidation, secondsLeft } from '../train/describe.ts';
import { parseLogLine } from '../train/log.ts';
import { checkPhotos } from '../train/photos.ts';
import { checkPython, describePython } from '../train/python.ts';
import { type RunSettings, readSettings, writeSettings } from '../train/settings.ts';
import { checkpointName, runTrainer } from '../train/trainer.ts';
import { TrainingError } from '../train/training-error.ts';
import type {
  TrainCurveArgs,
  TrainExportArgs,
  TrainFilterArgs,
  TrainRunArgs,
} from './commands/train.ts';
import { describeModel } from './describe-model.ts';
import { exitCodes } from './exit.ts';
import { interruptSignal } from './interrupt.ts';
import { isFile } from './is-file.ts';
import { printJson, printNote } from './print.ts';
import { statusLine } from './status-line.ts';
import { UsageError } from './usage-error.ts';

const curveName = 'curve.html';
const defaultHours = 1;
/** The highest, so that a model of one's own does not take the number of one that is published. */
const defaultModelId = 255;
/** Pixels along a side of the crops that filters are trained on, as in bases.py. */
const filterCrop = 512;

export async function trainRun(args: TrainRunArgs): Promise<void> {
  const { run, json, quiet } = args;
  const note = quiet ? () => {} : printNote;
  const stored = await readSettings(run);
  const settings = mergeSettings(args, stored);
  const { photos, hours = defaultHours, steps, processes } = settings;
  if (photos.length === 0) throw new UsageError('Expected a folder of photographs');
  const config = await findConfig(settings.config);
  const resumes = await isFile(join(run, checkpointName));
  if (resumes && stored !== undefined) checkSameConfig(run, config, stored);
  if (!resumes) await checkInitial(settings.initial);
  if (config.batch % (processes ?? 1) !== 0) {
    throw new UsageError(
      `The batch of ${config.batch} crops cannot be divided over ${processes} processes`,
    );
  }
  const signal = interruptSignal();
  const python = await checkPython(settings.python);
  note(describePython(python));
  const { count, tooSmall, pixels } = await checkPhotos(photos, config.crop, signal);
  const left =
    tooSmall === 0 ? '' : `; ${tooSmall} smaller than ${config.crop} pixels are left out`;
  note(`${count} photographs, ${((pixels * 3) / 2 ** 30).toFixed(2)} GiB in memory${left}`);
  if (settings.validation !== undefined) await checkPhotos([settings.validation], 1, signal);

  note(`${resumes ? 'going on with' : 'starting'} ${run}`);
  await mkdir(run, { recursive: true });
  await writeSettings(run, { ...settings, model: config.model });

  const budget: Budget = { steps, seconds: hours * 3600 };
  const status = statusLine(quiet || json);
  const curves = curveWriter(run);
  let isAccepted = false;
  const finished = await runTrainer(
    trainerArgs(run, config.path, settings, budget, args.logEvery),
    {
      python: python.command,
      processes,
      signal,
      onNotice: (line) => status.print(line),
      onLine(text) {
        if (json) process.stdout.write(`${text}\n`);
        const line = parseLogLine(text);
        isAccepted ||= line !== undefined;
        if (line === undefined || json) return;
        const { step, loss, validation } = line;
        if (loss !== undefined) {
          status.show(describeStep(line, secondsLeft(line, budget, config.batch)));
        }
        if (validation !== undefined) {
          status.print(describeValidation(step, validation));
          curves.write();
        }
      },
    },
  )
    .catch(async (error: unknown) => {
      // What the trainer refused must not be what the run goes on with.
      if (resumes && !isAccepted) await writeSettings(run, stored);
      throw error;
    })
    .finally(() => status.clear());
  curves.write();
  const page = await curves.finish();
  if (page !== undefined) note(page);
  if (!finished) {
    process.exitCode = exitCodes.interrupted;
    const hasCheckpoint = await isFile(join(run, checkpointName));
    note(
      hasCheckpoint
        ? `ended; nic train run --run ${run} goes on from its last checkpoint`
        : 'ended before anything was saved',
    );
  }
}

function mergeSettings(args: TrainRunArgs, stored: RunSettings | undefined): RunSettings {
  const { photos, config, validation, initial, hours, steps, processes, threads, python } = args;
  if (hours !== undefined && steps !== undefined) {
    throw new UsageError('Expected --hours or --steps, not both');
  }
  const absolute = (path: string | undefined) => (path === undefined ? undefined : resolve(path));
  const isPath = config !== undefined && /[./\\]/.test(config);
  const isPythonPath = python !== undefined && /[/\\]/.test(python);
  const newBudget = hours !== undefined || steps !== undefined;
  return {
    photos: photos.length > 0 ? photos.map((path) => resolve(path)) : (stored?.photos ?? []),
    config: (isPath ? absolute(config) : config) ?? stored?.config ?? 'base',
    validation: absolute(validation) ?? stored?.validation,
    initial: absolute(initial) ?? stored?.initial,
    hours: newBudget ? hours : stored?.hours,
    steps: newBudget ? steps : stored?.steps,
    processes: processes ?? stored?.processes,
    threads: threads ?? stored?.threads,
    python: (isPythonPath ? absolute(python) : python) ?? stored?.python,
  };
}

function trainerArgs(
  run: string,
  config: string,
  settings: RunSettings,
  { steps, seconds }: Budget,
  logEvery: number | undefined,
): string[] {
  const { photos, validation, initial, threads } = settings;
  const optional = (name: string, value: string | number | undefined): string[] =>
    value === undefined ? [] : [name, String(value)];
  return [
    'train',
    ...['--config', config, '--run', run, '--data', ...photos],
    ...optional('--validation', validation),
    ...optional('--initial', initial && checkpointOf(initial)),
    ...(steps === undefined ? ['--max-seconds', String(seconds)] : ['--max-steps', String(steps)]),
    ...optional('--threads', threads),
    ...optional('--log-every', logEvery),
  ];
}

/** The trainer would start from nothing. */
async function checkInitial(initial: string | undefined): Promise<void> {
  if (initial === undefined || (await isFile(checkpointOf(initial)))) return;
  throw new TrainingError(
    'NOT_A_RUN',
    `Expected a checkpoint or the folder of a run for --initial but there is no file ${checkpointOf(initial)}`,
  );
}

/** The checkpoint that a path to it or to its run names. */
function checkpointOf(path: string): string {
  return path.endsWith('.pt') ? path : join(path, checkpointName);
}

/** Writes RUN/curve.html, one at a time. */
function curveWriter(run: string) {
  let last: Promise<string | undefined> = Promise.resolve(undefined);
  return {
    write(): void {
      last = last.then(() => writeCurves([run], join(run, curveName))).catch(() => undefined);
    },
    finish: () => last,
  };
}

async function writeCurves(runs: readonly string[], path: string): Promise<string> {
  const page = await curvePage(await Promise.all(runs.map(readCurves)));
  await writeFileAtomic(path, new TextEncoder().encode(page));
  return path;
}

export async function trainCurve({ runs, out, json }: TrainCurveArgs): Promise<void> {
  if (json) {
    if (out !== undefined) throw new UsageError('Expected --json or --out, not both');
    return await printJson(await Promise.all(runs.map(readCurves)));
  }
  printNote(await writeCurves(runs, out ?? join(runs[runs.length - 1], curveName)));
}

export async function trainExport(args: TrainExportArgs): Promise<void> {
  const { run, out, name, encoder, id, json } = args;
  await checkRun(run);
  if (encoder && id !== undefined) throw new UsageError('Expected --encoder or --id, not both');
  if (!/^[\w.-]+$/.test(name)) throw new UsageError(`--name ${name} is no name of a file`);
  const number = encoder ? ['--encoder'] : ['--id', String(id ?? defaultModelId)];
  const command = ['export', '--out', out, '--name', name, ...number];
  if (!(await runOnCheckpoint(command, args, 16))) return;
  const path = join(out, `${name}.json`);
  const description = await describeModel(path);
  await checkRoundTrip(path);
  if (json) return await printJson({ path, ...description });
  const { sizeBytes, encoderSizeBytes, encoderKmacPerPixel, decoderKmacPerPixel } = description;
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
  printNote(
    `${path}: model ${description.id}, ${megabytes(sizeBytes)} and ${megabytes(encoderSizeBytes)} for the encoder, ` +
      `encoder ${encoderKmacPerPixel.toFixed(1)} and decoder ${decoderKmacPerPixel.toFixed(1)} kMAC a pixel`,
  );
}

export async function trainFilter(args: TrainFilterArgs): Promise<void> {
  const { run, crops, steps, json } = args;
  await checkRun(run);
  const optional = (name: string, value: number | undefined): string[] =>
    value === undefined ? [] : [name, String(value)];
  const command = ['filter', ...optional('--crops', crops), ...optional('--steps', steps)];
  let result: FilterResult | undefined;
  const finished = await runOnCheckpoint(command, args, filterCrop, (line) => {
    result = JSON.parse(line) as FilterResult;
  });
  if (!finished || result === undefined) return;
  if (json) return await printJson(result);
  const percents = result.after.map((saved) => (saved === null ? '-' : `${saved.toFixed(1)} %`));
  printNote(
    `${join(run, checkpointName)}: filters save ${percents.join(', ')} of the bits at qualities 0-20, 20-40, … 80-100, ` +
      `on ${result.heldOut} crops held out`,
  );
}

/** What the trainer prints of filters: percents of the bits by fifths of the quality, null where no crop fell into one. */
interface FilterResult {
  readonly heldOut: number;
  readonly before?: readonly (number | null)[];
  readonly after: readonly (number | null)[];
}

async function checkRun(run: string): Promise<void> {
  if (await isFile(join(run, checkpointName))) return;
  throw new TrainingError('NOT_A_RUN', `${run} has no ${checkpointName}`);
}

/** Runs a command of the trainer on the checkpoint of a run and photographs; false, with the exit code set, if it was interrupted. */
async function runOnCheckpoint(
  command: readonly string[],
  args: { readonly run: string; readonly photos?: readonly string[]; readonly python?: string },
  leastSide: number,
  onLine?: (line: string) => void,
): Promise<boolean> {
  const settings = await readSettings(args.run);
  const photos = args.photos ?? settings?.photos ?? [];
  if (photos.length === 0) throw new UsageError('Expected --photos: the run names none');
  const signal = interruptSignal();
  const python = await checkPython(args.python ?? settings?.python);
  await checkPhotos(photos, leastSide, signal);
  const finished = await runTrainer(
    [...command, '--checkpoint', join(args.run, checkpointName), '--data', ...photos],
    {
      python: python.command,
      signal,
      onLine,
      onNotice: (line) => process.stderr.write(`${line}\n`),
    },
  );
  if (!finished) process.exitCode = exitCodes.interrupted;
  return finished;
}

/** Codes a small slope: a model that parses and yet cannot decode what it coded does not pass. */
async function checkRoundTrip(model: string): Promise<void> {
  const [width, height] = [48, 32];
  const data = Uint8Array.from(
    { length: width * height * 3 },
    (_, i) => 40 + ((i / 3) % width) * 3,
  );
  const codec = await createCodec({ model, threads: 0 });
  const picture = await codec.decode(await codec.encode({ width, height, data }, { quality: 60 }));
  await codec.close();
  const squares = picture.data.reduce((sum, value, i) => sum + (value - data[i]) ** 2, 0);
  const psnr = 10 * Math.log10((255 ** 2 * data.length) / Math.max(squares, 1));
  if (psnr < 20) {
    throw new TrainingError(
      'TRAINER_FAILED',
      `The exported model codes a plain slope with only ${psnr.toFixed(1)} dB: has the run been trained long enough?`,
    );
  }
}
