// The shipped model gives the same latents and samples here as in the integer reference in Python, whose hashes
// `python -m nic_training parity` wrote (training/README.md). A new model needs them anew: without them this fails.
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
  type Picture,
  runJob,
  type Tensor,
} from '../../codec/index.ts';
import { cutPixels } from '../../codec/latent/cut-pixels.ts';
import { loadModelSet } from '../../src/api/load-model.ts';
import { nodePlatform } from '../../src/api/node-platform.ts';
import { drawnPicture } from '../helpers/drawn-picture.ts';

interface Parity {
  readonly model: string;
  readonly sha256: string;
  readonly encoderSha256: string;
  readonly pictures: readonly {
    readonly width: number;
    readonly height: number;
    /** Of the samples that go in. */
    readonly picture: string;
    readonly results: readonly {
      readonly quality: number;
      /** Of y_hat: int16, little-endian, row, column, channel. */
      readonly latents: string;
      /** Of the samples that come out. */
      readonly samples: string;
    }[];
  }[];
}

const regenerate =
  'PYTHONPATH=training python3 -m nic_training parity --manifest codec/models/base.json --out test/conformance/parity';
const parity = JSON.parse(
  readFileSync(new URL('../../../test/conformance/parity/base.json', import.meta.url), 'utf8'),
) as Parity;
const { model, files } = await loadModelSet(nodePlatform, ['encoder']);

/** The scalar operations are slow: above this size they run at one quality. */
const scalarPixels = 10_000;

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** y_hat of a picture of one tile, through the payload that encoder and decoder share. */
function latentsOf(backend: Backend, picture: Picture, q16: number): Tensor {
  const engine = createEngine(model, { backend });
  const width = Math.ceil(picture.width / 16);
  const height = Math.ceil(picture.height / 16);
  const core = { x: 0, y: 0, width, height };
  const size = { width: width * 16, height: height * 16 };
  const pixels = cutPixels(picture, { x: 0, y: 0, ...size });
  const latents = runJob(engine, 'analyze', { pixels, ...size, channels: 3, core, q16 });
  const common = { q16, checksumSeed: 0, prior: 'base' as const };
  const payload = runJob(engine, 'compressLatents', { latents, ...common });
  return runJob(engine, 'decompressLatents', { payload, width, height, ...common });
}

test('the hashes of the reference belong to the shipped model', (t) => {
  t.is(parity.model, model.manifest.name);
  t.is(parity.sha256, sha256(files.data), `run: ${regenerate}`);
  t.is(parity.encoderSha256, auxiliaryOf(model, 'encoder').sha256, `run: ${regenerate}`);
  t.is(model.manifest.sha256, parity.sha256);
  t.is(parity.pictures.length, 6);
  t.true(parity.pictures.every(({ results }) => results.length >= 2));
});

for (const { width, height, picture: source, results } of parity.pictures) {
  test(`the reference drew the ${width}x${height} picture that is drawn here`, (t) => {
    t.is(sha256(drawnPicture(width, height).data), source);
  });
  for (const backend of ['simd', 'scalar'] as const) {
    const isSlow = backend === 'scalar' && width * height > scalarPixels;
    const checked = isSlow ? results.slice(1, 2) : results;
    for (const { quality, latents, samples } of checked) {
      test(`${width}x${height} at quality ${quality} has the latents and samples of the reference, with ${backend} kernels`, async (t) => {
        const picture = drawnPicture(width, height);
        const { data: values } = latentsOf(backend, picture, Math.round(quality * 16));
        t.is(sha256(new Uint8Array(values.buffer, values.byteOffset, values.byteLength)), latents);
        const context = { model, executor: inlineExecutor(createEngine(model, { backend })) };
        const decoded = await decodePicture(
          await encodePicture(picture, context, { quality }),
          context,
        );
        t.is(sha256(decoded.data), samples);
      });
    }
  }
}
