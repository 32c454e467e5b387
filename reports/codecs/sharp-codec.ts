// What the codecs that sharp brings have in common: raw RGB in and out, and the versions of the libraries.
import sharp, { type Sharp } from 'sharp';
import type { RgbPicture } from './codec.ts';

/** A sharp pipeline that starts at the samples of `picture`. */
export function sharpFrom({ width, height, channels, data }: RgbPicture): Sharp {
  return sharp(data, { raw: { width, height, channels } });
}

/** Decodes a file to 8-bit RGB; grey becomes RGB, alpha is an error. */
export async function decodeWithSharp(file: Uint8Array): Promise<RgbPicture> {
  const { data, info } = await sharp(file)
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  if (info.channels !== 3) throw new Error(`Expected 3 channels but received ${info.channels}`);
  return { width: info.width, height: info.height, channels: 3, data };
}

/** Versions of sharp and of the named libraries inside it. */
export function sharpVersions(...libraries: string[]): Record<string, string> {
  const all = sharp.versions as unknown as Record<string, string | undefined>;
  return Object.fromEntries(
    ['sharp', ...libraries].map((library) => [library, all[library] ?? 'unknown']),
  );
}
