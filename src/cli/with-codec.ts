import { type Codec, type CodecOptions, createCodec } from '../index.ts';

/** Lends a codec to a function, for a picture of so many pixels. */
export type UseCodec = <T>(pixels: number, use: (codec: Codec) => Promise<T>) => Promise<T>;

/**
 * Lends a codec for one picture. Where none are asked for, it has no workers for up to `few` pixels: to start them would take longer
 * than they save.
 */
export function codecForOne(options: CodecOptions, signal: AbortSignal, few: number): UseCodec {
  return (pixels, use) => {
    const threads = options.threads ?? (pixels <= few ? 0 : undefined);
    return withCodec({ ...options, threads }, signal, use);
  };
}

/** Uses a codec and closes it; an abort ends its workers at once. */
export async function withCodec<T>(
  options: CodecOptions,
  signal: AbortSignal,
  use: (codec: Codec) => Promise<T>,
): Promise<T> {
  const codec = await createCodec(options);
  const closeNow = () => void codec.close();
  signal.addEventListener('abort', closeNow);
  try {
    return await use(codec);
  } finally {
    signal.removeEventListener('abort', closeNow);
    await codec.close();
  }
}
