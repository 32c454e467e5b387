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
  /** Of a picture that was decoded with it: how far each pixel may be off. */
  readonly uncertainty?: UncertaintyMap;
  /** Of a picture that was decoded with realism, above 0 to 1: some of its texture was made up. */
  readonly realism?: number;
}

/** Predicted standard errors: the root mean square over RGB of what the faithful picture differs from its original by. */
export interface UncertaintyMap {
  /** width * height samples; 255 stands for all that is larger. */
  readonly data: Uint8Array;
  /** Samples a level: 8 where a sample of 8 is an error of one 8-bit level. */
  readonly unit: number;
}
