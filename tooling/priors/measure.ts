// Files of the same pictures with each prior beside those with `base`: their bytes, and what they cost to encode and to decode.
import type { Picture } from '../../codec/index.ts';
import type { Codec, PriorKind } from '../../src/index.ts';

/** One picture at one quality with one prior. */
export interface PriorRow {
  readonly picture: string;
  readonly pixels: number;
  readonly quality: number;
  readonly prior: PriorKind;
  /** Of the whole file. */
  readonly sizeBytes: number;
  /** CPU time of this process, as on one thread. */
  readonly encodeMs: number;
  readonly decodeMs: number;
}

export interface NamedPicture {
  readonly name: string;
  readonly picture: Picture;
}

/**
 * Rows of one picture, `base` among them whether it is asked for or not. The priors of a quality run one after the other, and which
 * goes first changes with the quality, so that other work on the machine meets all of them alike. `codec` has no worker threads.
 * An Error where a prior changes a sample of the picture.
 */
export async function measurePriors(
  codec: Codec,
  { name, picture }: NamedPicture,
  qualities: readonly number[],
  priors: readonly PriorKind[],
): Promise<PriorRow[]> {
  if (codec.threads !== 0) throw new Error('Times are of one thread: expected a codec with none');
  const kinds: PriorKind[] = ['base', ...priors.filter((prior) => prior !== 'base')];
  const rows: PriorRow[] = [];
  for (const [index, quality] of qualities.entries()) {
    const turn = index % kinds.length;
    let expected: Uint8Array | undefined;
    for (const prior of [...kinds.slice(turn), ...kinds.slice(0, turn)]) {
      const start = cpuMs();
      const file = await codec.encode(picture, { quality, prior });
      const encoded = cpuMs();
      const { data } = await codec.decode(file);
      const end = cpuMs();
      expected ??= data;
      if (Buffer.compare(data, expected) !== 0) {
        throw new Error(`${name}, quality ${quality}: '${prior}' decodes to other pixels`);
      }
      rows.push({
        picture: name,
        pixels: picture.width * picture.height,
        quality,
        prior,
        sizeBytes: file.length,
        encodeMs: Math.round((encoded - start) * 10) / 10,
        decodeMs: Math.round((end - encoded) * 10) / 10,
      });
    }
  }
  return rows;
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
