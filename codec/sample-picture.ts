/** A small picture that stands for a large one where only a guess is needed. */
import { cutPixels, pastePixels } from './latent/cut-pixels.ts';
import type { Picture } from './picture.ts';

/** Pixels along a side of a part, and from one part to the next. */
const partSide = 96;
const pitch = 256;

/** Parts of the picture, evenly spread and put side by side: about a seventh of a large one. No alpha. */
export function samplePicture(picture: Picture): Picture {
  const { channels } = picture;
  const columns = startsOf(picture.width);
  const rows = startsOf(picture.height);
  const partWidth = Math.min(partSide, picture.width);
  const partHeight = Math.min(partSide, picture.height);
  const width = columns.length * partWidth;
  const height = rows.length * partHeight;
  const data = new Uint8Array(width * height * channels);
  const sample: Picture = { width, height, channels, data };
  for (const [row, y] of rows.entries()) {
    for (const [column, x] of columns.entries()) {
      const part = { width: partWidth, height: partHeight };
      const place = { ...part, x: column * partWidth, y: row * partHeight };
      pastePixels(sample, place, cutPixels(picture, { ...part, x, y }));
    }
  }
  return sample;
}

/** Where the parts begin along a side. */
function startsOf(side: number): number[] {
  if (side <= partSide) return [0];
  const count = Math.max(1, Math.round(side / pitch));
  return Array.from({ length: count }, (_, index) =>
    Math.max(0, Math.round(((index + 0.5) * side) / count - partSide / 2)),
  );
}
