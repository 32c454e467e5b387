// Products of int16 activations and int16 weights with int32 accumulators, and their epilogue.
//
// Activations are packed in quads of 4 positions: for every pair of inputs 16 bytes, position by position the
// two values of the pair. Weights are packed in panels of 8 outputs: for every pair of inputs 32 bytes, output
// by output the two weights of the pair. Biases hold the rounding term 2^(shift-1) already. Accumulators
// cannot overflow (parseModel has checked the bound), so the order of summation does not matter.
//
// The inner loop is one pair of inputs and not unrolled: the optimising compiler of V8 moves all loads of a
// loop body to its front, and more of them than registers would spill. 8 accumulators, 2 weights and
// 4 activations fit the 16 registers of x86.

/** Packs `channels` values (a multiple of 8) of four positions. */
export function packQuad(p0: usize, p1: usize, p2: usize, p3: usize, dst: usize, channels: i32): void {
  const end = p0 + ((<usize>channels) << 1);
  while (p0 < end) {
    const a = v128.load(p0), b = v128.load(p1), c = v128.load(p2), d = v128.load(p3);
    storeQuad(dst, a, b, c, d);
    p0 += 16; p1 += 16; p2 += 16; p3 += 16;
    dst += 64;
  }
}

/** Stores 8 channels of four positions as 4 packed pairs: a 4x4 transposition of 32-bit lanes. */
// @ts-ignore: decorator
@inline
function storeQuad(dst: usize, a: v128, b: v128, c: v128, d: v128): void {
  const ab0 = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
  const ab1 = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
  const cd0 = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
  const cd1 = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  v128.store(dst, v128.shuffle<i64>(ab0, cd0, 0, 2));
  v128.store(dst, v128.shuffle<i64>(ab0, cd0, 1, 3), 16);
  v128.store(dst, v128.shuffle<i64>(ab1, cd1, 0, 2), 32);
  v128.store(dst, v128.shuffle<i64>(ab1, cd1, 1, 3), 48);
}

/** Rounding shift (its term is in the bias), leaky, saturation to 16 bits: 8 outputs of one position. */
// @ts-ignore: decorator
@inline
function narrow(low: v128, high: v128, shift: i32, leaky: i32): v128 {
  low = i32x4.shr_s(low, shift);
  high = i32x4.shr_s(high, shift);
  if (leaky) {
    low = i32x4.max_s(low, i32x4.shr_s(low, 3));
    high = i32x4.max_s(high, i32x4.shr_s(high, 3));
  }
  return i16x8.narrow_i32x4_s(low, high);
}

// @ts-ignore: decorator
@inline
function addResidual(values: v128, residual: usize): v128 {
  return residual ? i16x8.add_sat_s(values, v128.load(residual)) : values;
}

/**
 * Multiplies packed activations of `positions` positions, `k` inputs each, with all panels of `outputs`
 * outputs (k and outputs are multiples of 8; the last quad is complete in memory).
 *
 * dstStride > 0: results go to dst, position by position, dstStride bytes apart, after adding `residual`
 * (0 for none; the same layout, residualStride bytes apart; may be dst).
 * dstStride = 0: results are packed in quads again, without residual.
 */
export function multiply(
  packed: usize, positions: i32, k: i32, outputs: i32, weights: usize, bias: usize, shift: i32, leaky: i32,
  dst: usize, dstStride: usize, residual: usize, residualStride: usize,
): void {
  const panelBytes = (<usize>k) << 4;
  const quadBytes = (<usize>k) << 3;
  const packedQuadBytes = (<usize>outputs) << 3;
  for (let n = 0; n < outputs; n += 8) {
    let a = packed;
    const column = (<usize>n) << 1;
    let d = dstStride ? dst + column : dst + (column << 2);
    let r = residual ? residual + column : 0;
    for (let remaining = positions; remaining > 0; remaining -= 4) {
      let a0 = v128.load(bias), a1 = v128.load(bias, 16);
      let b0 = a0, b1 = a1, c0 = a0, c1 = a1, d0 = a0, d1 = a1;
      const end = a + quadBytes;
      let w = weights;
      do {
        const w0 = v128.load(w), w1 = v128.load(w, 16);
        let x = v128.load32_splat(a);
        a0 = i32x4.add(a0, i32x4.dot_i16x8_s(x, w0));
        a1 = i32x4.add(a1, i32x4.dot_i16x8_s(x, w1));
        x = v128.load32_splat(a, 4);
        b0 = i32x4.add(b0, i32x4.dot_i16x8_s(x, w0));
        b1 = i32x4.add(b1, i32x4.dot_i16x8_s(x, w1));
        x = v128.load32_splat(a, 8);
        c0 = i32x4.add(c0, i32x4.dot_i16x8_s(x, w0));
        c1 = i32x4.add(c1, i32x4.dot_i16x8_s(x, w1));
        x = v128.load32_splat(a, 12);
        d0 = i32x4.add(d0, i32x4.dot_i16x8_s(x, w0));
        d1 = i32x4.add(d1, i32x4.dot_i16x8_s(x, w1));
        a += 16;
        w += 32;
      } while (a < end);
      const va = narrow(a0, a1, shift, leaky);
      const vb = narrow(b0, b1, shift, leaky);
      const vc = narrow(c0, c1, shift, leaky);
      const vd = narrow(d0, d1, shift, leaky);
      if (!dstStride) {
        storeQuad(d, va, vb, vc, vd);
        d += packedQuadBytes;
        continue;
      }
      v128.store(d, addResidual(va, r));
      d += dstStride;
      if (r) r += residualStride;
      if (remaining > 1) {
        v128.store(d, addResidual(vb, r));
        d += dstStride;
        if (r) r += residualStride;
      }
      if (remaining > 2) {
        v128.store(d, addResidual(vc, r));
        d += dstStride;
        if (r) r += residualStride;
      }
      if (remaining > 3) {
        v128.store(d, addResidual(vd, r));
        d += dstStride;
        if (r) r += residualStride;
      }
    }
    weights += panelBytes;
    bias += 32;
  }
}
