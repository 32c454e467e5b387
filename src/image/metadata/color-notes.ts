// What a file says of its colors: sharp converts from an ICC profile and takes no notice of anything else.
import type { Metadata as SharpMetadata } from 'sharp';
import { exifTags, ifWhole, TiffBlock } from '../../../codec/index.ts';
import { pngChunks } from './png-chunks.ts';
import { profileName } from './profile-name.ts';
import { withoutExifPrefix } from './read-metadata.ts';

/** Of ITU-T H.273: BT.709 and "unspecified"; curves that are those of sRGB or near it. */
const srgbPrimaries: readonly number[] = [1, 2];
const srgbTransfers: readonly number[] = [1, 2, 6, 13, 14, 15];
/** gAMA of sRGB, in 100000ths, and how far others may be from it. */
const srgbGamma = 45455;
const gammaTolerance = 0.05;

/** One sentence on colors that were converted, or that should have been; undefined for sRGB, as far as is known. */
export function colorNote(found: SharpMetadata, bytes: Uint8Array): string | undefined {
  const { icc, space } = found;
  if (space === 'cmyk') return 'CMYK was converted to sRGB';
  const points = codePoints(bytes, found);
  if (points) {
    const [primaries, transfer] = points;
    if (srgbPrimaries.includes(primaries) && srgbTransfers.includes(transfer)) return undefined;
    return `Colors of primaries ${primaries} and transfer ${transfer} were read as sRGB`;
  }
  if (icc) {
    const name = profileName(icc);
    const target = space === 'b-w' || space === 'grey16' ? 'grey' : 'sRGB';
    return /srgb/i.test(name) ? undefined : `Colors were converted from ${name} to ${target}`;
  }
  const gamma = found.format === 'png' ? pngGamma(bytes) : undefined;
  if (gamma !== undefined && Math.abs(gamma / srgbGamma - 1) > gammaTolerance) {
    return `Colors of gamma ${(gamma / 1e5).toFixed(3)} were read as sRGB`;
  }
  return found.exif && saysAdobeRgb(found.exif)
    ? 'Colors were read as sRGB: EXIF says Adobe RGB, but there is no profile'
    : undefined;
}

/** Primaries and transfer of H.273: the cICP chunk of PNG, or the nclx box of AVIF where there is no profile. */
function codePoints(
  bytes: Uint8Array,
  { format, icc }: SharpMetadata,
): [number, number] | undefined {
  if (format === 'png') {
    const chunk = pngChunks(bytes).get('cICP');
    return chunk && chunk.length >= 2 ? [chunk[0], chunk[1]] : undefined;
  }
  if (format !== 'heif' || icc) return undefined;
  const mark = 'colrnclx';
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const place = file.indexOf(mark, 0, 'latin1') + mark.length;
  if (place < mark.length || place + 4 > file.length) return undefined;
  return [file.readUInt16BE(place), file.readUInt16BE(place + 2)];
}

function pngGamma(bytes: Uint8Array): number | undefined {
  const chunks = pngChunks(bytes);
  const gamma = chunks.get('gAMA');
  return gamma?.length === 4 && !chunks.has('sRGB') ? gamma.readUInt32BE(0) : undefined;
}

/** Cameras that write no profile name Adobe RGB by the interoperability index R03. */
function saysAdobeRgb(exif: Uint8Array): boolean {
  const index = ifWhole(() => {
    const block = new TiffBlock(new Uint8Array(withoutExifPrefix(exif)));
    const photo = block.below(block.mainDirectory(), exifTags.exif);
    const directory = photo && block.below(photo, exifTags.interoperability);
    const entry = directory?.entries.get(exifTags.interoperabilityIndex);
    return entry && Buffer.from(block.bytes).toString('latin1', entry.start, entry.start + 3);
  });
  return index === 'R03';
}
