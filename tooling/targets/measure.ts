// What the search for a target costs, beside plain encodes of the quality that it found.
import { inspectBitstream, type Picture } from '../../codec/index.ts';
import { tuneOf } from '../../src/api/codec.ts';
import type { Codec, PriorKind } from '../../src/index.ts';
import { psnr } from '../../src/metrics/psnr.ts';

export type Target = { readonly targetPsnr: number } | { readonly ratio: number };

/** One picture with one target. */
export interface TargetRow {
  readonly picture: string;
  readonly target: Target;
  readonly quality: number;
  readonly sizeBytes: number;
  /** Of the decoded file, in dB. */
  readonly psnr: number;
  /** CPU time of this process, as on one thread. */
  readonly searchMs: number;
  readonly encodeMs: number;
}

/**
 * The search runs between two encodes, so that other work on the machine meets both alike; theirs is the mean. `codec` has no
 * worker threads. An Error where the file misses its target.
 */
export async function measureTarget(
  codec: Codec,
  { name, picture }: { readonly name: string; readonly picture: Picture },
  target: Target,
  prior: PriorKind,
): Promise<TargetRow> {
  if (codec.threads !== 0) throw new Error('Times are of one thread: expected a codec with none');
  const search = () => codec.encode(picture, { ...target, prior });
  const file = await search();
  const { quality } = inspectBitstream(file);
  const plain = () => codec.encode(picture, { quality, prior, tune: tuneOf(target) });
  const before = await cpuMsOf(plain);
  const searchMs = await cpuMsOf(search);
  const after = await cpuMsOf(plain);
  const reached = psnr(picture, await codec.decode(file));
  const misses =
    'targetPsnr' in target
      ? reached < target.targetPsnr
      : file.length > picture.data.length / target.ratio;
  if (misses) throw new Error(`${name} misses ${JSON.stringify(target)}: ${reached} dB`);
  return {
    picture: name,
    target,
    quality,
    sizeBytes: file.length,
    psnr: reached,
    searchMs,
    encodeMs: (before + after) / 2,
  };
}

async function cpuMsOf(call: () => Promise<unknown>): Promise<number> {
  const start = process.cpuUsage();
  await call();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}
