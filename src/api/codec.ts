// The public functions on any platform: options checked, a model loaded, workers started where asked for.
import {
  type Backend,
  createEngine,
  decodePicture,
  type Executor,
  encodePicture,
  inlineExecutor,
  invalidArgument,
  type ModelManifest,
  type Picture,
  type Progress,
} from '../../codec/index.ts';
import {
  checkOptions,
  choiceCheck,
  functionCheck,
  integerCheck,
  numberCheck,
  type OptionCheck,
  signalCheck,
} from './check-options.ts';
import { loadModel } from './load-model.ts';
import { type ImageLike, normalizeImage } from './normalize-image.ts';
import type { ModelSource, Platform } from './platform.ts';
import { workerPool } from './worker-pool.ts';

/** The quality of `encode` where none is given. */
export const defaultQuality = 50;

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

export interface EncodeOptions {
  /** 0 (smallest) to 100, default 50; steps of 1/16 make a difference. */
  readonly quality?: number;
  /** Rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

export interface DecodeOptions {
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
  /** The bytes of a `.nic` file. InvalidArgumentError, LimitError. */
  encode(image: ImageLike, options?: EncodeOptions): Promise<Uint8Array>;
  /** The picture in a `.nic` file. BitstreamError, ModelError, LimitError. */
  decode(bytes: Uint8Array, options?: DecodeOptions): Promise<Picture>;
  /** Ends the workers; calls that still run are rejected. */
  close(): Promise<void>;
}

const modelCheck: OptionCheck = (value, name) => {
  if (typeof value === 'string' || value instanceof URL) return;
  const files = value as { manifest?: unknown; data?: unknown } | null;
  if (typeof files?.manifest !== 'object' || !(files.data instanceof Uint8Array)) {
    throw invalidArgument('a path, a URL or { manifest, data }', name, value);
  }
};

const codecChecks = {
  threads: integerCheck(0, 64),
  backend: choiceCheck(['simd', 'scalar']),
  model: modelCheck,
};
const encodeChecks = {
  quality: numberCheck(0, 100),
  signal: signalCheck,
  onProgress: functionCheck,
};
const decodeChecks = {
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
    const executor: Executor =
      threads === 0
        ? inlineExecutor(createEngine(model, { backend }))
        : workerPool(threads, platform.startWorker({ ...files, backend }));
    const context = { model, executor };
    return {
      manifest: model.manifest,
      threads,
      async encode(image, encodeOptions = {}) {
        checkOptions(encodeOptions, encodeChecks);
        encodeOptions.signal?.throwIfAborted();
        const { quality = defaultQuality, ...rest } = encodeOptions;
        return await encodePicture(normalizeImage(image), context, { ...rest, quality });
      },
      async decode(bytes, decodeOptions = {}) {
        checkOptions(decodeOptions, decodeChecks);
        decodeOptions.signal?.throwIfAborted();
        return await decodePicture(plainBytes(bytes), context, decodeOptions);
      },
      close: () => executor.close(),
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

/** A view that is no Buffer, whose `slice` would not copy. Throws an InvalidArgumentError for what is no bytes. */
function plainBytes(bytes: unknown): Uint8Array {
  if (!(bytes instanceof Uint8Array)) throw invalidArgument('a Uint8Array', 'bytes', bytes);
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
