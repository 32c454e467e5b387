// A line of the trainer's log as text for people.
import type { LogLine, Measured, ValidationRow } from './log.ts';

/** How long a run may take; the first that is given counts. */
export interface Budget {
  readonly steps?: number;
  readonly seconds: number;
}

/** Seconds that a run has left; undefined before its speed is known. */
export function secondsLeft(
  { step, seconds, crops_per_second: speed }: LogLine,
  { steps, seconds: all }: Budget,
  batch: number,
): number | undefined {
  if (steps === undefined) return Math.max(0, all - seconds);
  return speed ? Math.max(0, ((steps - step) * batch) / speed) : undefined;
}

/** For example `step 400, loss 1.135, 0.938 bpp, 33.26 dB, 8.0 crops/s, 1 h 28 min left`. */
export function describeStep(line: LogLine, left: number | undefined): string {
  const { step, loss, bpp, psnr, crops_per_second: speed } = line;
  const parts = [`step ${step}`];
  if (loss !== undefined) parts.push(`loss ${loss.toFixed(3)}`);
  if (bpp !== undefined) parts.push(`${bpp.toFixed(3)} bpp`);
  if (psnr !== undefined) parts.push(`${psnr.toFixed(2)} dB`);
  if (speed !== undefined) parts.push(`${speed.toFixed(1)} crops/s`);
  if (left !== undefined) parts.push(`${duration(left)} left`);
  return parts.join(', ');
}

/** For example `validation at step 1927: 27.56 dB at 0.104 bpp, 31.42 dB at 0.234 bpp`. */
export function describeValidation(step: number, rows: readonly ValidationRow[]): string {
  const points = rows.map(({ bpp, psnr }) => `${psnr.toFixed(2)} dB at ${bpp.toFixed(3)} bpp`);
  return `validation at step ${step}: ${points.join(', ')}`;
}

/** For example `measured: nats 1.31, rank correlation 0.82`, or with groups `measured: 20 base: psnr 24; 20 perceptual: psnr 23`. */
export function describeMeasured(measured: Measured): string {
  return `measured: ${describeGroups(measured).join('; ')}`;
}

/** The numbers of each group; `names` are those of the groups that it is in. */
function describeGroups(measured: Measured, names: readonly string[] = []): string[] {
  const numbers: string[] = [];
  const groups: string[] = [];
  for (const [key, value] of Object.entries(measured)) {
    const name = key.replaceAll('_', ' ');
    if (typeof value === 'number') numbers.push(`${name} ${value}`);
    else groups.push(...describeGroups(value, [...names, name]));
  }
  if (numbers.length === 0) return groups;
  const heading = names.length === 0 ? '' : `${names.join(' ')}: `;
  return [heading + numbers.join(', '), ...groups];
}

/** Two units at most: `5 s`, `3 min`, `1 h 28 min`, `2 d 3 h`. */
export function duration(seconds: number): string {
  if (seconds < 59.5) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
