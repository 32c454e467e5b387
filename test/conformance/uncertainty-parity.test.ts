// The shipped uncertainty model gives the same maps here as in the integer reference in Python, on both backends;
// `nic_training aux uncertainty --parity` wrote the hashes (training/README.md).
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import test from 'ava';
import { createCodec } from '../../src/index.ts';
import { drawnPicture } from '../helpers/drawn-picture.ts';

interface Parity {
  /** Of the data file. */
  readonly sha256: string;
  readonly pictures: readonly {
    readonly width: number;
    readonly height: number;
    readonly quality: number;
    /** Of the samples. */
    readonly map: string;
  }[];
}

const place = new URL('../../../test/conformance/parity/base.uncertainty.json', import.meta.url);
const parity = JSON.parse(readFileSync(place, 'utf8')) as Parity;
/** The scalar operations are slow. */
const scalarPixels = 10_000;

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

test('the hashes belong to the shipped uncertainty model', (t) => {
  const data = new URL(import.meta.resolve('#models/base.uncertainty.bin'));
  t.is(sha256(readFileSync(data)), parity.sha256);
  t.is(parity.pictures.length, 12);
});

for (const backend of ['simd', 'scalar'] as const) {
  test(`the maps are those of the reference, with ${backend} kernels`, async (t) => {
    const codec = await createCodec({ threads: 0, backend });
    for (const { width, height, quality, map } of parity.pictures) {
      if (backend === 'scalar' && width * height > scalarPixels) continue;
      const bytes = await codec.encode(drawnPicture(width, height), { quality, tune: 'psnr' });
      const { uncertainty } = await codec.decode(bytes, { uncertainty: true });
      t.is(sha256(uncertainty?.data ?? new Uint8Array()), map, `${width}x${height}, ${quality}`);
    }
    await codec.close();
  });
}
