// A progress bar on stderr for work that takes longer than a moment; nothing off a terminal.
import type { SingleBar } from 'cli-progress';
import type { Progress } from '../../codec/index.ts';

const showAfterMs = 500;

export interface ProgressBar {
  update(progress: Progress): void;
  stop(): void;
}

/** With `silent`, nothing anywhere. */
export async function progressBar(label: string, silent: boolean): Promise<ProgressBar> {
  if (silent || !process.stderr.isTTY) return { update() {}, stop() {} };
  const { Presets, SingleBar } = await import('cli-progress');
  const startedMs = performance.now();
  let bar: SingleBar | undefined;
  return {
    update({ fraction, stage }) {
      if (!bar) {
        if (performance.now() - startedMs < showAfterMs) return;
        const format = `${label} {bar} {percentage} % {stage}`;
        const options = { format, stream: process.stderr, clearOnComplete: true, hideCursor: true };
        bar = new SingleBar(options, Presets.shades_classic);
        bar.start(100, 0, { stage });
      }
      bar.update(Math.floor(fraction * 100), { stage });
    },
    stop() {
      bar?.stop();
    },
  };
}
