// npm run demo [-- PHOTO]: compresses a picture at the default quality and at 120:1, beside mozjpeg at the same
// sizes, and leaves the files and one PNG to compare them in demo/.
import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Picture } from '../../codec/index.ts';
import {
  type Codec,
  createCodec,
  defaultQuality,
  type EncodeTargets,
  inspect,
  NicError,
} from '../../src/index.ts';
import { minimumMsSsimSide, msSsim } from '../../src/metrics/ms-ssim.ts';
import { psnr } from '../../src/metrics/psnr.ts';
import { readImage, writeImage } from '../../src/node.ts';
import { contactSheet, type Panel } from './contact-sheet.ts';
import { drawLandscape } from './landscape.ts';
import { mozjpegWithin } from './mozjpeg.ts';

const folder = fileURLToPath(new URL('../../../demo/', import.meta.url));
/** "Rate 120": 120:1 against 24 bits a pixel, 0.2 bits a pixel of the whole file. */
const targetRatio = 120;

interface Row {
  readonly name: string;
  readonly sizeBytes: number;
  readonly picture: Picture;
  /** Seconds to encode and to decode. */
  readonly seconds?: readonly [number, number];
}

function bytesOf({ width, height }: Picture): number {
  return width * height * 3;
}

async function timed<T>(work: () => Promise<T>): Promise<[T, number]> {
  const start = performance.now();
  const result = await work();
  return [result, (performance.now() - start) / 1000];
}

function tableOf(original: Picture, rows: readonly Row[]): string {
  const table = [
    ['', 'bytes', 'bits/pixel', 'ratio', 'PSNR dB', 'MS-SSIM', 'encode s', 'decode s'],
  ];
  const isLargeEnough = Math.min(original.width, original.height) >= minimumMsSsimSide;
  for (const { name, sizeBytes, picture, seconds } of rows) {
    table.push([
      name,
      String(sizeBytes),
      ((8 * sizeBytes) / (original.width * original.height)).toFixed(3),
      `${(bytesOf(original) / sizeBytes).toFixed(1)}:1`,
      psnr(original, picture).toFixed(2),
      isLargeEnough ? msSsim(original, picture).toFixed(4) : '-',
      ...(seconds ?? []).map((value) => value.toFixed(2)),
    ]);
  }
  const widths = table[0].map((_, i) => Math.max(...table.map((cells) => cells[i]?.length ?? 0)));
  return table
    .map((cells) =>
      cells
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

async function nicRow(
  codec: Codec,
  original: Picture,
  target: EncodeTargets,
  file: string,
): Promise<Row> {
  const [bytes, encodeSeconds] = await timed(() => codec.encode(original, target));
  const [picture, decodeSeconds] = await timed(() => codec.decode(bytes));
  await writeFile(join(folder, file), bytes);
  const name = `nic, quality ${inspect(bytes).quality}`;
  return { name, sizeBytes: bytes.length, picture, seconds: [encodeSeconds, decodeSeconds] };
}

async function jpegRow(original: Picture, maxBytes: number, file: string): Promise<Row> {
  const { quality, bytes, picture, fits } = await mozjpegWithin(original, maxBytes);
  await writeFile(join(folder, file), bytes);
  const note = fits ? '' : ' (cannot be smaller)';
  return { name: `mozjpeg, quality ${quality}${note}`, sizeBytes: bytes.length, picture };
}

function panelOf(original: Picture, { name, sizeBytes, picture }: Row): Panel {
  return {
    label: `${name}: ${sizeBytes} bytes, ${psnr(original, picture).toFixed(2)} dB`,
    picture,
  };
}

async function main(photo: string | undefined): Promise<void> {
  await mkdir(folder, { recursive: true });
  console.log(photo ?? 'A landscape drawn by the project (npm run demo -- PHOTO takes your own)');
  const original = photo === undefined ? drawLandscape() : await readImage(photo, { strip: true });
  const codec = await createCodec();
  const warmUp = { width: 16, height: 16, data: new Uint8Array(768) };
  await codec.decode(await codec.encode(warmUp));

  const normal = await nicRow(codec, original, { quality: defaultQuality }, 'default.nic');
  const rows = [normal, await jpegRow(original, normal.sizeBytes, 'default.jpg')];
  const targetBytes = Math.floor(bytesOf(original) / targetRatio);
  try {
    const rate120 = await nicRow(codec, original, { ratio: targetRatio }, 'rate-120.nic');
    rows.push(rate120, await jpegRow(original, rate120.sizeBytes, 'rate-120.jpg'));
  } catch (error) {
    if (!(error instanceof NicError && error.code === 'UNREACHABLE_TARGET')) throw error;
    console.log(`No quality gives ${targetRatio}:1 (${targetBytes} bytes) for this picture.`);
  }
  await codec.close();

  console.log(`${original.width}x${original.height}, ${bytesOf(original)} bytes uncompressed\n`);
  console.log(`${tableOf(original, rows)}\n`);
  const panels = rows.map((row) => panelOf(original, row));
  const sheetRows: Panel[][] = [];
  for (let i = 0; i < panels.length; i += 2) {
    sheetRows.push([{ label: 'original', picture: original }, panels[i], panels[i + 1]]);
  }
  const sheet = join(folder, 'side-by-side.png');
  await writeImage(sheet, contactSheet(sheetRows));
  console.log(`Side by side: ${relative(process.cwd(), sheet)}`);
}

try {
  await main(process.argv[2]);
} catch (error) {
  if (!(error instanceof NicError) && (error as NodeJS.ErrnoException).code === undefined)
    throw error;
  console.error(`demo: ${(error as Error).message}`);
  process.exitCode = error instanceof NicError ? error.exitCode : 1;
}
