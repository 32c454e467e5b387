// The shipped perceptual synthesis gives the samples of the integer reference in Python, whose hashes
// `python -m nic_training aux perceptual --parity` wrote. A new base model needs a new one.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import test from 'ava';
import {
  auxiliaryOf,
  type Backend,
  createEngine,
  decodePicture,
  encodePicture,
  inlineExecutor,
  type Model,
} from '../../codec/index.ts';
import { loadModelSet } from '../../src/api/load-model.ts';
import { nodePlatform } from '../../src/api/node-platform.ts';
import { drawnPicture } from '../helpers/drawn-picture.ts';

interface Parity {
  readonly sha256: string;
  readonly pictures: readonly {
    readonly width: number;
    readonly height: number;
    readonly quality: number;
    readonly realism: number;
    readonly samples: string;
  }[];
}

/** The scalar operations are slow: above this size they do not run. */
const scalarPixels = 3_000;

const parity = JSON.parse(
  readFileSync(
    new URL('../../../test/conformance/parity/base.perceptual.json', import.meta.url),
    'utf8',
  ),
) as Parity;
const read = (name: string) => readFileSync(new URL(import.meta.resolve(`#models/${name}`)));
const { model: shipped } = await loadModelSet(nodePlatform, ['encoder', 'perceptual']);
/** The reference mixes what the synthesis gives, as it is in a file without a filter. */
const model: Model = { ...shipped, manifest: { ...shipped.manifest, filter: undefined } };

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

test('the hashes of the reference belong to the shipped perceptual synthesis', (t) => {
  t.is(auxiliaryOf(model, 'perceptual').sha256, parity.sha256);
  t.is(sha256(read('base.perceptual.bin')), parity.sha256);
  t.is(parity.pictures.length, 18);
});

for (const { width, height, quality, realism, samples } of parity.pictures) {
  const backends: Backend[] = width * height > scalarPixels ? ['simd'] : ['simd', 'scalar'];
  for (const backend of backends) {
    test(`${width}x${height} at quality ${quality} and realism ${realism} has the samples of the reference, with ${backend} kernels`, async (t) => {
      const context = { model, executor: inlineExecutor(createEngine(model, { backend })) };
      const bytes = await encodePicture(drawnPicture(width, height), context, { quality });
      const decoded = await decodePicture(bytes, context, { realism });
      t.is(sha256(decoded.data), samples);
    });
  }
}
