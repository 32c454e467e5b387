// `npm run bench:large -- [--width N] [--height N] [--threads N] [--quality N] [--model FILE.json]`
//
// Writes a generated picture of 100 megapixels as a TIFF file, codes it to a .nic file and decodes that to a TIFF
// file with the functions that the command line uses; prints the time and the peak memory (RSS) of each step in a
// process of its own, what a region of 512x512 pixels takes of the time of the whole, and the PSNR.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import type { Rectangle } from '../../codec/index.ts';
import { createCodec } from '../../src/index.ts';
import { decodeFile, encodeFile, readImage, writeImage } from '../../src/node.ts';
import { drawnPicture } from '../helpers/drawn-picture.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    width: { type: 'string', default: '10000' },
    height: { type: 'string', default: '10000' },
    threads: { type: 'string', default: '2' },
    quality: { type: 'string', default: '60' },
    model: { type: 'string' },
  },
});
const threads = Number(values.threads);
const { model } = values;

const regionSide = 512;

/** What one process does with the files of a folder. */
const steps: Record<string, (path: (name: string) => string) => Promise<unknown>> = {
  draw: (path) =>
    writeImage(path('in.tif'), drawnPicture(Number(values.width), Number(values.height))),
  read: (path) => readImage(path('in.tif')),
  encode: (path) =>
    encodeFile(path('in.tif'), path('out.nic'), {
      ...{ threads, quality: Number(values.quality) },
      ...(model === undefined ? {} : { model }),
    }),
  decode: (path) =>
    decodeFile(path('out.nic'), path('out.tif'), {
      threads,
      ...(model === undefined ? {} : { model }),
    }),
  /** Time of the region in the middle over that of the whole picture, both decoded in memory. */
  region: async (path) => {
    const bytes = new Uint8Array(await readFile(path('out.nic')));
    const codec = await createCodec({ threads, ...(model === undefined ? {} : { model }) });
    const secondsOf = async (region?: Rectangle) => {
      const startedMs = performance.now();
      await codec.decode(bytes, { region });
      return (performance.now() - startedMs) / 1000;
    };
    const [width, height] = [Number(values.width), Number(values.height)];
    const side = { width: Math.min(regionSide, width), height: Math.min(regionSide, height) };
    const region = { x: (width - side.width) >> 1, y: (height - side.height) >> 1, ...side };
    await secondsOf(region);
    const part = await secondsOf(region);
    const ratio = part / (await secondsOf());
    await codec.close();
    return ratio;
  },
  compare: async (path) => {
    const [{ data: a }, { data: b }] = [
      await readImage(path('in.tif')),
      await readImage(path('out.tif')),
    ];
    let squares = 0;
    for (let i = 0; i < a.length; i++) squares += (a[i] - b[i]) ** 2;
    return 10 * Math.log10((255 ** 2 * a.length) / squares);
  },
};

interface Measured {
  readonly seconds: number;
  readonly peakBytes: number;
  readonly result: unknown;
}

async function measureStep(name: string, folder: string): Promise<Measured> {
  const startedMs = performance.now();
  const result = await steps[name]((file) => join(folder, file));
  const seconds = (performance.now() - startedMs) / 1000;
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  return { seconds, peakBytes, result: typeof result === 'number' ? result : null };
}

async function inOwnProcess(name: string, folder: string): Promise<Measured> {
  const own = fileURLToPath(import.meta.url);
  const args = [own, ...process.argv.slice(2), name, folder];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as Measured;
}

const [step, stepFolder] = positionals;
if (step !== undefined) {
  console.log(JSON.stringify(await measureStep(step, stepFolder)));
} else {
  const folder = await mkdtemp(join(tmpdir(), 'nic-large-'));
  try {
    const megapixels = (Number(values.width) * Number(values.height)) / 1e6;
    console.log(
      `${values.width}x${values.height}, ${megapixels.toFixed(1)} MP, ${threads} threads`,
    );
    await inOwnProcess('draw', folder);
    for (const name of ['read', 'encode', 'decode']) {
      const { seconds, peakBytes } = await inOwnProcess(name, folder);
      const speed = `${(megapixels / seconds).toFixed(2)} MP/s`;
      const memory = `peak RSS ${(peakBytes / 2 ** 20).toFixed(0)} MiB`;
      console.log(`${name.padEnd(6)}  ${seconds.toFixed(1)} s, ${speed}, ${memory}`);
    }
    const { size } = await stat(join(folder, 'out.nic'));
    const region = await inOwnProcess('region', folder);
    const percent = `${(100 * (region.result as number)).toFixed(2)} %`;
    console.log(`region  ${regionSide}x${regionSide} in the middle takes ${percent} of the whole`);
    const { result } = await inOwnProcess('compare', folder);
    console.log(`${size} bytes, ${((size * 8) / (megapixels * 1e6)).toFixed(3)} bits a pixel`);
    console.log(`PSNR    ${(result as number).toFixed(2)} dB`);
  } finally {
    await rm(folder, { recursive: true });
  }
}
