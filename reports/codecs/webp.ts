// Lossy WebP (VP8) through sharp.
import type { CodecFactory } from './codec.ts';
import { decodeWithSharp, sharpFrom, sharpVersions } from './sharp-codec.ts';

export const webp: CodecFactory = {
  id: 'webp',
  options: { effort: ['6', '0', '1', '2', '3', '4', '5'] },
  create: async (spec, { effort }) => ({
    spec,
    id: 'webp',
    label: `WebP, effort ${effort}`,
    settings: { effort },
    versions: sharpVersions('webp'),
    qualityName: 'quality',
    qualities: [1, 5, 12, 25, 40, 55, 70, 80, 90, 96],
    search: { from: 1, to: 100, step: 1 },
    mediaType: 'image/webp',
    encode: (picture, quality) =>
      sharpFrom(picture)
        .webp({ quality, effort: Number(effort) })
        .toBuffer(),
    decode: decodeWithSharp,
  }),
};
