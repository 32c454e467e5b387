// AVIF (AV1 by libaom) through sharp.
import type { CodecFactory } from './codec.ts';
import { decodeWithSharp, sharpFrom, sharpVersions } from './sharp-codec.ts';

export const avif: CodecFactory = {
  id: 'avif',
  options: {
    effort: ['4', '0', '1', '2', '3', '5', '6', '7', '8', '9'],
    chroma: ['444', '420'],
  },
  async create(spec, { effort, chroma }) {
    const chromaSubsampling = chroma === '444' ? '4:4:4' : '4:2:0';
    return {
      spec,
      id: 'avif',
      label: `AVIF ${chromaSubsampling}, effort ${effort}`,
      settings: { chromaSubsampling, effort },
      versions: sharpVersions('heif', 'aom'),
      qualityName: 'quality',
      qualities: [8, 15, 25, 35, 45, 55, 65, 75, 85],
      search: { from: 1, to: 100, step: 1 },
      mediaType: 'image/avif',
      encode: (picture, quality) =>
        sharpFrom(picture)
          .avif({ quality, effort: Number(effort), chromaSubsampling })
          .toBuffer(),
      decode: decodeWithSharp,
    };
  },
};
