// From raw rows to what a report shows: the mean curve of each codec, its curve for each picture, its times and its
// failures. Pure: the same rows give the same report.
import { msSsimDecibels } from '../src/metrics/ms-ssim.ts';
import { colorOf } from './palette.ts';
import type { PublishedCodec } from './published.ts';
import { type FailedRow, isFailed, type MeasuredRow, type RowsFile } from './rows.ts';

/** A point of a curve; a published one may lack metrics. */
export interface Point {
  /** The codec's own number; absent for a published point. */
  readonly quality?: number;
  readonly bpp: number;
  readonly psnrRgb?: number;
  readonly psnrY?: number;
  readonly msSsim?: number;
  readonly msSsimDb?: number;
  readonly ssimulacra2?: number;
}

export interface Speed {
  /** Millions of pixels a second of CPU time, over all points and pictures. */
  readonly encodeMegapixelsPerSecond: number;
  readonly decodeMegapixelsPerSecond: number;
}

/** One line of a report. */
export interface Curve {
  /** The spec of a codec, or `published/<id>`. */
  readonly key: string;
  readonly label: string;
  /** CSS colour, the same in every chart and table. */
  readonly color: string;
  readonly kind: 'measured' | 'published';
  /**
   * Means over the pictures for each quality: of bpp and of each metric. MS-SSIM in dB is that of the mean MS-SSIM.
   * A quality that a picture failed at is left out, so that every point is over the same pictures.
   */
  readonly mean: readonly Point[];
  /** The points of each picture; empty for a published curve. */
  readonly pictures: Readonly<Record<string, readonly Point[]>>;
  readonly failures: readonly FailedRow[];
  readonly speed?: Speed;
  readonly decoderKmacPerPixel?: number;
  readonly encoderKmacPerPixel?: number;
  readonly qualityName?: string;
  readonly settings?: Readonly<Record<string, string>>;
  readonly versions?: Readonly<Record<string, string>>;
  readonly machine?: string;
  /** Day of the newest row, or where the figures were published. */
  readonly date?: string;
  readonly source?: string;
}

export interface Report {
  readonly dataset: {
    readonly name: string;
    readonly sha256: string;
    readonly pictures: readonly string[];
    /** Of all pictures. */
    readonly pixels: number;
  };
  /** Measured codecs in their order, then published ones. */
  readonly curves: readonly Curve[];
  /** Keys of the codec in focus and of the default anchor. */
  readonly subject: string;
  readonly anchor: string;
  /** Day of the newest row. */
  readonly date: string;
  /** Commits at which the rows of this package were measured, where they are known. */
  readonly commits: readonly string[];
}

export interface AggregateOptions {
  readonly published?: readonly PublishedCodec[];
  /** Key of the default anchor; default: mozjpeg, else the second codec. */
  readonly anchor?: string;
}

/** The order of known codecs in a report. */
const order = ['nic', 'mozjpeg', 'jpeg', 'jpeg-js', 'webp', 'avif', 'jxl'];

/** Throws an Error where the files are of different data sets, or there is none. */
export function aggregate(files: readonly RowsFile[], options: AggregateOptions = {}): Report {
  const [first] = files;
  if (first === undefined) throw new Error('Expected rows of one codec or more');
  for (const { codec, dataset } of files) {
    if (dataset.sha256 !== first.dataset.sha256) {
      throw new Error(
        `${codec.spec} was measured on ${dataset.name} (${dataset.sha256.slice(0, 8)}), ` +
          `${first.codec.spec} on ${first.dataset.name} (${first.dataset.sha256.slice(0, 8)})`,
      );
    }
  }
  const rank = ({ codec }: RowsFile) => (order.includes(codec.id) ? order.indexOf(codec.id) : 99);
  const measured = [...files]
    .sort((a, b) => rank(a) - rank(b) || (a.codec.spec < b.codec.spec ? -1 : 1))
    .map(measuredCurve);
  const keys = measured.map((curve) => curve.key);
  const anchor = options.anchor ?? (keys.includes('mozjpeg') ? 'mozjpeg' : (keys[1] ?? keys[0]));
  const { name, sha256, pictures } = first.dataset;
  return {
    dataset: {
      name,
      sha256,
      pictures: pictures.map((picture) => picture.name),
      pixels: pictures.reduce((sum, { width, height }) => sum + width * height, 0),
    },
    curves: [...measured, ...(options.published ?? []).map(publishedCurve)],
    subject: keys[0],
    anchor,
    date:
      files
        .map((file) => file.date)
        .sort()
        .at(-1) ?? '',
    commits: [...new Set(files.flatMap(({ commit }) => commit ?? []))].sort(),
  };
}

function measuredCurve(file: RowsFile, index: number): Curve {
  const { codec, dataset } = file;
  const rows = file.rows.filter((row): row is MeasuredRow => !isFailed(row));
  const mean: Point[] = [];
  for (const [quality, group] of groupBy(rows, (row) => row.quality)) {
    if (group.length === dataset.pictures.length) mean.push(meanPoint(quality, group));
  }
  const pictures = [...groupBy(rows, (row) => row.picture)].map(
    ([name, group]) => [name, byRate(group.map(pointOf))] as const,
  );
  return {
    key: codec.spec,
    label: codec.label,
    color: colorOf(codec.spec, index),
    kind: 'measured',
    mean: byRate(mean),
    pictures: Object.fromEntries(pictures),
    failures: file.rows.filter(isFailed),
    speed: speedOf(file, rows),
    decoderKmacPerPixel: codec.complexity?.decoderKmacPerPixel,
    encoderKmacPerPixel: codec.complexity?.encoderKmacPerPixel,
    qualityName: codec.qualityName,
    settings: codec.settings,
    versions: codec.versions,
    machine: file.machine,
    date: file.date,
  };
}

function publishedCurve(codec: PublishedCodec, index: number): Curve {
  return {
    key: `published/${codec.id}`,
    label: codec.label,
    color: colorOf(`published/${codec.id}`, index),
    kind: 'published',
    mean: byRate(
      codec.points.map(({ bpp, psnrRgb, msSsim }) => ({
        bpp,
        psnrRgb,
        msSsim,
        msSsimDb: msSsim === undefined ? undefined : msSsimDecibels(msSsim),
      })),
    ),
    pictures: {},
    failures: [],
    decoderKmacPerPixel: codec.decoderKmacPerPixel,
    source: codec.source,
  };
}

function pointOf(row: MeasuredRow): Point {
  const { quality, bpp, psnrRgb, psnrY, msSsim, msSsimDb, ssimulacra2 } = row;
  return {
    quality,
    bpp,
    psnrRgb,
    psnrY,
    msSsim: msSsim ?? undefined,
    msSsimDb: msSsimDb ?? undefined,
    ssimulacra2,
  };
}

function meanPoint(quality: number, rows: readonly MeasuredRow[]): Point {
  const mean = (pick: (row: MeasuredRow) => number) =>
    rows.reduce((sum, row) => sum + pick(row), 0) / rows.length;
  const similar = rows.every((row) => row.msSsim !== null);
  const msSsim = similar ? mean((row) => row.msSsim ?? 0) : undefined;
  return {
    quality,
    bpp: mean((row) => row.bpp),
    psnrRgb: mean((row) => row.psnrRgb),
    psnrY: mean((row) => row.psnrY),
    msSsim,
    msSsimDb: msSsim === undefined ? undefined : msSsimDecibels(msSsim),
    ssimulacra2: mean((row) => row.ssimulacra2),
  };
}

function speedOf(file: RowsFile, rows: readonly MeasuredRow[]): Speed | undefined {
  if (rows.length === 0) return undefined;
  const size = new Map(
    file.dataset.pictures.map(({ name, width, height }) => [name, width * height]),
  );
  let pixels = 0;
  let encodeMs = 0;
  let decodeMs = 0;
  for (const row of rows) {
    pixels += size.get(row.picture) ?? 0;
    encodeMs += row.encodeMs;
    decodeMs += row.decodeMs;
  }
  return {
    encodeMegapixelsPerSecond: pixels / 1000 / encodeMs,
    decodeMegapixelsPerSecond: pixels / 1000 / decodeMs,
  };
}

function byRate(points: readonly Point[]): Point[] {
  return [...points].sort((a, b) => a.bpp - b.bpp);
}

function groupBy<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}
