// JPEG through sharp: libjpeg-turbo's plain baseline settings, and mozjpeg's (trellis, progressive, its own tables).
import type { Codec, CodecFactory } from './codec.ts';
import { decodeWithSharp, sharpFrom, sharpVersions } from './sharp-codec.ts';

const qualities = [1, 5, 8, 12, 18, 25, 35, 50, 65, 75, 85, 92, 96];

function factory(id: 'jpeg' | 'mozjpeg', name: string): CodecFactory {
  const mozjpeg = id === 'mozjpeg';
  return {
    id,
    options: { chroma: ['420', '444'] },
    async create(spec, { chroma }): Promise<Codec> {
      const chromaSubsampling = chroma === '444' ? '4:4:4' : '4:2:0';
      return {
        spec,
        id,
        label: `${name} ${chromaSubsampling}`,
        settings: { chromaSubsampling },
        versions: sharpVersions('mozjpeg'),
        qualityName: 'quality',
        qualities,
        search: { from: 1, to: 100, step: 1 },
        mediaType: 'image/jpeg',
        encode: (picture, quality) =>
          sharpFrom(picture).jpeg({ quality, chromaSubsampling, mozjpeg }).toBuffer(),
        decode: decodeWithSharp,
      };
    },
  };
}

export const jpeg: CodecFactory = factory('jpeg', 'JPEG');
export const mozjpeg: CodecFactory = factory('mozjpeg', 'mozjpeg');
