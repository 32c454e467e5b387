// Operations that need little or no arithmetic: gains, offsets and moves. Channels are multiples of 8.

/** `sat16(round(x * row[channel], shift))`; dst may be src. */
export function gain(src: usize, dst: usize, positions: i32, channels: i32, row: usize, shift: i32): void {
  const rounding = i32x4.splat(shift > 0 ? 1 << (shift - 1) : 0);
  const rowEnd = row + ((<usize>channels) << 1);
  for (let position = 0; position < positions; position++) {
    for (let factor = row; factor < rowEnd; factor += 16) {
      const x = v128.load(src), g = v128.load(factor);
      const low = i32x4.add(i32x4.extmul_low_i16x8_s(x, g), rounding);
      const high = i32x4.add(i32x4.extmul_high_i16x8_s(x, g), rounding);
      v128.store(dst, i16x8.narrow_i32x4_s(i32x4.shr_s(low, shift), i32x4.shr_s(high, shift)));
      src += 16;
      dst += 16;
    }
  }
}

/** `sat16(x + row[channel])`; dst may be src. */
export function offset(src: usize, dst: usize, positions: i32, channels: i32, row: usize): void {
  const rowEnd = row + ((<usize>channels) << 1);
  for (let position = 0; position < positions; position++) {
    for (let term = row; term < rowEnd; term += 16) {
      v128.store(dst, i16x8.add_sat_s(v128.load(src), v128.load(term)));
      src += 16;
      dst += 16;
    }
  }
}

/** `activation < 0 ? (x + 4) >> 3 : x` of `bytes` bytes, a multiple of 16; dst may be src. */
export function slope(src: usize, activation: usize, dst: usize, bytes: usize): void {
  const zero = i16x8.splat(0), one = i16x8.splat(1);
  for (let byte = <usize>0; byte < bytes; byte += 16) {
    const x = v128.load(src + byte);
    // x + 4 could overflow: the bit that it would carry is added behind the shift.
    const eighth = i16x8.add(i16x8.shr_s(x, 3), v128.and(i16x8.shr_s(x, 2), one));
    const negative = i16x8.lt_s(v128.load(activation + byte), zero);
    v128.store(dst + byte, v128.bitselect(eighth, x, negative));
  }
}

/** Copies `positions` runs of `bytes` bytes (a multiple of 16), each stride counted in bytes. */
export function copy(src: usize, srcStride: usize, dst: usize, dstStride: usize, positions: i32, bytes: usize): void {
  for (let position = 0; position < positions; position++) {
    for (let byte = <usize>0; byte < bytes; byte += 16) v128.store(dst + byte, v128.load(src + byte));
    src += srcStride;
    dst += dstStride;
  }
}

/** height x width x 4C -> 2*height x 2*width x C; `bytes` is the size of C values. */
export function shuffle(src: usize, dst: usize, height: i32, width: i32, bytes: usize): void {
  const outRow = <usize>(2 * width) * bytes;
  for (let y = 0; y < height; y++) {
    for (let part = <usize>0; part < 4; part++) {
      const first = dst + (part >> 1) * outRow + (part & 1) * bytes;
      copy(src + part * bytes, bytes << 2, first, bytes << 1, width, bytes);
    }
    src += outRow << 1;
    dst += outRow << 1;
  }
}

/** The inverse of shuffle: 2*height x 2*width x C -> height x width x 4C. */
export function unshuffle(src: usize, dst: usize, height: i32, width: i32, bytes: usize): void {
  const inRow = <usize>(2 * width) * bytes;
  for (let y = 0; y < height; y++) {
    for (let part = <usize>0; part < 4; part++) {
      const first = src + (part >> 1) * inRow + (part & 1) * bytes;
      copy(first, bytes << 1, dst + part * bytes, bytes << 2, width, bytes);
    }
    src += inRow << 1;
    dst += inRow << 1;
  }
}
