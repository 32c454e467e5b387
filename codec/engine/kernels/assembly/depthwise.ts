// Depthwise 3x3 convolution, stride 1, zero outside.
//
// Weights are packed for 8 channels at a time in ten vectors, each with the weights of two taps interleaved
// for 4 channels (first the low, then the high four): rows 0 and 1 of columns 0, 1 and 2, then row 2 of columns
// 0 and 1, then row 2 of column 2 with zeros. Biases hold the rounding term.

// @ts-ignore: decorator
@inline
function interleaveLow(a: v128, b: v128): v128 {
  return v128.shuffle<i16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}

// @ts-ignore: decorator
@inline
function interleaveHigh(a: v128, b: v128): v128 {
  return v128.shuffle<i16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
}

/** `zeros` holds at least `channels` zeros; dst must not overlap src. */
export function depthwise(
  src: usize, dst: usize, height: i32, width: i32, channels: i32, weights: usize, bias: usize, shift: i32,
  zeros: usize,
): void {
  const step = (<usize>channels) << 1;
  const rowBytes = <usize>width * step;
  for (let y = 0; y < height; y++) {
    const row1 = src + <usize>y * rowBytes;
    const row0 = y > 0 ? row1 - rowBytes : zeros;
    const row2 = y + 1 < height ? row1 + rowBytes : zeros;
    const step0 = y > 0 ? step : 0;
    const step2 = y + 1 < height ? step : 0;
    const out = dst + <usize>y * rowBytes;
    for (let channel = <usize>0; channel < step; channel += 16) {
      depthwiseColumn(
        row0 + channel, step0, row1 + channel, row2 + channel, step2, out + channel, width, step,
        weights + channel * 10, bias + (channel << 1), shift,
      );
    }
  }
}

/** 8 channels of one output row. Weights read before the loop are not in the way of its loads. */
// @ts-ignore: decorator
@inline
function depthwiseColumn(
  row0: usize, step0: usize, row1: usize, row2: usize, step2: usize, dst: usize, width: i32, step: usize,
  weights: usize, bias: usize, shift: i32,
): void {
  const zero = i32x4.splat(0);
  const w0 = v128.load(weights), w1 = v128.load(weights, 16), w2 = v128.load(weights, 32);
  const w3 = v128.load(weights, 48), w4 = v128.load(weights, 64), w5 = v128.load(weights, 80);
  const w6 = v128.load(weights, 96), w7 = v128.load(weights, 112), w8 = v128.load(weights, 128);
  const w9 = v128.load(weights, 144), bias0 = v128.load(bias), bias1 = v128.load(bias, 16);
  // Columns x-1 and x: rows 0 and 1 interleaved, and row 2.
  let leftLow = zero, leftHigh = zero, left2 = zero;
  let top = v128.load(row0), middle = v128.load(row1);
  let centreLow = interleaveLow(top, middle), centreHigh = interleaveHigh(top, middle);
  let centre2 = v128.load(row2);
  for (let x = 1; x <= width; x++) {
    let rightLow = zero, rightHigh = zero, right2 = zero;
    if (x < width) {
      row0 += step0;
      row1 += step;
      row2 += step2;
      top = v128.load(row0);
      middle = v128.load(row1);
      rightLow = interleaveLow(top, middle);
      rightHigh = interleaveHigh(top, middle);
      right2 = v128.load(row2);
    }
    let low = i32x4.add(bias0, i32x4.dot_i16x8_s(leftLow, w0));
    let high = i32x4.add(bias1, i32x4.dot_i16x8_s(leftHigh, w1));
    low = i32x4.add(low, i32x4.dot_i16x8_s(centreLow, w2));
    high = i32x4.add(high, i32x4.dot_i16x8_s(centreHigh, w3));
    low = i32x4.add(low, i32x4.dot_i16x8_s(rightLow, w4));
    high = i32x4.add(high, i32x4.dot_i16x8_s(rightHigh, w5));
    low = i32x4.add(low, i32x4.dot_i16x8_s(interleaveLow(left2, centre2), w6));
    high = i32x4.add(high, i32x4.dot_i16x8_s(interleaveHigh(left2, centre2), w7));
    low = i32x4.add(low, i32x4.dot_i16x8_s(interleaveLow(right2, zero), w8));
    high = i32x4.add(high, i32x4.dot_i16x8_s(interleaveHigh(right2, zero), w9));
    v128.store(dst, i16x8.narrow_i32x4_s(i32x4.shr_s(low, shift), i32x4.shr_s(high, shift)));
    dst += step;
    leftLow = centreLow;
    leftHigh = centreHigh;
    left2 = centre2;
    centreLow = rightLow;
    centreHigh = rightHigh;
    centre2 = right2;
  }
}
