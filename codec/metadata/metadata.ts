/** What a file holds besides the picture, and its sections (FORMAT.md, "Metadata"). */
import { exifType, maxMetadataBytes, type Section, xmpType } from '../bitstream/container.ts';
import { invalidArgument, LimitError } from '../errors.ts';
import { uprightExif } from './exif.ts';
import { uprightXmp } from './xmp.ts';

export interface Metadata {
  /** A TIFF structure: starts with `II*\0` or `MM\0*`, without `Exif\0\0`. Orientation, if it is there, is 1. */
  readonly exif?: Uint8Array;
  /** The XMP packet, UTF-8. */
  readonly xmp?: Uint8Array;
}

const kinds = {
  exif: { type: exifType, upright: uprightExif, expected: 'a whole TIFF structure' },
  xmp: { type: xmpType, upright: uprightXmp, expected: 'UTF-8 text without zeros' },
} as const;

/**
 * The sections of metadata, by ascending type; none where it is empty. The orientation becomes 1, as the samples
 * are upright. INVALID_ARGUMENT, METADATA_TOO_LARGE.
 */
export function metadataSections(
  metadata: Metadata | undefined,
): { readonly type: number; readonly payload: Uint8Array }[] {
  if (metadata === undefined) return [];
  if (typeof metadata !== 'object' || metadata === null) {
    throw invalidArgument('an object', 'metadata', metadata);
  }
  const sections: { type: number; payload: Uint8Array }[] = [];
  for (const name of Object.keys(metadata)) {
    if (!Object.hasOwn(kinds, name)) {
      throw invalidArgument('exif and xmp', 'the keys of metadata', name);
    }
  }
  for (const name of ['exif', 'xmp'] as const) {
    const value: unknown = metadata[name];
    if (value === undefined) continue;
    const { type, upright, expected } = kinds[name];
    if (!(value instanceof Uint8Array)) {
      throw invalidArgument('a Uint8Array', `metadata.${name}`, value);
    }
    if (value.length > maxMetadataBytes) {
      throw new LimitError(
        'METADATA_TOO_LARGE',
        `The metadata ${name} has ${value.length} bytes but at most ${maxMetadataBytes} are allowed`,
      );
    }
    const payload = value.length > 0 ? upright(value) : undefined;
    if (payload === undefined) {
      throw invalidArgument(expected, `metadata.${name}`, value);
    }
    sections.push({ type, payload });
  }
  return sections;
}

/** Copies of the metadata among the ancillary sections of a file; undefined where there is none. */
export function metadataOf(ancillary: readonly Section[]): Metadata | undefined {
  const payloadOf = (type: number) => ancillary.find((section) => section.type === type)?.payload;
  const exif = payloadOf(exifType);
  const xmp = payloadOf(xmpType);
  if (!exif && !xmp) return undefined;
  return {
    ...(exif && { exif: new Uint8Array(exif) }),
    ...(xmp && { xmp: new Uint8Array(xmp) }),
  };
}
