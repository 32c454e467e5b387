// `npm run perceptual -- FOLDER`: the faithful and the perceptual decoder of the same files next to AVIF and mozjpeg
// at the same size, as rows, a table and contact sheets. Rows of decoders that are not run stay as they are stored.
// Without a folder it is the landscape that the project draws; `--cut` shows a part of each picture, `--columns` breaks the rows.
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Rectangle } from '../../codec/jobs.ts';
import { cutPixels } from '../../codec/latent/cut-pixels.ts';
import type { RgbPicture } from '../../reports/codecs/codec.ts';
import { nicVersion } from '../../reports/codecs/nic-library.ts';
import { openCodec } from '../../reports/codecs/registry.ts';
import { pictureNames, readRgb } from '../../reports/dataset-folder.ts';
import { bitsPerPixel, type Original, prepareOriginal } from '../../reports/measure.ts';
import { bestQuality } from '../../reports/pictures.ts';
import { writeFileAtomic } from '../../src/image/write-file-atomic.ts';
import { createCodec } from '../../src/index.ts';
import { writeImage } from '../../src/node.ts';
import { contactSheet, type Panel } from '../demo/contact-sheet.ts';
import { drawLandscape } from '../demo/landscape.ts';
import { markdownTables, measureDecoded, type PerceptualRow, readRows } from './rows.ts';

const realisms = [0, 0.5, 1];

/** What a codec makes of a picture: one decoding or several of the same file. */
interface Decoding {
  readonly decoder: string;
  readonly decoded: RgbPicture;
}

interface Contestant {
  readonly decoders: readonly string[];
  readonly versions: Readonly<Record<string, string>>;
  run(picture: RgbPicture, rate: number): Promise<{ bpp: number; decodings: Decoding[] }>;
  close(): Promise<void> | undefined;
}

async function nicContestant(model: string | undefined): Promise<Contestant> {
  const codec = await createCodec({ model });
  const { name, sha256 } = codec.manifest;
  const labelOf = (realism: number) => (realism === 0 ? 'nic' : `nic, realism ${realism}`);
  return {
    decoders: realisms.map(labelOf),
    versions: { nic: await nicVersion(), model: `${name} ${sha256.slice(0, 8)}` },
    async run(picture, rate) {
      const file = await codec.encode(picture, { targetBpp: rate });
      const decodings: Decoding[] = [];
      for (const realism of realisms) {
        const { data } = await codec.decode(file, { realism });
        decodings.push({ decoder: labelOf(realism), decoded: { ...picture, data } });
      }
      return { bpp: bitsPerPixel(file.length, picture), decodings };
    },
    close: () => codec.close(),
  };
}

async function otherContestant(spec: string): Promise<Contestant> {
  const codec = await openCodec(spec);
  return {
    decoders: [codec.label],
    versions: codec.versions,
    async run(picture, rate) {
      const file = await codec.encode(picture, await bestQuality(codec, picture, rate));
      const decoded = await codec.decode(file);
      const bpp = bitsPerPixel(file.length, picture);
      return { bpp, decodings: [{ decoder: codec.label, decoded }] };
    },
    close: () => codec.close?.() as Promise<void> | undefined,
  };
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      codecs: { type: 'string', default: 'nic,avif,mozjpeg' },
      rates: { type: 'string', default: '0.2,0.1' },
      model: { type: 'string' },
      out: { type: 'string', default: 'reports/out' },
      sheets: { type: 'string', default: '0' },
      cut: { type: 'string' },
      columns: { type: 'string', default: 'Infinity' },
    },
  });
  const [folder] = positionals;
  const dataset = folder === undefined ? 'landscape' : basename(folder);
  const rates = values.rates.split(',').map(Number);
  const names = folder === undefined ? [dataset] : await pictureNames(folder);
  const columns = Number(values.columns);
  if (!(columns >= 1)) throw new Error(`Expected at least 1 for --columns, got ${values.columns}`);
  const cut = values.cut === undefined ? undefined : rectangleOf(values.cut);
  const contestants: Contestant[] = [];
  for (const id of values.codecs.split(',')) {
    contestants.push(await (id === 'nic' ? nicContestant(values.model) : otherContestant(id)));
  }
  const measured: PerceptualRow[] = [];
  const panels: Panel[][] = [];
  for (const [index, name] of names.entries()) {
    const picture = folder === undefined ? drawLandscape() : await readRgb(join(folder, name));
    const original = prepareOriginal(name, picture as RgbPicture);
    process.stderr.write(`${name} (${index + 1} of ${names.length})\n`);
    for (const rate of rates) {
      const { rows, row } = await measurePicture(original, rate, contestants);
      measured.push(...rows);
      if (index < Number(values.sheets)) {
        const shown = cut === undefined ? row : row.map((panel) => cutPanel(panel, cut));
        panels.push(...inRows(shown, columns));
      }
    }
  }
  for (const contestant of contestants) await contestant.close();

  await mkdir(values.out, { recursive: true });
  const path = join(values.out, 'perceptual.json');
  const stored = await readRows(path);
  const run = new Set(contestants.flatMap(({ decoders }) => decoders));
  const kept = (stored?.rows ?? []).filter(({ decoder }) => !run.has(decoder));
  const rows = [...measured, ...kept];
  const versions = Object.assign({}, stored?.versions, ...contestants.map((c) => c.versions));
  const command = `npm run perceptual -- ${folder === undefined ? '' : `${dataset} `}--rates ${values.rates}`;
  const result = { dataset, command, versions, rows };
  await writeFileAtomic(path, Buffer.from(`${JSON.stringify(result, null, 1)}\n`));
  await writeFile(join(values.out, 'perceptual.md'), markdownTables(rows));
  if (panels.length > 0) {
    await writeImage(join(values.out, 'perceptual.png'), contactSheet(panels));
  }
  process.stdout.write(markdownTables(rows));
}

/** `X,Y,WIDTH,HEIGHT` in pixels. */
function rectangleOf(text: string): Rectangle {
  const [x, y, width, height] = text.split(',').map(Number);
  if (!(x >= 0 && y >= 0 && width > 0 && height > 0)) {
    throw new Error(`Expected X,Y,WIDTH,HEIGHT for --cut, got ${text}`);
  }
  return { x, y, width, height };
}

function cutPanel({ label, picture }: Panel, cut: Rectangle): Panel {
  const { width, height } = cut;
  return { label, picture: { ...picture, width, height, data: cutPixels(picture, cut) } };
}

function inRows(panels: readonly Panel[], columns: number): Panel[][] {
  const rows: Panel[][] = [];
  for (let i = 0; i < panels.length; i += columns) rows.push(panels.slice(i, i + columns));
  return rows;
}

async function measurePicture(
  original: Original,
  rate: number,
  contestants: readonly Contestant[],
): Promise<{ rows: PerceptualRow[]; row: Panel[] }> {
  const { picture, name } = original;
  const rows: PerceptualRow[] = [];
  const row: Panel[] = [{ label: `${name}, original`, picture }];
  for (const contestant of contestants) {
    const { bpp, decodings } = await contestant.run(picture, rate);
    for (const { decoder, decoded } of decodings) {
      rows.push(measureDecoded(original, decoded, { decoder, rate, bpp }));
      row.push({ label: `${decoder}, ${bpp.toFixed(3)} bpp`, picture: decoded });
    }
  }
  return { rows, row };
}

await main();
