// Convolutions as products of packed chunks of positions: a chunk is packed into `scratch`, then multiplied
// with every panel of weights, so that it stays in the first levels of cache and the working memory does not
// grow with the picture. Strides are bytes from one position to the next.
import { multiply, packQuad } from './gemm';

/** Packs positions [0, count) of a row of positions; the last quad repeats the last position. */
function packRow(src: usize, srcStride: usize, count: i32, channels: i32, dst: usize): void {
  const last = src + <usize>(count - 1) * srcStride;
  const quadBytes = (<usize>channels) << 3;
  for (let position = 0; position < count; position += 4) {
    const p1 = src + srcStride, p2 = p1 + srcStride, p3 = p2 + srcStride;
    packQuad(src, min(p1, last), min(p2, last), min(p3, last), dst, channels);
    src = p3 + srcStride;
    dst += quadBytes;
  }
}

/**
 * 1x1 convolution of `positions` positions. `scratch` holds chunk * inChannels values, chunk a multiple of 4;
 * `residual` is 0 or has the layout of dst and may be dst; otherwise dst overlaps nothing.
 */
export function pointwise(
  src: usize, srcStride: usize, dst: usize, dstStride: usize, positions: i32, chunk: i32,
  inChannels: i32, outChannels: i32, weights: usize, bias: usize, shift: i32, leaky: i32,
  residual: usize, scratch: usize,
): void {
  for (let done = 0; done < positions; done += chunk) {
    const count = min(chunk, positions - done);
    packRow(src + <usize>done * srcStride, srcStride, count, inChannels, scratch);
    const out = <usize>done * dstStride;
    multiply(
      scratch, count, inChannels, outChannels, weights, bias, shift, leaky,
      dst + out, dstStride, residual ? residual + out : 0, dstStride,
    );
  }
}

/**
 * Two 1x1 convolutions in a row, C -> hidden -> outChannels, where the hidden values exist only chunk by chunk.
 * `scratch` holds chunk * (inChannels + hidden) values. dst may be src or the residual if it has their layout.
 */
export function pointwisePair(
  src: usize, dst: usize, positions: i32, chunk: i32, inChannels: i32, hidden: i32, outChannels: i32,
  weights0: usize, bias0: usize, shift0: i32, leaky0: i32,
  weights1: usize, bias1: usize, shift1: i32, leaky1: i32,
  residual: usize, scratch: usize,
): void {
  const srcStride = (<usize>inChannels) << 1;
  const dstStride = (<usize>outChannels) << 1;
  const middle = scratch + <usize>chunk * srcStride;
  for (let done = 0; done < positions; done += chunk) {
    const count = min(chunk, positions - done);
    packRow(src + <usize>done * srcStride, srcStride, count, inChannels, scratch);
    multiply(scratch, count, inChannels, hidden, weights0, bias0, shift0, leaky0, middle, 0, 0, 0);
    const out = <usize>done * dstStride;
    multiply(
      middle, count, hidden, outChannels, weights1, bias1, shift1, leaky1,
      dst + out, dstStride, residual ? residual + out : 0, dstStride,
    );
  }
}

/**
 * Convolution with a kernel of 1 or 3 and a stride of 1 or 2, centred on (stride*y, stride*x), zero outside.
 * `scratch` holds chunk * kernel^2 * channels values, `zeros` at least `channels` zeros. dst overlaps nothing
 * but may be the residual.
 */
export function spatial(
  src: usize, height: i32, width: i32, channels: i32, kernel: i32, stride: i32,
  dst: usize, outHeight: i32, outWidth: i32, outChannels: i32, chunk: i32,
  weights: usize, bias: usize, shift: i32, leaky: i32, residual: usize, scratch: usize, zeros: usize,
): void {
  const bytes = (<usize>channels) << 1;
  const taps = kernel * kernel;
  const reach = kernel >> 1;
  const tapBytes = bytes << 2;
  const outStride = (<usize>outChannels) << 1;
  const positions = outHeight * outWidth;
  for (let done = 0; done < positions; done += chunk) {
    const count = min(chunk, positions - done);
    let packed = scratch;
    for (let quad = 0; quad < count; quad += 4) {
      for (let tap = 0; tap < taps; tap++) {
        const ky = tap / kernel - reach;
        const kx = tap % kernel - reach;
        const first = done + quad;
        packQuad(
          place(src, height, width, bytes, first, outWidth, positions, stride, ky, kx, zeros),
          place(src, height, width, bytes, first + 1, outWidth, positions, stride, ky, kx, zeros),
          place(src, height, width, bytes, first + 2, outWidth, positions, stride, ky, kx, zeros),
          place(src, height, width, bytes, first + 3, outWidth, positions, stride, ky, kx, zeros),
          packed, channels,
        );
        packed += tapBytes;
      }
    }
    const out = <usize>done * outStride;
    multiply(
      scratch, count, taps * channels, outChannels, weights, bias, shift, leaky,
      dst + out, outStride, residual ? residual + out : 0, outStride,
    );
  }
}

/** Where the input of one tap of one output position lies, `zeros` if it is outside. */
// @ts-ignore: decorator
@inline
function place(
  src: usize, height: i32, width: i32, bytes: usize, position: i32, outWidth: i32, positions: i32,
  stride: i32, ky: i32, kx: i32, zeros: usize,
): usize {
  const y = position / outWidth;
  const row = y * stride + ky;
  const column = (position - y * outWidth) * stride + kx;
  const inside = position < positions && <u32>row < <u32>height && <u32>column < <u32>width;
  return inside ? src + <usize>(row * width + column) * bytes : zeros;
}
