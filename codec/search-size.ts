/** Finds the quality that a size or a distortion asks for, with few tries. */
import { maxQ16 } from './bitstream/header-fields.ts';

/** A size is met when the file has at least this share of it. */
const sizeTolerance = 0.98;
/** What is tried: a little less than allowed, for the guess is as likely too high as too low. */
const aim = 0.993;
/** From here on half of what is left is tried, whatever was guessed. */
const maxGuesses = 8;

export interface SizeTry {
  readonly q16: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export interface SizeSearch {
  /** The whole file at a quality. */
  codeAt(q16: number): Promise<Uint8Array<ArrayBuffer>>;
  /** Bytes that depend on the quality, up to a factor near 1; above 0 and never falling. */
  guessAt(q16: number): number;
  /** Bytes of the file that do not depend on the quality, as far as they are known. */
  fixedBytes(): number;
  readonly maxBytes: number;
}

export interface SizeSearchResult {
  /** The best file of at most `maxBytes`; undefined where there is none. */
  readonly found?: SizeTry;
  /** Bytes of the smallest file that was tried. */
  readonly smallestBytes: number;
  readonly tries: number;
}

/**
 * Looks for the file of at most `maxBytes` that is at least 98 % as large, or else for the largest one. Every
 * file that counts was really coded, so the result never exceeds the size.
 */
export async function searchSize(search: SizeSearch): Promise<SizeSearchResult> {
  const { codeAt, guessAt, maxBytes, fixedBytes } = search;
  const factorOf = ({ q16, bytes }: SizeTry) => (bytes.length - fixedBytes()) / guessAt(q16);
  let fits: SizeTry | undefined;
  let exceeds: SizeTry | undefined;
  let smallestBytes = Infinity;
  let factorAt: (q16: number) => number = () => 1;
  for (let tries = 1; ; tries++) {
    const low = fits ? fits.q16 + 1 : 0;
    const high = exceeds ? exceeds.q16 - 1 : maxQ16;
    if (low > high) return { found: fits, smallestBytes, tries: tries - 1 };
    const goal = Math.max(1, aim * (maxBytes - fixedBytes()));
    const q16 =
      tries > maxGuesses
        ? (low + high) >> 1
        : lastUnder((step) => guessAt(step) * factorAt(step), goal, low, high);
    const bytes = await codeAt(q16);
    const current = { q16, bytes };
    smallestBytes = Math.min(smallestBytes, bytes.length);
    if (bytes.length > maxBytes) exceeds = current;
    else if (!fits || bytes.length >= fits.bytes.length) fits = current;
    if (fits && (fits.bytes.length >= sizeTolerance * maxBytes || fits.q16 === maxQ16)) {
      return { found: fits, smallestBytes, tries };
    }
    factorAt = interpolate(fits ?? current, exceeds ?? current, factorOf);
  }
}

/** The factor between two tries, in proportion to the quality; that of the one try where they are the same. */
function interpolate(
  first: SizeTry,
  second: SizeTry,
  factorOf: (one: SizeTry) => number,
): (q16: number) => number {
  const [a, b] = [factorOf(first), factorOf(second)];
  const width = second.q16 - first.q16;
  if (width === 0) return () => a;
  return (q16) => a * (b / a) ** ((q16 - first.q16) / width);
}

/** The largest integer from `low` to `high` whose value is at most `goal`, else `low`. */
export function lastUnder(
  valueAt: (step: number) => number,
  goal: number,
  low: number,
  high: number,
): number {
  let first = low;
  let last = high;
  while (first < last) {
    const middle = (first + last + 1) >> 1;
    if (valueAt(middle) <= goal) first = middle;
    else last = middle - 1;
  }
  return first;
}

/** A PSNR is met when it is not missed, and exceeded by no more than this many dB. */
const psnrTolerance = 0.05;
/** dB that a step of q16 usually brings. */
const usualSlope = 0.15 / 16;

export interface PsnrTry extends SizeTry {
  readonly psnr: number;
}

/** The file with the lowest quality that reaches `target` dB, within 0.05 dB; undefined where none does. */
export async function searchPsnr(
  tryAt: (q16: number) => Promise<PsnrTry>,
  target: number,
  firstQ16: number,
): Promise<{ readonly found?: PsnrTry; readonly bestPsnr: number }> {
  let under: PsnrTry | undefined;
  let reaches: PsnrTry | undefined;
  let bestPsnr = -Infinity;
  let q16 = firstQ16;
  for (let tries = 1; ; tries++) {
    const current = await tryAt(q16);
    bestPsnr = Math.max(bestPsnr, current.psnr);
    if (current.psnr >= target) reaches = current;
    else under = current;
    const low = under ? under.q16 + 1 : 0;
    const high = reaches ? reaches.q16 - 1 : maxQ16;
    if (low > high || (reaches && reaches.psnr <= target + psnrTolerance)) {
      return { found: reaches, bestPsnr };
    }
    const slope =
      under && reaches && reaches.psnr > under.psnr
        ? (reaches.psnr - under.psnr) / (reaches.q16 - under.q16)
        : usualSlope;
    const step = (target + psnrTolerance / 2 - current.psnr) / slope;
    const guess = tries > maxGuesses ? (low + high) >> 1 : Math.round(current.q16 + step);
    q16 = Math.max(low, Math.min(guess, high));
  }
}
