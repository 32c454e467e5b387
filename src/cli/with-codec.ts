import { type Codec, type CodecOptions, createCodec } from '../index.ts';

/** Lends a codec to a function. */
export type UseCodec = <T>(use: (codec: Codec) => Promise<T>) => Promise<T>;

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
