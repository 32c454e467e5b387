// What the page of a training shows, computed from the logs of its runs.
import { basename, resolve } from 'node:path';
import { type Interpolant, pchip } from '../../reports/pchip.ts';
import { type LogLine, readLog, type ValidationRow } from './log.ts';

/** Rates at which the progress of a run is followed, in bits a pixel. */
export const followedRates = [0.2, 0.5, 1];

export interface LossPoint {
  readonly step: number;
  readonly hours: number;
  readonly loss: number;
  readonly bpp?: number;
  readonly psnr?: number;
}

export interface Validation {
  readonly step: number;
  readonly hours: number;
  readonly rows: readonly ValidationRow[];
  /** PSNR at each of the followed rates, interpolated; null outside of the rows. */
  readonly psnrAtRates: readonly (number | null)[];
}

/** One run; a training of several stages has several. */
export interface RunCurves {
  readonly name: string;
  readonly losses: readonly LossPoint[];
  readonly validations: readonly Validation[];
  /** The last step and the time that the run has taken. */
  readonly step: number;
  readonly hours: number;
  readonly end?: LogLine['end'];
}

/** Reads the log of a run's folder; TrainingError `NOT_A_RUN`. */
export async function readCurves(run: string): Promise<RunCurves> {
  return curvesOf(basename(resolve(run)), await readLog(run));
}

export function curvesOf(name: string, lines: readonly LogLine[]): RunCurves {
  const losses: LossPoint[] = [];
  const validations: Validation[] = [];
  for (const { step, seconds, loss, bpp, psnr, validation } of lines) {
    const hours = seconds / 3600;
    if (loss !== undefined) losses.push({ step, hours, loss, bpp, psnr });
    if (validation !== undefined) {
      validations.push({ step, hours, rows: validation, psnrAtRates: psnrAtRates(validation) });
    }
  }
  const last = lines.at(-1);
  return {
    name,
    losses,
    validations,
    step: last?.step ?? 0,
    hours: (last?.seconds ?? 0) / 3600,
    end: last?.end,
  };
}

function psnrAtRates(rows: readonly ValidationRow[]): (number | null)[] {
  const points = [...rows].sort((a, b) => a.bpp - b.bpp);
  let curve: Interpolant;
  try {
    curve = pchip(
      points.map(({ bpp }) => Math.log(bpp)),
      points.map(({ psnr }) => psnr),
    );
  } catch {
    return followedRates.map(() => null);
  }
  return followedRates.map((rate) => {
    const at = Math.log(rate);
    return at >= curve.from && at <= curve.to ? curve.at(at) : null;
  });
}
