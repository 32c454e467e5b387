/** How much work the encoder puts into a smaller file. */

/** Rounds of the search for symbols (search-latents.ts) of each effort (docs/effort.md). */
const rounds = [0, 1, 2, 3, 4, 6, 8, 12, 20, 40];

export const maxEffort = rounds.length - 1;

/** Of an effort, an integer from 0 to `maxEffort`. */
export function searchRounds(effort: number): number {
  return rounds[effort];
}
