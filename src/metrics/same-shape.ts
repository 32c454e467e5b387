import { invalidArgument } from '../../codec/index.ts';

/** 8-bit samples, row by row, channels interleaved. */
export interface MetricPicture {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Uint8Array | Uint8ClampedArray;
}

function shapeOf(picture: MetricPicture): string {
  return `${picture.width}x${picture.height}x${picture.channels}`;
}

/** Throws an InvalidArgumentError unless both pictures have one shape and all the samples that it names. */
export function checkSameShape(a: MetricPicture, b: MetricPicture): void {
  if (a.width !== b.width || a.height !== b.height || a.channels !== b.channels) {
    throw invalidArgument(`a picture of ${shapeOf(a)}`, 'the second picture', shapeOf(b));
  }
  for (const picture of [a, b]) {
    const samples = picture.width * picture.height * picture.channels;
    if (!(samples > 0) || picture.data.length !== samples) {
      const name = `the data of a picture of ${shapeOf(picture)}`;
      throw invalidArgument(`${samples} samples (at least one)`, name, picture.data.length);
    }
  }
}
