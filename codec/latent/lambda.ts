/** What the model was trained to pay for a smaller error. */
import type { ModelManifest } from '../engine/manifest.ts';

/**
 * Bits that one unit of mean square error a pixel, on the scale of 0-255, is worth at a quality; undefined for a model that does
 * not say.
 */
export function lambdaOf({ lambda }: ModelManifest, q16: number): number | undefined {
  if (!lambda) return undefined;
  const [first, last] = lambda;
  // In 32 bits, so that no machine's power makes another choice.
  return Math.fround(first * (last / first) ** (q16 / 1600));
}
