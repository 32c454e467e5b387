/**
 * Colors for the samples that nobody sees, from those around them: so that nothing hidden costs bits, or bleeds into
 * an edge where the picture is later scaled.
 */
import type { Picture } from '../picture.ts';

interface Level {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
  /** 1 where there is a color. */
  readonly known: Uint8Array;
}

/** The samples of a picture, those under an alpha of 0 replaced; the picture's own where nothing is hidden. */
export function fillHidden({ width, height, channels, data, alpha }: Picture): Uint8Array {
  if (!alpha?.includes(0)) return data;
  const known = alpha.map((value) => (value === 0 ? 0 : 1));
  if (!known.includes(1)) return new Uint8Array(data.length).fill(128);
  const levels: Level[] = [{ width, height, data: data.slice(), known }];
  for (let level = levels[0]; level.width > 1 || level.height > 1; levels.push(level)) {
    level = halve(level, channels);
  }
  for (let index = levels.length - 2; index >= 0; index--) {
    fillFrom(levels[index + 1], levels[index], channels);
  }
  return levels[0].data;
}

/** Means of the known among each 2 x 2. */
function halve(level: Level, channels: number): Level {
  const width = (level.width + 1) >> 1;
  const height = (level.height + 1) >> 1;
  const data = new Uint8Array(width * height * channels);
  const known = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const places: number[] = [];
      for (let row = 2 * y; row < Math.min(2 * y + 2, level.height); row++) {
        for (let column = 2 * x; column < Math.min(2 * x + 2, level.width); column++) {
          const place = row * level.width + column;
          if (level.known[place]) places.push(place);
        }
      }
      if (places.length === 0) continue;
      known[y * width + x] = 1;
      for (let channel = 0; channel < channels; channel++) {
        let sum = places.length >> 1;
        for (const place of places) sum += level.data[place * channels + channel];
        data[(y * width + x) * channels + channel] = Math.floor(sum / places.length);
      }
    }
  }
  return { width, height, data, known };
}

function fillFrom(coarse: Level, fine: Level, channels: number): void {
  for (let y = 0; y < fine.height; y++) {
    for (let x = 0; x < fine.width; x++) {
      const place = y * fine.width + x;
      if (fine.known[place]) continue;
      const source = ((y >> 1) * coarse.width + (x >> 1)) * channels;
      for (let channel = 0; channel < channels; channel++) {
        fine.data[place * channels + channel] = coarse.data[source + channel];
      }
    }
  }
}
