/** What a file says about itself, without a model and without decoding it. */
import {
  type Container,
  defaultMaxPixels,
  firstAncillaryType,
  readContainer,
  sectionName,
} from './bitstream/container.ts';
import { describeHeader } from './bitstream/header.ts';
import { invalidArgument } from './errors.ts';
import { tileGrid } from './latent/tile-grid.ts';
import { type Metadata, metadataOf } from './metadata/metadata.ts';
import { type PriorKind, priorKinds } from './prior/prior-kinds.ts';

export interface SectionInfo {
  /** Name as in error messages: `tile 0`, `EXIF`, `section 0x81`. */
  readonly name: string;
  readonly type: number;
  readonly critical: boolean;
  /** Offset of the section in the file. */
  readonly offset: number;
  /** Bytes of the section in the file, with its type and length. */
  readonly sizeBytes: number;
}

export interface BitstreamInfo {
  readonly formatVersion: { readonly major: number; readonly minor: number };
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  /** Whether there is alpha besides these. */
  readonly alpha: boolean;
  /** 0 to 100 in steps of 1/16. */
  readonly quality: number;
  /** What the latents are coded with. */
  readonly prior: PriorKind;
  readonly modelId: number;
  /** First 4 bytes of the SHA-256 of the model's data file, 8 hexadecimal digits. */
  readonly modelHash: string;
  readonly sizeBytes: number;
  /** Bits of the whole file per pixel. */
  readonly bitsPerPixel: number;
  /** Bytes of magic and header. */
  readonly headerBytes: number;
  readonly tileColumns: number;
  readonly tileRows: number;
  readonly sections: readonly SectionInfo[];
  readonly metadata?: Metadata;
  /** Every header field as text, in the order of the file. */
  readonly fields: readonly { readonly name: string; readonly value: string }[];
}

/**
 * Reads the header and walks over the sections. The coded latents are not decoded, so that damage within them
 * goes unnoticed. BitstreamError, or LimitError `TOO_MANY_PIXELS`.
 */
export function inspectBitstream(
  bytes: Uint8Array,
  { maxPixels = defaultMaxPixels }: { readonly maxPixels?: number } = {},
): BitstreamInfo {
  if (!(bytes instanceof Uint8Array)) throw invalidArgument('a Uint8Array', 'bytes', bytes);
  const container = readContainer(bytes, { maxPixels });
  const { header, headerBytes } = container;
  const { width, height } = header;
  const grid = tileGrid(width, height);
  const fields = describeHeader(header);
  const metadata = metadataOf(container.ancillary);
  return {
    formatVersion: { major: header.majorVersion, minor: header.minorVersion },
    width,
    height,
    channels: header.grey ? 1 : 3,
    alpha: header.alpha === 1,
    quality: header.q16 / 16,
    prior: priorKinds[header.prior],
    modelId: header.modelId,
    modelHash: header.modelHash.toString(16).padStart(8, '0'),
    sizeBytes: bytes.length,
    bitsPerPixel: (bytes.length * 8) / (width * height),
    headerBytes: headerBytes.length,
    tileColumns: grid.columns,
    tileRows: grid.rows,
    sections: describeSections(container, bytes.length),
    ...(metadata && { metadata }),
    fields,
  };
}

function describeSections(container: Container, sizeBytes: number): SectionInfo[] {
  const { ancillary, tiles, alphas } = container;
  const named = [ancillary, tiles, alphas].flatMap((sections) =>
    sections.map((section, index) => ({ section, name: sectionName(section.type, index) })),
  );
  named.sort((a, b) => a.section.offset - b.section.offset);
  return named.map(({ section: { type, offset }, name }, index) => ({
    name,
    type,
    critical: type < firstAncillaryType,
    offset,
    sizeBytes: (named[index + 1]?.section.offset ?? sizeBytes) - offset,
  }));
}
