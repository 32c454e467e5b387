/** Times of repeated calls. The smallest is reported: on a shared machine it is the one least disturbed. */

/** `wall` is what a user waits; `cpu` is the time of all threads of this process, which other load leaves alone. */
export type Clock = 'wall' | 'cpu';

/** Milliseconds since some moment. */
export function readClock(clock: Clock): number {
  if (clock === 'wall') return performance.now();
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

export interface MeasureOptions {
  /** Most timed calls; there is one untimed call before them. */
  readonly runs: number;
  /** No further call is started once the timed ones took this long together. */
  readonly maxMs?: number;
  readonly clock: Clock;
}

/** The shortest time of a call in milliseconds. */
export async function shortestMs(
  call: () => unknown,
  { runs, maxMs = 5000, clock }: MeasureOptions,
): Promise<number> {
  await call();
  let shortest = Infinity;
  let total = 0;
  for (let run = 0; run < runs && total < maxMs; run++) {
    const start = readClock(clock);
    await call();
    const elapsed = readClock(clock) - start;
    shortest = Math.min(shortest, elapsed);
    total += elapsed;
  }
  return shortest;
}
