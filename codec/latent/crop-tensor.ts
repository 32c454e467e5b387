/** Cuts rectangles out of tensors and puts them in. */
import type { Tensor } from '../engine/engine.ts';
import type { Rectangle } from '../jobs.ts';

/**
 * Copies a rectangle of one tensor to another of as many channels. `from` is the rectangle in the source,
 * `x` and `y` its corner in the target. Both must hold it.
 */
export function copyRectangle(
  source: Tensor,
  from: Rectangle,
  target: Tensor,
  x: number,
  y: number,
): void {
  const { channels } = source;
  for (let row = 0; row < from.height; row++) {
    const start = ((from.y + row) * source.width + from.x) * channels;
    const values = source.data.subarray(start, start + from.width * channels);
    target.data.set(values, ((y + row) * target.width + x) * channels);
  }
}

/** All zero. */
export function zeroTensor(height: number, width: number, channels: number): Tensor {
  return { height, width, channels, data: new Int16Array(height * width * channels) };
}

/** The rectangle as a tensor of its own; the tensor itself if that is all of it. */
export function cropTensor(tensor: Tensor, rectangle: Rectangle): Tensor {
  if (rectangle.width === tensor.width && rectangle.height === tensor.height) return tensor;
  const cropped = zeroTensor(rectangle.height, rectangle.width, tensor.channels);
  copyRectangle(tensor, rectangle, cropped, 0, 0);
  return cropped;
}

/** The core, in latent positions, of a tensor at 1/8: twice as many positions along each side. */
export function cropAt8(tensor: Tensor, { x, y, width, height }: Rectangle): Tensor {
  return cropTensor(tensor, { x: 2 * x, y: 2 * y, width: 2 * width, height: 2 * height });
}

/** The tensor with zeros after its last row and column, up to multiples of `multiple`. */
export function padTensor(tensor: Tensor, multiple: number): Tensor {
  const { height, width, channels } = tensor;
  const roundUp = (size: number) => Math.ceil(size / multiple) * multiple;
  if (roundUp(height) === height && roundUp(width) === width) return tensor;
  const padded = zeroTensor(roundUp(height), roundUp(width), channels);
  copyRectangle(tensor, { x: 0, y: 0, width, height }, padded, 0, 0);
  return padded;
}
