// Finds the quality that a size asks for.

/** Qualities differ from a sixteenth on. */
const stepsPerQuality = 16;
const lastStep = 100 * stepsPerQuality;

export interface FoundQuality {
  readonly quality: number;
  readonly bytes: Uint8Array;
}

/**
 * The largest quality, in steps of 1/16, whose file has at most `maxBytes`; undefined where even quality 0 has
 * more. `encodeAt` is called with about ten qualities; sizes are taken to grow with the quality, their logarithm
 * nearly in proportion.
 */
export async function searchQuality(
  encodeAt: (quality: number) => Promise<Uint8Array>,
  maxBytes: number,
): Promise<FoundQuality | undefined> {
  const at = async (step: number) => {
    const quality = step / stepsPerQuality;
    return { step, quality, bytes: await encodeAt(quality) };
  };
  const excess = ({ bytes }: FoundQuality) => Math.log(bytes.length / maxBytes);

  let fits = await at(0);
  if (excess(fits) > 0) return undefined;
  let exceeds = await at(lastStep);
  if (excess(exceeds) <= 0) return exceeds;
  for (let bisect = false; exceeds.step - fits.step > 1; ) {
    const width = exceeds.step - fits.step;
    const share = bisect ? 0.5 : excess(fits) / (excess(fits) - excess(exceeds));
    const step = fits.step + Math.min(width - 1, Math.max(1, Math.round(share * width)));
    const next = await at(step);
    if (excess(next) > 0) exceeds = next;
    else fits = next;
    // Interpolation can creep along one side: then half of what is left is taken next.
    bisect = exceeds.step - fits.step > width / 2;
  }
  return fits;
}
