// Value noise: smooth random numbers on a plane, the stuff that landscapes are made of.

/** A number from 0 to 1 for each point with integer coordinates. */
export function hash(x: number, y: number, seed: number): number {
  let mixed = Math.imul(x, 0x27d4eb2d) ^ Math.imul(y, 0x165667b1) ^ Math.imul(seed, 0x9e3779b1);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
  mixed = Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39);
  return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
}

/** A smooth function of the plane with values from 0 to 1 and features of size 1. */
export function noise(x: number, y: number, seed: number): number {
  const left = Math.floor(x);
  const top = Math.floor(y);
  const u = x - left;
  const v = y - top;
  const fadeX = u * u * u * (u * (u * 6 - 15) + 10);
  const fadeY = v * v * v * (v * (v * 6 - 15) + 10);
  const a = hash(left, top, seed);
  const b = hash(left + 1, top, seed);
  const c = hash(left, top + 1, seed);
  const d = hash(left + 1, top + 1, seed);
  return a + (b - a) * fadeX + (c - a) * fadeY + (a - b - c + d) * fadeX * fadeY;
}

/** Noise of several scales, each half as large and half as strong as the one before; 0 to 1. */
export function fractalNoise(x: number, y: number, octaves: number, seed: number): number {
  let sum = 0;
  let weight = 0.5;
  let scale = 1;
  for (let octave = 0; octave < octaves; octave++) {
    sum += weight * noise(x * scale, y * scale, seed + octave);
    weight /= 2;
    // Not quite 2, turned a little: the lattices of the octaves do not line up.
    [x, y] = [x * 0.96 - y * 0.28 + 17.3, x * 0.28 + y * 0.96 - 9.1];
    scale *= 1.97;
  }
  return sum / (1 - weight * 2);
}

/** Fractal noise with sharp crests, 0 to 1. */
export function ridgedNoise(x: number, y: number, octaves: number, seed: number): number {
  let sum = 0;
  let weight = 0.5;
  let carry = 1;
  let scale = 1;
  for (let octave = 0; octave < octaves; octave++) {
    const crest = (1 - Math.abs(2 * noise(x * scale, y * scale, seed + octave) - 1)) ** 2;
    sum += weight * crest * carry;
    carry = Math.min(1, crest * 1.6);
    weight /= 2;
    scale *= 2.03;
  }
  return Math.min(1, sum * 1.25);
}
