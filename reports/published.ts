// Curves of other codecs as their authors or others published them; dashed in a report. See reports/published/.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

export interface PublishedCodec {
  readonly id: string;
  readonly label: string;
  /** Repository and file of the figures. */
  readonly source: string;
  /** Thousands of multiply-accumulate operations a pixel. */
  readonly decoderKmacPerPixel?: number;
  readonly points: readonly {
    readonly bpp: number;
    readonly psnrRgb: number;
    readonly msSsim?: number;
  }[];
}

/** The published curves for a data set by its name; none for one that nobody published for. */
export async function readPublished(datasetName: string): Promise<readonly PublishedCodec[]> {
  if (datasetName.toLowerCase() !== 'kodak') return [];
  const path = fileURLToPath(import.meta.resolve('#published/kodak.json'));
  return (JSON.parse(await readFile(path, 'utf8')) as { codecs: PublishedCodec[] }).codecs;
}
