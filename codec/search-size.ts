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
  /** What the last file was made of; sizes of another one say little of where the next should be. */
  curve(): unknown;
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
  const { codeAt, guessAt, maxBytes, fixedBytes, curve } = search;
  const factorOf = ({ q16, bytes }: SizeTry) => (bytes.length - fixedBytes()) / guessAt(q16);
  /** The largest file that fits, and the last of its curve: a better quality may have fewer bytes. */
  let best: SizeTry | undefined;
  let fits: SizeTry | undefined;
  let exceeds: SizeTry | undefined;
  let smallestBytes = Infinity;
  let before: unknown;
  let factorAt: (q16: number) => number = () => 1;
  for (let tries = 1; ; tries++) {
    const low = fits ? fits.q16 + 1 : 0;
    const high = exceeds ? exceeds.q16 - 1 : maxQ16;
    if (low > high) return { found: best, smallestBytes, tries: tries - 1 };
    const goal = Math.max(1, aim * (maxBytes - fixedBytes()));
    const q16 =
      tries > maxGuesses
        ? (low + high) >> 1
        : lastUnder((step) => guessAt(step) * factorAt(step), goal, low, high);
    const bytes = await codeAt(q16);
    const current = { q16, bytes };
    if (tries <= maxGuesses && curve() !== before) fits = exceeds = undefined;
    before = curve();
    smallestBytes = Math.min(smallestBytes, bytes.length);
    if (bytes.length > maxBytes) {
      exceeds = current;
    } else {
      fits = current;
      if (!best || bytes.length >= best.bytes.length) best = current;
      if (best.bytes.length >= sizeTolerance * maxBytes || q16 === maxQ16) {
        return { found: best, smallestBytes, tries };
      }
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

export interface PsnrTry {
  readonly q16: number;
  readonly psnr: number;
}

export interface PsnrSearch<Try extends PsnrTry> {
  tryAt(q16: number): Promise<Try>;
  /** PSNR at a quality, up to a difference that changes slowly; it may get better with every try. */
  guessAt(q16: number): number;
  /** In dB. */
  readonly target: number;
  /** In dB; default 0.05. */
  readonly tolerance?: number;
}

export interface PsnrSearchResult<Try extends PsnrTry> {
  /** A try that exceeds the target by at most the tolerance, if two qualities are that close; undefined where none does. */
  readonly found?: Try;
  readonly bestPsnr: number;
  readonly tries: number;
}

/** Looks for the lowest quality that reaches a PSNR. */
export async function searchPsnr<Try extends PsnrTry>(
  search: PsnrSearch<Try>,
): Promise<PsnrSearchResult<Try>> {
  const { tryAt, guessAt, target, tolerance = psnrTolerance } = search;
  const differenceOf = ({ q16, psnr }: PsnrTry) => psnr - guessAt(q16);
  let under: Try | undefined;
  let reaches: Try | undefined;
  let previous: Try | undefined;
  let bestPsnr = -Infinity;
  let differenceAt: (q16: number) => number = () => 0;
  for (let tries = 1; ; tries++) {
    const low = under ? under.q16 + 1 : 0;
    const high = reaches ? reaches.q16 - 1 : maxQ16;
    if (low > high) return { found: reaches, bestPsnr, tries: tries - 1 };
    const goal = target + tolerance / 2;
    const q16 =
      tries > maxGuesses
        ? (low + high) >> 1
        : lastUnder((step) => guessAt(step) + differenceAt(step), goal, low, high);
    const current = await tryAt(q16);
    bestPsnr = Math.max(bestPsnr, current.psnr);
    if (current.psnr >= target) reaches = current;
    else under = current;
    if (reaches && reaches.psnr <= target + tolerance) {
      return { found: reaches, bestPsnr, tries };
    }
    differenceAt = line(previous ?? current, current, differenceOf);
    previous = current;
  }
}

/** The straight line through the values of two tries; that of the one try where they are the same. */
function line(
  first: PsnrTry,
  second: PsnrTry,
  measure: (one: PsnrTry) => number,
): (q16: number) => number {
  const [a, b] = [measure(first), measure(second)];
  const width = second.q16 - first.q16;
  if (width === 0 || !Number.isFinite(a - b)) return () => b;
  return (q16) => a + ((b - a) * (q16 - first.q16)) / width;
}
