// Letters as strokes, so that text has any size and weight and no font needs to be installed.
import type { Point } from './canvas.ts';
import { spline } from './curves.ts';

/**
 * Strokes as pairs of base-36 digits x, y: capitals stand from 0 to c (12), small letters from 4, what hangs below goes to g (16).
 * A stroke is straight from point to point; `~` makes it a spline, `*` a closed one.
 */
const shapes: Readonly<Record<string, string>> = {
  a: '747c ~7674040c7c7a',
  b: '000c ~0604747c0c0a',
  c: '~6564040c6c6b',
  d: '707c ~7674040c7c7a',
  e: '0878 ~7874040c6c7b',
  f: '~502023 232c 0454',
  g: '747d ~7674040c7c7a ~7d7g0g0f',
  h: '000c ~08047478 787c',
  i: '040c 0001',
  j: '343d ~3d3g0g 3031',
  k: '000c 6409 276c',
  l: '000c',
  m: '040c ~08045458 585c ~5854a4a8 a8ac',
  n: '040c ~08047478 787c',
  o: '*04747c0c',
  p: '040g ~0604747c0c0a',
  q: '747g ~7674040c7c7a',
  r: '040c ~08044454',
  s: '~65640408686c0c0b',
  t: '212a ~2a2c5c 0454',
  u: '0408 ~080c7c78 747c',
  v: '043c64',
  w: '043c557ca4',
  x: '046c 640c',
  y: '043b 641g',
  z: '04640c6c',
  A: '0c408c 1878',
  B: '000c 0040 ~40707646 0646 ~46868c4c 0c4c',
  C: '~8380000c8c89',
  D: '000c 0030 ~30808c3c 0c3c',
  E: '70000c7c 0666',
  F: '70000c 0666',
  G: '~8380000c8c87 8757',
  H: '000c 808c 0686',
  I: '000c',
  J: '6068 ~686c0c09',
  K: '000c 8007 358c',
  L: '000c7c',
  M: '0c0058a0ac',
  N: '0c008c80',
  O: '*00909c0c',
  P: '000c 0040 ~40808747 0747',
  Q: '*00909c0c 699d',
  R: '000c 0040 ~40808747 0747 478c',
  S: '~82800006868c0c0a',
  T: '0080 404c',
  U: '0008 ~080c8c88 8880',
  V: '004c80',
  W: '003c629cc0',
  X: '008c 800c',
  Y: '004680 464c',
  Z: '00800c8c',
  0: '*00707c0c',
  1: '03303c',
  2: '~030070750c 0c7c',
  3: '~0200707636 ~36767c0c0a',
  4: '5c500979',
  5: '701006 ~06747c0c0a',
  6: '*05757c0c ~09007072',
  7: '00702c',
  8: '*10606616 *06767c0c',
  9: '*00707707 ~737c0c0a',
  '.': '0b0c',
  ',': '1b0e',
  ':': '0506 0b0c',
  ';': '1506 1b0e',
  '-': '0848',
  '–': '0888',
  _: '0d7d',
  '=': '0666 0a6a',
  '+': '0868 353b',
  '*': '3238 0367 6307',
  '/': '500d',
  '(': '~3004093d',
  ')': '~0034390d',
  '[': '30000d3d',
  ']': '00303d0d',
  '{': '~40202606 ~06262d4d',
  '}': '~00202646 ~46262d0d',
  '<': '64086c',
  '>': '04680c',
  '!': '0008 0b0c',
  '?': '~0200606538 3b3c',
  "'": '0003',
  '"': '0003 3033',
  '%': '800c *00303505 *57878c5c',
  '#': '301c 705c 0484 0888',
  '|': '000e',
  $: '~72700006767c0c0a 404c',
  '°': '*00303303',
  '→': '0898 65986b',
  '×': '056b 650b',
  '•': '0808',
};

/** Height of a capital in the units of a letter. */
export const capitalUnits = 12;

export interface Letter {
  /** In units of a twelfth of a capital, the baseline at 0. */
  readonly strokes: readonly (readonly Point[])[];
  readonly width: number;
}

const parsed = new Map<string, Letter>();

/** A letter by its character. An Error for one that has no shape; a space is the caller's. */
export function letterOf(character: string): Letter {
  const known = parsed.get(character);
  if (known) return known;
  const shape = shapes[character];
  if (shape === undefined) throw new Error(`No letter is drawn for '${character}'`);
  const strokes = shape.split(' ').map((stroke) => {
    const pairs = stroke.replace(/^[~*]/, '').match(/../g) ?? [];
    const points = pairs.map(
      ([x, y]): Point => [Number.parseInt(x, 36), Number.parseInt(y, 36) - capitalUnits],
    );
    return /^[~*]/.test(stroke) ? spline(points, stroke.startsWith('*'), 6) : points;
  });
  const width = Math.max(...strokes.flat().map(([x]) => x));
  const letter = { strokes, width };
  parsed.set(character, letter);
  return letter;
}
