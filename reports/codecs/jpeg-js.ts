// jpeg-js: baseline JPEG in plain JavaScript, encoder and decoder.
import { createRequire } from 'node:module';
import type * as JpegJs from 'jpeg-js';
import { type CodecFactory, CodecUnavailableError } from './codec.ts';

export const jpegJs: CodecFactory = {
  id: 'jpeg-js',
  options: {},
  async create(spec) {
    const { library, version } = load();
    return {
      spec,
      id: 'jpeg-js',
      label: 'jpeg-js 4:4:4',
      settings: {},
      versions: { 'jpeg-js': version },
      qualityName: 'quality',
      qualities: [1, 3, 5, 8, 12, 18, 25, 35, 50, 65, 75, 85, 92, 96],
      search: { from: 1, to: 100, step: 1 },
      mediaType: 'image/jpeg',
      async encode({ width, height, data }, quality) {
        const rgba = new Uint8Array(width * height * 4).fill(255);
        for (let i = 0, j = 0; i < data.length; i += 3, j += 4) {
          rgba[j] = data[i];
          rgba[j + 1] = data[i + 1];
          rgba[j + 2] = data[i + 2];
        }
        return library.encode({ width, height, data: rgba }, quality).data;
      },
      async decode(file) {
        const { width, height, data } = library.decode(file, {
          useTArray: true,
          formatAsRGBA: false,
        });
        return { width, height, channels: 3, data };
      },
    };
  },
};

function load(): { library: typeof JpegJs; version: string } {
  const require = createRequire(import.meta.url);
  try {
    return {
      library: require('jpeg-js') as typeof JpegJs,
      version: (require('jpeg-js/package.json') as { version: string }).version,
    };
  } catch (cause) {
    throw new CodecUnavailableError('jpeg-js is not installed; npm install jpeg-js', { cause });
  }
}
