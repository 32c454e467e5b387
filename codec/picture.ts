import type { Metadata } from './metadata/metadata.ts';

/** A picture of 8-bit samples: sRGB (3 channels) or grey (1), row by row, channels interleaved. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  /** width * height * channels samples, 0-255. */
  readonly data: Uint8Array;
  /** width * height samples, 0 transparent to 255 opaque; opaque where it is missing. */
  readonly alpha?: Uint8Array;
  /** What came, or goes, with it. */
  readonly metadata?: Metadata;
  /** Of a picture that was decoded with realism, above 0 to 1: some of its texture was made up. */
  readonly realism?: number;
}
