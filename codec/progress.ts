/** Progress reports of encoding and decoding. */

export interface Progress {
  /** Part of the work that is done, 0 to 1, never falling. */
  readonly fraction: number;
  /** What the last finished piece of work was. */
  readonly stage: 'analysis' | 'search' | 'entropy' | 'synthesis';
}

export interface TaskOptions {
  /** Stops the work; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called after each finished piece of work. */
  readonly onProgress?: (progress: Progress) => void;
}

/** Work of a latent position in the unit of the counters here, about; entropy coding goes with the fit of the filter. */
export const workOf = { analysis: 4, searchRound: 10, entropy: 6 };

/** Counts work in any unit and reports it; the weights of all stages together should come to `total`. */
export function progressCounter(
  total: number,
  onProgress: TaskOptions['onProgress'],
): (stage: Progress['stage'], work: number) => void {
  let done = 0;
  return (stage, work) => {
    done += work;
    onProgress?.({ fraction: done >= total ? 1 : done / total, stage });
  };
}
