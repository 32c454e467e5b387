// `npm run bench -- [FOLDER] [--model FILE.json] [--quality N] [--runs N] [--clock wall|cpu] [--json]`
//
// Measures, side by side in one run: the kernels, the range coder, encode and decode with 1 and 2 threads and by
// stage, and sharp's codecs on the same pictures (the PNG files of FOLDER, else one drawn picture).
import { readdir, readFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { type Model, ModelError, type Picture } from '../../codec/index.ts';
import { loadModelSet } from '../../src/api/load-model.ts';
import { nodePlatform } from '../../src/api/node-platform.ts';
import type { ModelSet } from '../../src/api/platform.ts';
import { drawnPicture } from '../helpers/drawn-picture.ts';
import { randomModel } from '../helpers/random-model.ts';
import { type CodecTimes, codecTimes, threadCounts } from './codec-speed.ts';
import { entropySpeed } from './entropy-speed.ts';
import { kernelSpeeds, scalarSpeed } from './kernel-speed.ts';
import type { Clock } from './measure.ts';
import { type SharpTimes, sharpTimes } from './sharp-speed.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    model: { type: 'string' },
    quality: { type: 'string', default: '50' },
    runs: { type: 'string', default: '3' },
    clock: { type: 'string', default: 'wall' },
    json: { type: 'boolean', default: false },
  },
});

async function readPictures(folder: string | undefined): Promise<Picture[]> {
  if (folder === undefined) return [drawnPicture(1536, 1024)];
  const names = (await readdir(folder)).filter((name) => name.toLowerCase().endsWith('.png'));
  if (names.length === 0) throw new Error(`No PNG files in ${folder}`);
  return await Promise.all(
    names.sort().map(async (name) => {
      const bytes = await readFile(join(folder, name));
      const image = sharp(bytes).removeAlpha().toColourspace('srgb').raw();
      const { data, info } = await image.toBuffer({ resolveWithObject: true });
      return { width: info.width, height: info.height, channels: 3, data };
    }),
  );
}

/** The model asked for, else the one of the package, else a random one of the same size. */
async function chooseModel(): Promise<{ model: Model; files: ModelSet; name: string }> {
  try {
    const loaded = await loadModelSet(nodePlatform, ['encoder'], values.model);
    return { ...loaded, name: loaded.model.manifest.name };
  } catch (error) {
    if (values.model !== undefined || !(error instanceof ModelError)) throw error;
    const files = randomModel({
      latentChannels: 448,
      hyperChannels: 96,
      priorChannels: 192,
      analysisChannels: 192,
      synthesisChannels: 128,
      blocks: 7,
    });
    return { ...(await loadModelSet(nodePlatform, ['encoder'], files)), name: 'random weights' };
  }
}

interface ThreadResult {
  readonly threads: number;
  readonly nic: CodecTimes;
  readonly sharp: readonly SharpTimes[];
}

const pictures = await readPictures(positionals[0]);
const megapixels = pictures.reduce((sum, { width, height }) => sum + width * height, 0) / 1e6;
const { model, files, name } = await chooseModel();
const quality = Number(values.quality);
const runs = Number(values.runs);
const clock: Clock = values.clock === 'cpu' ? 'cpu' : 'wall';

const kernels = [...(await kernelSpeeds(model, clock)), await scalarSpeed(clock)];
const entropy = await entropySpeed(model, clock);
const results: ThreadResult[] = [];
for (const threads of threadCounts) {
  results.push({
    threads,
    nic: await codecTimes(model, files, pictures, { threads, quality, runs, clock }),
    sharp: await sharpTimes(pictures, { threads, runs, clock }),
  });
}

const machine = {
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  threads: availableParallelism(),
  load: Number(loadavg()[0].toFixed(2)),
  node: process.version,
  sharp: sharp.versions.sharp ?? 'unknown',
};

function speed(ms: number): number {
  return (1000 * megapixels) / ms;
}

function row(title: string, value: number, unit: string, note = ''): void {
  console.log(`  ${title.padEnd(30)}${value.toFixed(2).padStart(9)} ${unit}${note && `  ${note}`}`);
}

function printCodec({ threads, nic, sharp: others }: ThreadResult): void {
  for (const [title, total, stages, other] of [
    ['encode', nic.encodeMs, nic.encodeStages, (times: SharpTimes) => times.encodeMs],
    ['decode', nic.decodeMs, nic.decodeStages, (times: SharpTimes) => times.decodeMs],
  ] as const) {
    console.log(`\n${title}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`);
    const bpp = (bytes: number) => `${((8 * bytes) / megapixels / 1e6).toFixed(3)} bpp`;
    row('nic', speed(total), 'MP/s', bpp(nic.bytes));
    for (const [stage, ms] of Object.entries(stages)) {
      row(
        `  ${stage}`,
        ms / megapixels,
        'ms/MP',
        `${Math.round((100 * ms) / (total * threads))} % of thread time`,
      );
    }
    for (const times of others) {
      const ratio = other(times) / total;
      row(
        times.codec,
        speed(other(times)),
        'MP/s',
        `${bpp(times.bytes)}, nic is ${ratio.toPrecision(2)} times as fast`,
      );
    }
  }
}

if (values.json) {
  console.log(
    JSON.stringify(
      { machine, model: name, quality, clock, megapixels, kernels, entropy, results },
      null,
      2,
    ),
  );
} else {
  console.log(
    `${machine.cpu}, ${machine.threads} threads, load ${machine.load}, Node ${machine.node}`,
  );
  console.log(
    `model: ${name}; ${pictures.length} picture(s), ${megapixels.toFixed(2)} megapixels, quality ${quality}, ${clock} time`,
  );
  console.log('\nkernels, 1 thread');
  for (const { kernel, gmacPerSecond } of kernels) row(kernel, gmacPerSecond, 'GMAC/s');
  console.log(`\nrange coder, 1 thread, ${entropy.bitsPerSymbol.toFixed(2)} bits a symbol`);
  row('encode', entropy.encode, 'M symbols/s');
  row('decode', entropy.decode, 'M symbols/s');
  for (const result of results) printCodec(result);
}
