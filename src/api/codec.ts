// The public functions on any platform: options checked, a model loaded, workers started where asked for.
import {
  type AuxiliaryKind,
  auxiliariesOfBitstream,
  auxiliariesOfPrior,
  type Backend,
  type CodecContext,
  codecClosed,
  createEngine,
  decodePicture,
  type EncodeTarget,
  encodePicture,
  encodeToTarget,
  InvalidArgumentError,
  inlineExecutor,
  invalidArgument,
  type Metadata,
  type ModelManifest,
  maxEffort,
  type Picture,
  type PriorKind,
  type Progress,
  priorKinds,
  type Rectangle,
  searchRounds,
  type Tune,
  tunes,
  type VerifyOptions,
  verifyPicture,
} from '../../codec/index.ts';
import {
  booleanCheck,
  checkKeys,
  checkOptions,
  choiceCheck,
  functionCheck,
  integerCheck,
  numberCheck,
  type OptionCheck,
  objectCheck,
  signalCheck,
} from './check-options.ts';
import { defaultPrior, defaultQuality, defaultTune } from './defaults.ts';
import { loadAuxiliary, loadModel } from './load-model.ts';
import { type ImageLike, normalizeImage } from './normalize-image.ts';
import type { ModelSource, Platform } from './platform.ts';
import { workerPool } from './worker-pool.ts';

/** What `encode` tunes for with these options. */
export function tuneOf({ tune, targetPsnr }: EncodeOptions): Tune {
  return tune ?? (targetPsnr === undefined ? defaultTune : 'psnr');
}

/** Workers beyond this bring little and cost the memory of a model each. */
const maxDefaultThreads = 8;

export interface CodecOptions {
  /**
   * Worker threads, 0 to 64; 0 works on the calling thread and blocks it for milliseconds at a time.
   * Default: as many as the machine runs at once, up to 8. The results are the same for any number.
   */
  readonly threads?: number;
  /** `simd` (default) or `scalar`, the slow reference with the same results. */
  readonly backend?: Backend;
  /** Another model than the one that comes with the package. */
  readonly model?: ModelSource;
}

/** How much to keep of a picture; at most one of them. */
export interface EncodeTargets {
  /** 0 (smallest) to 100, default 60; steps of 1/16 make a difference. */
  readonly quality?: number;
  /** Bits a pixel of the whole file. As with the two below, the file is never larger. */
  readonly targetBpp?: number;
  /** Bytes of the whole file. */
  readonly targetBytes?: number;
  /** The file is this many times smaller than 24 bits a pixel. */
  readonly ratio?: number;
  /** PSNR in dB over all samples; never missed, and exceeded by at most 0.05 dB where the range of qualities allows. */
  readonly targetPsnr?: number;
}

export interface EncodeOptions extends EncodeTargets {
  /**
   * What the latents are coded with: `base` is fastest, `adaptive` (default), `rbm`, `lstm` and `mix` give smaller files of the
   * same pixels that take longer to encode and to decode. Decoders need no option.
   */
  readonly prior?: PriorKind;
  /**
   * 0 (default) to 9: how long to search for a smaller file of the same quality. Files are a few percent smaller, encoding takes
   * several times as long, decoding does not; `docs/effort.md` has the figures.
   */
  readonly effort?: number;
  /**
   * What the bits are spread over the picture for. `visual` (default): smooth places, where errors are seen, get more of them than
   * busy ones. `psnr` (default with `targetPsnr`): the least squared error. Decoders need no option.
   */
  readonly tune?: Tune;
  /** EXIF and XMP of the file instead of those of the image; `{}` for none. They count as part of its size. */
  readonly metadata?: Metadata;
  /** Rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

export interface DecodeOptions {
  /** Only this part, in pixels: exactly what cutting it out of the whole picture gives, at its own cost. */
  readonly region?: Rectangle;
  /**
   * 0 (default) to 1: how much of the perceptual decoder to use, which draws texture that the file does not hold, for
   * low qualities. The picture then says so in its `realism`.
   */
  readonly realism?: number;
  /**
   * Also predict how far each pixel of the faithful picture may be off, from what the file holds: the `uncertainty` of the
   * picture.
   */
  readonly uncertainty?: boolean;
  /** Pictures with more pixels than this give a LimitError. */
  readonly maxPixels?: number;
  /** Rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** A loaded model with its workers. */
export interface Codec {
  /** What the loaded model says of itself. */
  readonly manifest: ModelManifest;
  /** Number of worker threads, 0 for none. */
  readonly threads: number;
  /**
   * The bytes of a `.nic` file. A target of size is met within 2 % from below where the range of qualities allows;
   * one that no quality meets is a LimitError `UNREACHABLE_TARGET`. InvalidArgumentError, LimitError.
   */
  encode(image: ImageLike, options?: EncodeOptions): Promise<Uint8Array>;
  /** The picture in a `.nic` file, with its metadata. BitstreamError, ModelError, LimitError. */
  decode(bytes: Uint8Array, options?: DecodeOptions): Promise<Picture>;
  /** Rejects where a file is damaged; the pixels are not decoded. BitstreamError, ModelError, LimitError. */
  verify(bytes: Uint8Array, options?: VerifyOptions): Promise<void>;
  /** Ends the workers; calls that still run, and all later ones, are rejected with `CODEC_CLOSED`. */
  close(): Promise<void>;
}

const modelCheck: OptionCheck = (value, name) => {
  if (typeof value === 'string' || value instanceof URL) return;
  const files = value as { manifest?: unknown; data?: unknown } | null;
  if (typeof files?.manifest !== 'object' || !(files.data instanceof Uint8Array)) {
    throw invalidArgument('a path, a URL or { manifest, data }', name, value);
  }
};

export const codecChecks = {
  threads: integerCheck(0, 64),
  backend: choiceCheck(['simd', 'scalar']),
  model: modelCheck,
};
export const encodeChecks = {
  quality: numberCheck(0, 100),
  targetBpp: numberCheck(0, 1000),
  targetBytes: integerCheck(1, Number.MAX_SAFE_INTEGER),
  ratio: numberCheck(0.001, 1e6),
  targetPsnr: numberCheck(0, 200),
  metadata: objectCheck,
  prior: choiceCheck(priorKinds),
  effort: integerCheck(0, maxEffort),
  tune: choiceCheck(tunes),
  signal: signalCheck,
  onProgress: functionCheck,
};
const verifyChecks = {
  maxPixels: integerCheck(1, Number.MAX_SAFE_INTEGER),
  signal: signalCheck,
  onProgress: functionCheck,
};
const regionCheck: OptionCheck = (value, name) => {
  if (typeof value !== 'object' || value === null) {
    throw invalidArgument('{ x, y, width, height }', name, value);
  }
  checkKeys(value, ['x', 'y', 'width', 'height'], `keys of ${name}`);
};
export const decodeChecks = {
  region: regionCheck,
  realism: numberCheck(0, 1),
  uncertainty: booleanCheck,
  maxPixels: integerCheck(1, Number.MAX_SAFE_INTEGER),
  signal: signalCheck,
  onProgress: functionCheck,
};

export interface CodecFunctions {
  createCodec(options?: CodecOptions): Promise<Codec>;
  encode(image: ImageLike, options?: CodecOptions & EncodeOptions): Promise<Uint8Array>;
  decode(bytes: Uint8Array, options?: CodecOptions & DecodeOptions): Promise<Picture>;
}

/** createCodec, encode and decode on one platform. */
export function codecFunctions(platform: Platform): CodecFunctions {
  async function createCodec(options: CodecOptions = {}): Promise<Codec> {
    checkOptions(options, codecChecks);
    const { backend = 'simd', model: source } = options;
    const threads = options.threads ?? Math.min(platform.availableThreads, maxDefaultThreads);
    const { model, files } = await loadModel(platform, source);
    const { manifest, data } = files;
    const executor =
      threads > 0
        ? workerPool(threads, platform.startWorker({ manifest, data, backend }))
        : inlineExecutor(createEngine(model, { backend }));
    let context: CodecContext = { model, executor };
    let loading = Promise.resolve();
    let closed = false;

    /** What every call begins with. An abort comes before the end of the codec that it may have caused. */
    function checkCall(
      options: { readonly signal?: AbortSignal },
      checks: Readonly<Record<string, OptionCheck>>,
    ): void {
      checkOptions(options, checks);
      options.signal?.throwIfAborted();
      if (closed) throw codecClosed();
    }

    /** The context with these auxiliaries, each loaded when it is first needed. */
    async function contextWith(kinds: readonly AuxiliaryKind[]): Promise<CodecContext> {
      const add = async () => {
        for (const kind of kinds) {
          if (context.model.auxiliaries.has(kind)) continue;
          const { model, files } = await loadAuxiliary(platform, context.model, kind, source);
          if ('extend' in executor) executor.extend(files);
          else executor.useEngine(createEngine(model, { backend }));
          context = { model, executor };
        }
      };
      const added = loading.then(add);
      loading = added.catch(() => {});
      await added;
      return context;
    }

    return {
      manifest: model.manifest,
      threads,
      async encode(image, encodeOptions = {}) {
        checkCall(encodeOptions, encodeChecks);
        const { signal, onProgress, metadata, prior = defaultPrior, effort = 0 } = encodeOptions;
        const context: CodecContext = {
          ...(await contextWith(['encoder', ...auxiliariesOfPrior[prior]])),
          prior,
          searchRounds: searchRounds(effort),
          tune: tuneOf(encodeOptions),
        };
        const picture = { ...normalizeImage(image), ...(metadata && { metadata }) };
        const target = targetOf(encodeOptions, picture);
        if ('quality' in target) {
          const { quality } = target;
          return await encodePicture(picture, context, { quality, signal, onProgress });
        }
        return (await encodeToTarget(picture, context, target, { signal, onProgress })).bytes;
      },
      async decode(bytes, decodeOptions = {}) {
        checkCall(decodeOptions, decodeChecks);
        const plain = plainBytes(bytes);
        const kinds = [
          ...auxiliariesOfBitstream(plain, model),
          ...auxiliariesToDecode(decodeOptions),
        ];
        return await decodePicture(plain, await contextWith(kinds), decodeOptions);
      },
      async verify(bytes, verifyOptions = {}) {
        checkCall(verifyOptions, verifyChecks);
        const plain = plainBytes(bytes);
        const kinds = auxiliariesOfBitstream(plain, model);
        await verifyPicture(plain, await contextWith(kinds), verifyOptions);
      },
      close() {
        closed = true;
        return executor.close();
      },
    };
  }

  async function withCodec<T>(options: CodecOptions, use: (codec: Codec) => Promise<T>) {
    const codec = await createCodec(options);
    try {
      return await use(codec);
    } finally {
      await codec.close();
    }
  }

  return {
    createCodec,
    async encode(image, options = {}) {
      checkOptions(options, { ...codecChecks, ...encodeChecks });
      const { threads, backend, model, ...rest } = options;
      return await withCodec({ threads, backend, model }, (codec) => codec.encode(image, rest));
    },
    async decode(bytes, options = {}) {
      checkOptions(options, { ...codecChecks, ...decodeChecks });
      const { threads, backend, model, ...rest } = options;
      return await withCodec({ threads, backend, model }, (codec) => codec.decode(bytes, rest));
    },
  };
}

/** The auxiliaries that decoding with these options needs, beside those of the file itself. */
function auxiliariesToDecode({ realism = 0, uncertainty }: DecodeOptions): AuxiliaryKind[] {
  const kinds: AuxiliaryKind[] = [];
  if (realism > 0) kinds.push('perceptual');
  if (uncertainty) kinds.push('uncertainty');
  return kinds;
}

const targetNames = ['quality', 'targetBpp', 'targetBytes', 'ratio', 'targetPsnr'] as const;

/** The one target of checked options. INVALID_ARGUMENT where there are several. */
function targetOf(
  options: EncodeTargets,
  { width, height }: Picture,
): { readonly quality: number } | EncodeTarget {
  const given = targetNames.filter((name) => options[name] !== undefined);
  if (given.length > 1) {
    throw new InvalidArgumentError(
      'INVALID_ARGUMENT',
      `Expected at most one of ${targetNames.join(', ')} but received ${given.join(' and ')}`,
    );
  }
  const { quality = defaultQuality, targetBpp, targetBytes, ratio, targetPsnr } = options;
  const pixels = width * height;
  if (targetBytes !== undefined) return { maxBytes: targetBytes };
  if (targetBpp !== undefined) return { maxBytes: Math.floor((targetBpp * pixels) / 8) };
  if (ratio !== undefined) return { maxBytes: Math.floor((pixels * 3) / ratio) };
  if (targetPsnr !== undefined) return { psnr: targetPsnr };
  return { quality };
}

/** A view that is no Buffer, whose `slice` would not copy. Throws an InvalidArgumentError for what is no bytes. */
function plainBytes(bytes: unknown): Uint8Array {
  if (!(bytes instanceof Uint8Array)) throw invalidArgument('a Uint8Array', 'bytes', bytes);
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
