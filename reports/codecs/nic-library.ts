// nic through its public functions, as a user of the package calls them, on the calling thread.
import { readFile } from 'node:fs/promises';
import { auxiliaryOf, complexityOf, type Model } from '../../codec/index.ts';
import { loadModelSet } from '../../src/api/load-model.ts';
import { nodePlatform } from '../../src/api/node-platform.ts';
import { createCodec, type EncodeOptions, ModelError } from '../../src/index.ts';
import { type Codec, CodecUnavailableError, type RgbPicture } from './codec.ts';

/** What the two ways to run nic have in common. */
export type NicCoder = Pick<
  Codec,
  'versions' | 'complexity' | 'encode' | 'decode' | 'programCpuMs' | 'close'
>;

/** How nic encodes. */
export type NicSettings = Required<Pick<EncodeOptions, 'prior' | 'effort' | 'tune'>>;

/** `model` is the path of another model's .json file, or empty for the one of the package. */
export async function openNicLibrary(model: string, settings: NicSettings): Promise<NicCoder> {
  const place = model === '' ? undefined : model;
  const loaded = await loadModelSet(nodePlatform, ['encoder'], place).catch((cause: unknown) => {
    if (!(cause instanceof ModelError)) throw cause;
    throw new CodecUnavailableError(`no model can be loaded: ${cause.message}`, { cause });
  });
  const { encoder, decoder } = complexityOf(loaded.model);
  const codec = await createCodec({ threads: 0, model: place });
  return {
    versions: { nic: await nicVersion(), model: modelVersion(loaded.model) },
    complexity: { encoderKmacPerPixel: encoder, decoderKmacPerPixel: decoder },
    encode: (picture, quality) => codec.encode(picture, { quality, ...settings }),
    async decode(file) {
      const { width, height, channels, data } = await codec.decode(file);
      if (channels !== 3) throw new Error(`Expected 3 channels but received ${channels}`);
      return { width, height, channels, data } satisfies RgbPicture;
    },
    close: () => codec.close(),
  };
}

/** Name and hash of what decodes, and the hash of what encodes. */
function modelVersion(model: Model): string {
  const { name, sha256 } = model.manifest;
  return `${name} ${sha256.slice(0, 8)}, encoder ${auxiliaryOf(model, 'encoder').sha256.slice(0, 8)}`;
}

export async function nicVersion(): Promise<string> {
  // This file runs from build/reports/codecs.
  const manifest = await readFile(new URL('../../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
