/**
 * The compiled SIMD kernels. Addresses and strides are bytes; contracts are in assembly/.
 */
import { kernelsBase64 } from './kernels-wasm.ts';

export interface Kernels {
  pointwise(
    src: number,
    srcStride: number,
    dst: number,
    dstStride: number,
    positions: number,
    chunk: number,
    inChannels: number,
    outChannels: number,
    weights: number,
    bias: number,
    shift: number,
    leaky: number,
    residual: number,
    scratch: number,
  ): void;
  pointwisePair(
    src: number,
    dst: number,
    positions: number,
    chunk: number,
    inChannels: number,
    hidden: number,
    outChannels: number,
    weights0: number,
    bias0: number,
    shift0: number,
    leaky0: number,
    weights1: number,
    bias1: number,
    shift1: number,
    leaky1: number,
    residual: number,
    scratch: number,
  ): void;
  spatial(
    src: number,
    height: number,
    width: number,
    channels: number,
    kernel: number,
    stride: number,
    dst: number,
    outHeight: number,
    outWidth: number,
    outChannels: number,
    chunk: number,
    weights: number,
    bias: number,
    shift: number,
    leaky: number,
    residual: number,
    scratch: number,
    zeros: number,
  ): void;
  depthwise(
    src: number,
    dst: number,
    height: number,
    width: number,
    channels: number,
    weights: number,
    bias: number,
    shift: number,
    zeros: number,
  ): void;
  addMoments(
    src: number,
    planeBytes: number,
    lacks: number,
    lackPlaneBytes: number,
    groups: number,
    offsets: number,
    limit: number,
    wideLimit: number,
    constant: number,
    shift: number,
    scratch: number,
    sums: number,
  ): void;
  filterRow(
    src: number,
    planeBytes: number,
    width: number,
    offsets: number,
    coefficients: number,
    limit: number,
    wideLimit: number,
    constant: number,
    scratch: number,
    dst: number,
    dstPlaneBytes: number,
  ): void;
  multiplyReal(a: number, b: number, c: number, rows: number, depth: number, columns: number): void;
  gain(
    src: number,
    dst: number,
    positions: number,
    channels: number,
    row: number,
    shift: number,
  ): void;
  offset(src: number, dst: number, positions: number, channels: number, row: number): void;
  slope(src: number, activation: number, dst: number, bytes: number): void;
  copy(
    src: number,
    srcStride: number,
    dst: number,
    dstStride: number,
    positions: number,
    bytes: number,
  ): void;
  beginTile(layout: number): void;
  codeRow(
    y: number,
    slice: number,
    groups: number,
    pending: number,
    scales: number,
    symbols: number,
    reading: number,
  ): number;
  shuffle(src: number, dst: number, height: number, width: number, bytes: number): void;
  unshuffle(src: number, dst: number, height: number, width: number, bytes: number): void;
}

let compiled: WebAssembly.Module | null | undefined;

/** The module, compiled once a thread; null where WebAssembly or its SIMD is missing or a page forbids it. */
function compile(): WebAssembly.Module | null {
  if (typeof WebAssembly !== 'object') return null;
  const bytes = Uint8Array.from(atob(kernelsBase64), (character) => character.charCodeAt(0));
  try {
    return new WebAssembly.Module(bytes);
  } catch {
    return null;
  }
}

/** Whether this platform runs the kernels. */
export function hasKernels(): boolean {
  if (compiled === undefined) compiled = compile();
  return compiled !== null;
}

/** Instantiates the kernels on a memory that the caller lays out; hasKernels() must hold. */
export function createKernels(memory: WebAssembly.Memory): Kernels {
  if (!hasKernels()) throw new TypeError('WebAssembly SIMD is missing');
  const instance = new WebAssembly.Instance(compiled as WebAssembly.Module, { env: { memory } });
  return instance.exports as unknown as Kernels;
}
