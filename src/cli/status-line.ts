// One line on stderr that is replaced as work goes on; off a terminal every state of it is a line of its own.
import { printNote } from './print.ts';

export interface StatusLine {
  /** Replaces the line. */
  show(text: string): void;
  /** A line that stays, above it. */
  print(text: string): void;
  /** Takes the line away. */
  clear(): void;
}

/** Moves to the start of the line and empties it. */
export const eraseLine = '\r\u001b[2K';

/** With `silent`, only what is printed appears. */
export function statusLine(silent: boolean): StatusLine {
  const isTerminal = process.stderr.isTTY === true;
  let shown = '';
  const clear = (): void => {
    if (shown !== '') process.stderr.write(eraseLine);
    shown = '';
  };
  return {
    show(text) {
      if (silent) return;
      if (!isTerminal) return printNote(text);
      shown = text.slice(0, (process.stderr.columns || 80) - 1);
      process.stderr.write(eraseLine + shown);
    },
    print(text) {
      const below = shown;
      clear();
      printNote(text);
      shown = below;
      process.stderr.write(below);
    },
    clear,
  };
}
