// The filter of decoded pixels (FORMAT.md, "Filter") and the sums that it is fitted to, a row at a time, eight columns at once.

const linearPairs: i32 = 6;
const nearPairs: i32 = 12;
const farPairs: i32 = 10;
const pairs: i32 = nearPairs + farPairs;
const colorFeatures: i32 = linearPairs + pairs + farPairs;
const features: i32 = 3 * colorFeatures + 4;
const coefficientBits: i32 = 12;

// @ts-ignore: decorator
@inline
function clip(value: v128, low: v128, high: v128): v128 {
  return i16x8.min_s(i16x8.max_s(value, low), high);
}

/** Features of 8 columns, a vector each, to `scratch`. */
// @ts-ignore: decorator
@inline
function writeFeatures(src: usize, planeBytes: usize, offsets: usize, limit: i32, wideLimit: i32, scratch: usize): void {
  const high = i16x8.splat(<i16>limit), low = i16x8.splat(<i16>-limit);
  const wideHigh = i16x8.splat(<i16>wideLimit), wideLow = i16x8.splat(<i16>-wideLimit);
  for (let color = 0; color < 3; color++) {
    const centre = v128.load(src);
    const linear = scratch + <usize>(color * colorFeatures) * 16;
    // The first of the far pairs with the wide limit follows the last pair with the other.
    const clipped = linear + linearPairs * 16, wide = clipped + farPairs * 16;
    for (let pair = 0; pair < pairs; pair++) {
      const offset = <isize>load<i32>(offsets + (<usize>pair << 2));
      const first = i16x8.sub(v128.load(src + offset), centre);
      const second = i16x8.sub(v128.load(src - offset), centre);
      if (pair < linearPairs) v128.store(linear + (<usize>pair << 4), i16x8.add(first, second));
      v128.store(clipped + (<usize>pair << 4), i16x8.add(clip(first, low, high), clip(second, low, high)));
      if (pair >= nearPairs) {
        v128.store(wide + (<usize>pair << 4), i16x8.add(clip(first, wideLow, wideHigh), clip(second, wideLow, wideHigh)));
      }
    }
    v128.store(scratch + <usize>(3 * colorFeatures + color) * 16, centre);
    src += planeBytes;
  }
}

/**
 * Filters `width` columns, rounded up to a multiple of 8, of a row of three planes; `src` is the first pixel, and margins of 8 are
 * there around it. `offsets` are the byte offsets of the first neighbours, `coefficients` are int16 `[3][118]`, `scratch` has 118 * 16
 * bytes; dst is the first sample of the row in the first of three planes.
 */
export function filterRow(
  src: usize, planeBytes: usize, width: i32, offsets: usize, coefficients: usize, limit: i32, wideLimit: i32, constant: i32,
  scratch: usize, dst: usize, dstPlaneBytes: usize,
): void {
  const half = i32x4.splat(1 << (coefficientBits - 1));
  const green = coefficients + features * 2, blue = green + features * 2;
  const last = scratch + (features - 1) * 16;
  v128.store(last, i16x8.splat(<i16>constant));
  for (let column = 0; column < width; column += 8) {
    writeFeatures(src, planeBytes, offsets, limit, wideLimit, scratch);
    let redLow = half, redHigh = half, greenLow = half, greenHigh = half, blueLow = half, blueHigh = half;
    for (let index = <usize>0; index < <usize>features; index += 2) {
      const first = v128.load(scratch + (index << 4)), second = v128.load(scratch + (index << 4), 16);
      const low = v128.shuffle<i16>(first, second, 0, 8, 1, 9, 2, 10, 3, 11);
      const high = v128.shuffle<i16>(first, second, 4, 12, 5, 13, 6, 14, 7, 15);
      const red = v128.load32_splat(coefficients + (index << 1));
      redLow = i32x4.add(redLow, i32x4.dot_i16x8_s(low, red));
      redHigh = i32x4.add(redHigh, i32x4.dot_i16x8_s(high, red));
      const toGreen = v128.load32_splat(green + (index << 1));
      greenLow = i32x4.add(greenLow, i32x4.dot_i16x8_s(low, toGreen));
      greenHigh = i32x4.add(greenHigh, i32x4.dot_i16x8_s(high, toGreen));
      const toBlue = v128.load32_splat(blue + (index << 1));
      blueLow = i32x4.add(blueLow, i32x4.dot_i16x8_s(low, toBlue));
      blueHigh = i32x4.add(blueHigh, i32x4.dot_i16x8_s(high, toBlue));
    }
    store8(dst, src, redLow, redHigh);
    store8(dst + dstPlaneBytes, src + planeBytes, greenLow, greenHigh);
    store8(dst + 2 * dstPlaneBytes, src + 2 * planeBytes, blueLow, blueHigh);
    src += 16;
    dst += 16;
  }
}

/**
 * Groups of eight columns whose products are summed up in 32 bits before they join the others: two of 16, each below 8160 (a difference
 * to two neighbours in sixteenths of a level) squared, stay below 2^31.
 */
const batch: i32 = 16;
const colors: i32 = 3;
/** Features, what the colors lack, and three zeros, so that blocks of four from any even one end within. */
const entries: i32 = features + colors + 3;
const groupBytes: usize = entries * 16;

/** Adds the sums of four lanes to the two of an entry. */
// @ts-ignore: decorator
@inline
function addLanes(entry: usize, lanes: v128): void {
  const both = i64x2.add(i64x2.extend_low_i32x4_s(lanes), i64x2.extend_high_i32x4_s(lanes));
  v128.store(entry, i64x2.add(v128.load(entry), both));
}

/**
 * Adds the products of the features of `groups` groups of 8 columns with each other and with what their samples lack, all of them
 * shifted right by `shift`, after which they have 14 bits at most. `src` is the first sample as in filterRow and `lacks` what it lacks, in
 * three planes. `sums` are int64 `[118][124][2]`, of which those from the diagonal on count; the two of an entry belong together. `scratch`
 * has 124 * batch * 16 bytes.
 */
export function addMoments(
  src: usize, planeBytes: usize, lacks: usize, lackPlaneBytes: usize, groups: i32, offsets: usize, limit: i32, wideLimit: i32, constant: i32,
  shift: i32, scratch: usize, sums: usize,
): void {
  for (let done = 0; done < groups; done += batch) {
    const count = min(batch, groups - done);
    for (let group = 0; group < count; group++) {
      const to = scratch + <usize>group * groupBytes;
      writeFeatures(src, planeBytes, offsets, limit, wideLimit, to);
      v128.store(to + (features - 1) * 16, i16x8.splat(<i16>constant));
      for (let color = <usize>0; color < <usize>colors; color++) {
        v128.store(to + (features + color) * 16, v128.load(lacks + color * lackPlaneBytes));
      }
      for (let entry = features + colors; entry < entries; entry++) v128.store(to + (<usize>entry << 4), i16x8.splat(0));
      for (let at = to; at < to + groupBytes; at += 16) v128.store(at, i16x8.shr_s(v128.load(at), shift));
      src += 16;
      lacks += 16;
    }
    const end = scratch + <usize>count * groupBytes;
    for (let first = 0; first < features; first += 2) {
      for (let second = first; second < features + colors; second += 4) {
        let upper0 = i32x4.splat(0), upper1 = i32x4.splat(0), upper2 = i32x4.splat(0), upper3 = i32x4.splat(0);
        let lower0 = i32x4.splat(0), lower1 = i32x4.splat(0), lower2 = i32x4.splat(0), lower3 = i32x4.splat(0);
        const distance = <usize>(second - first) << 4;
        for (let at = scratch + (<usize>first << 4); at < end; at += groupBytes) {
          const upper = v128.load(at), lower = v128.load(at, 16);
          let next = v128.load(at + distance);
          upper0 = i32x4.add(upper0, i32x4.dot_i16x8_s(upper, next));
          lower0 = i32x4.add(lower0, i32x4.dot_i16x8_s(lower, next));
          next = v128.load(at + distance, 16);
          upper1 = i32x4.add(upper1, i32x4.dot_i16x8_s(upper, next));
          lower1 = i32x4.add(lower1, i32x4.dot_i16x8_s(lower, next));
          next = v128.load(at + distance, 32);
          upper2 = i32x4.add(upper2, i32x4.dot_i16x8_s(upper, next));
          lower2 = i32x4.add(lower2, i32x4.dot_i16x8_s(lower, next));
          next = v128.load(at + distance, 48);
          upper3 = i32x4.add(upper3, i32x4.dot_i16x8_s(upper, next));
          lower3 = i32x4.add(lower3, i32x4.dot_i16x8_s(lower, next));
        }
        const entry = sums + <usize>(first * entries + second) * 16;
        addLanes(entry, upper0);
        addLanes(entry + 16, upper1);
        addLanes(entry + 32, upper2);
        addLanes(entry + 48, upper3);
        addLanes(entry + groupBytes, lower0);
        addLanes(entry + groupBytes + 16, lower1);
        addLanes(entry + groupBytes + 32, lower2);
        addLanes(entry + groupBytes + 48, lower3);
      }
    }
  }
}

/** `sat16(sample + (sum >> coefficientBits))` of 8 columns. */
// @ts-ignore: decorator
@inline
function store8(dst: usize, src: usize, low: v128, high: v128): void {
  const sample = v128.load(src);
  v128.store(dst, i16x8.narrow_i32x4_s(
    i32x4.add(i32x4.extend_low_i16x8_s(sample), i32x4.shr_s(low, coefficientBits)),
    i32x4.add(i32x4.extend_high_i16x8_s(sample), i32x4.shr_s(high, coefficientBits)),
  ));
}
