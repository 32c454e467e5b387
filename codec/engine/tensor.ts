/** A block of int16 values, height x width x channels, channels innermost; in networks a multiple of 8 of them. */
export interface Tensor {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly data: Int16Array;
}

export interface Shape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** Number of values. */
export function sizeOf({ height, width, channels }: Shape): number {
  return height * width * channels;
}
