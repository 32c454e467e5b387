/**
 * Types of the model manifest (codec/models/README.md): the tensors, the operations of each network and the
 * entropy tables of one model. The values are checked by parseModel; these types hold only after it.
 */

export type DType = 'int16' | 'int32' | 'uint8' | 'uint16' | 'uint32';
export type TypedArray = Int16Array | Int32Array | Uint8Array | Uint16Array | Uint32Array;

/** Views of the data file by name. */
export type Tensors = ReadonlyMap<string, TypedArray>;

export interface TensorEntry {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** First byte in the data file, a multiple of 16. */
  readonly offset: number;
}

/** `round(bias + sum w*x, shift)`, then leaky, saturation to int16 and the residual, in that order. */
export interface ConvOp {
  readonly op: 'conv';
  readonly input: string;
  readonly output: string;
  readonly kernel: 1 | 3;
  readonly stride: 1 | 2;
  readonly inChannels: number;
  readonly outChannels: number;
  /** int16 `[out][ky*kernel+kx][in]`. */
  readonly weight: string;
  /** int32 `[out]`, in units of the accumulator. */
  readonly bias: string;
  readonly shift: number;
  readonly activation: 'none' | 'leaky';
  /** A register that is added, saturating, after the activation. */
  readonly residual?: string;
}

/** 3x3, stride 1, one filter a channel. */
export interface DepthwiseOp {
  readonly op: 'depthwise';
  readonly input: string;
  readonly output: string;
  readonly channels: number;
  /** int16 `[ky*3+kx][channel]`. */
  readonly weight: string;
  /** int32 `[channel]`. */
  readonly bias: string;
  readonly shift: number;
}

/** `sat16(round(x * g, shift))` with one factor a channel, by quality. */
export interface GainOp {
  readonly op: 'gain';
  readonly input: string;
  readonly output: string;
  /** int16 `[qualityLevels][channel]`. */
  readonly table: string;
  readonly shift: number;
}

/** `sat16(x + e)` with one term a channel, by quality. */
export interface OffsetOp {
  readonly op: 'offset';
  readonly input: string;
  readonly output: string;
  /** int16 `[qualityLevels][channel]`. */
  readonly table: string;
}

/** Twice the size, a quarter of the channels. */
export interface ShuffleOp {
  readonly op: 'shuffle';
  readonly input: string;
  readonly output: string;
}

/** Half the size, four times the channels. */
export interface UnshuffleOp {
  readonly op: 'unshuffle';
  readonly input: string;
  readonly output: string;
}

/** The channels of the first input, then those of the second. */
export interface ConcatOp {
  readonly op: 'concat';
  readonly inputs: readonly [string, string];
  readonly output: string;
}

export type Op = ConvOp | DepthwiseOp | GainOp | OffsetOp | ShuffleOp | UnshuffleOp | ConcatOp;

/**
 * What leaky does to a gradient: `activation < 0 ? (x + 4) >> 3 : x`, value by value, of two tensors of one shape. No manifest
 * holds it; gradient-network.ts writes it.
 */
export interface SlopeOp {
  readonly op: 'slope';
  readonly input: string;
  /** What leaky gave. */
  readonly activation: string;
  readonly output: string;
}

/** What the engine runs. */
export type EngineOp = Op | SlopeOp;

/** What a decoder runs. */
export interface Networks {
  /** `input`: hyperChannels at 1/64 -> priorChannels at 1/16. */
  readonly hyperSynthesis: readonly Op[];
  /** Step s reads `prior` and, for s > 0, `latents`; gives the features of heads[s]. */
  readonly context: readonly (readonly Op[])[];
  /** 1x1 convolutions to 2 * latentChannels; the rows of one parity group are used at a position. */
  readonly heads: readonly ConvOp[];
  /** `input`: latentChannels at 1/16 -> 192 channels at 1/8. */
  readonly synthesis: readonly Op[];
}

/** Biases of the logits of decisions, int16, 256 a nat (prior/contexts.ts). */
export interface ContextTables {
  /** `[64][13][4]`: by scale index and what is around. */
  readonly around: string;
  /** `[32][12][4]`: by scale index and activity. */
  readonly activity: string;
  /** `[channels][9][4]`: by channel and balance. */
  readonly balance: string;
}

export interface LatentContextTables extends ContextTables {
  /** `[channels][channels]`, 8192 a nat: by the channel of a known symbol and that of one coded after it at the same position. */
  readonly links?: string;
}

export interface EntropyTables {
  readonly scaleTable: readonly number[];
  readonly cdfOffset: string;
  readonly cdfLength: string;
  readonly cdfRadius: string;
  readonly cdf: string;
  /** Symbols with a scale index below this are not coded. */
  readonly skipBelow: number;
  /** `[qualityLevels][hyperChannels]`. */
  readonly hyperScaleIndex: string;
  /** int16 `[qualityLevels][hyperChannels]`, Q latentBits. */
  readonly hyperMean: string;
  /** Of y and of z. */
  readonly contexts: { readonly latents: LatentContextTables; readonly hyper: ContextTables };
}

/** Base filters of decoded pixels, of which a tile may choose a sum (codec/models/README.md, "Filter"). */
export interface FilterTables {
  /** int16 `[bases][3][118]`, 16 fraction bits. */
  readonly bases: string;
  /** `[qualityLevels][bases]`: the table that each weight is coded with. */
  readonly scaleIndex: string;
}

export interface ModelManifest {
  readonly format: 'nic-model';
  readonly version: 1;
  /** 1-255. */
  readonly id: number;
  readonly name: string;
  /** SHA-256 of the data file, 64 lower-case hexadecimal digits. */
  readonly sha256: string;
  readonly latentChannels: number;
  readonly hyperChannels: number;
  readonly priorChannels: number;
  readonly latentBits: number;
  readonly outputShift: number;
  readonly qualityLevels: number;
  readonly synthesisHalo: number;
  /**
   * Bits that one unit of mean square error a pixel, on the scale of 0-255, was worth in training: at quality 0 and at
   * quality 100, geometric in between. Only the encoder's search needs it.
   */
  readonly lambda?: readonly [number, number];
  readonly networks: Networks;
  readonly entropy: EntropyTables;
  readonly filter?: FilterTables;
  readonly tensors: Readonly<Record<string, TensorEntry>>;
  readonly provenance?: unknown;
}
