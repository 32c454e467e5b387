// The interface that a codec implements to be in a report: one adapter a file, told apart by `id:option=value,…`.

/** 8-bit RGB, row by row, channels interleaved. */
export interface RgbPicture {
  readonly width: number;
  readonly height: number;
  readonly channels: 3;
  readonly data: Uint8Array;
}

/** Multiply-accumulate operations a pixel, in thousands. */
export interface Complexity {
  readonly encoderKmacPerPixel: number;
  readonly decoderKmacPerPixel: number;
}

/** One codec with its settings fixed, except for the quality. */
export interface Codec {
  /** Canonical spec, for example `avif:chroma=444,effort=4`: names the results file and selects the codec again. */
  readonly spec: string;
  readonly id: string;
  /** For people, for example "AVIF 4:4:4, effort 4". */
  readonly label: string;
  readonly settings: Readonly<Record<string, string>>;
  /** Versions of everything that decides about the bytes; another version makes stored rows stale. */
  readonly versions: Readonly<Record<string, string>>;
  /** What the quality number means, for example "quality" or "distance". */
  readonly qualityName: string;
  /** The qualities of a full report, from the smallest file to the largest. */
  readonly qualities: readonly number[];
  /** Limits and step of a search for a file size; `from` gives the smallest file. */
  readonly search: { readonly from: number; readonly to: number; readonly step: number };
  /** Media type where a browser shows the encoded file by itself. */
  readonly mediaType?: 'image/jpeg' | 'image/webp' | 'image/avif';
  readonly complexity?: Complexity;
  /** The whole file, headers included, as a user would store it. */
  encode(picture: RgbPicture, quality: number): Promise<Uint8Array>;
  decode(file: Uint8Array): Promise<RgbPicture>;
  /** CPU time so far of programs that the codec runs, in ms. */
  programCpuMs?(): number;
  close?(): Promise<void>;
}

export interface CodecFactory {
  readonly id: string;
  /** Known options with their allowed values, the default first; an empty list takes any text. */
  readonly options: Readonly<Record<string, readonly string[]>>;
  /**
   * Throws a {@link CodecUnavailableError} where a program or package that the codec needs is missing.
   * `spec` is canonical; `options` has a value for every known option.
   */
  create(spec: string, options: Readonly<Record<string, string>>): Promise<Codec>;
}

/** The codec cannot run here; the message says what to install. */
export class CodecUnavailableError extends Error {
  override readonly name = 'CodecUnavailableError';
}
