import test from 'ava';
import { aggregate } from '../../reports/aggregate.ts';
import { compareAll, qualityAtRate120 } from '../../reports/compare.ts';
import { formatReport } from '../../reports/formats.ts';
import { provenanceLine } from '../../reports/markdown.ts';
import { formatRowsFile, parseRowsFile, type Row } from '../../reports/rows.ts';
import { measuredRow, rowsAt, rowsFile } from '../helpers/measured-rows.ts';

const qualities = [10, 20, 40, 60, 80];

test('a mean curve is the mean of the rates and of the metrics at each quality', (t) => {
  const rows = rowsAt(qualities, (picture, quality) => ({
    sizeBytes: (picture === 'a.png' ? 100 : 300) * quality,
    psnrRgb: picture === 'a.png' ? 30 : 34,
    msSsim: picture === 'a.png' ? 0.9 : 0.98,
  }));
  const [curve] = aggregate([rowsFile('nic', rows)]).curves;
  t.is(curve.mean.length, qualities.length);
  const [first] = curve.mean;
  t.is(first.quality, 10);
  t.is(first.bpp, (8 * 200 * 10) / 8000);
  t.is(first.psnrRgb, 32);
  t.true(Math.abs((first.msSsim ?? 0) - 0.94) < 1e-12);
  // MS-SSIM in dB is of the mean, not the mean of dB.
  t.true(Math.abs((first.msSsimDb ?? 0) - -10 * Math.log10(0.06)) < 1e-9);
});

test('a quality at which a picture failed is no point of the mean, and the failure is listed', (t) => {
  const rows: Row[] = rowsAt(qualities).map((row) =>
    row.picture === 'b.png' && row.quality === 40
      ? { picture: 'b.png', quality: 40, error: 'no luck, <b>none</b>' }
      : row,
  );
  const report = aggregate([rowsFile('nic', rows)]);
  const [curve] = report.curves;
  t.deepEqual(
    curve.mean.map(({ quality }) => quality),
    [10, 20, 60, 80],
  );
  t.deepEqual(curve.failures, [{ picture: 'b.png', quality: 40, error: 'no luck, <b>none</b>' }]);
  t.is(curve.pictures['a.png'].length, 5);
  t.is(curve.pictures['b.png'].length, 4);
});

test('the page lists failures as text', async (t) => {
  const rows: Row[] = [
    ...rowsAt([10, 20]),
    { picture: 'b.png', quality: 40, error: 'no luck, <b>none</b>' },
  ];
  const files = [rowsFile('nic', rows), rowsFile('mozjpeg', rowsAt(qualities))];
  const content = { report: aggregate(files), files, pictures: [] };
  const html = String(await formatReport(content, 'html'));
  t.true(html.includes('The nic, b.png, quality 40: no luck, &lt;b&gt;none&lt;/b&gt;'));
});

test('rows of different data sets are not compared', (t) => {
  const other = rowsFile('jpeg', rowsAt(qualities));
  const changed = { ...other, dataset: { ...other.dataset, sha256: 'e'.repeat(64) } };
  t.throws(() => aggregate([rowsFile('nic', rowsAt(qualities)), changed]), {
    message: /jpeg was measured on drawn \(eeeeeeee\), nic on drawn \(dddddddd\)/,
  });
});

test('nic comes first and mozjpeg is the anchor, whatever the order of the files', (t) => {
  const files = ['webp', 'mozjpeg', 'nic', 'jpeg'].map((id) => rowsFile(id, rowsAt(qualities)));
  const report = aggregate(files);
  t.is(report.subject, 'nic');
  t.is(report.anchor, 'mozjpeg');
  t.deepEqual(
    report.curves.map(({ key }) => key),
    ['nic', 'mozjpeg', 'jpeg', 'webp'],
  );
});

test('a codec that halves the bits has -50 % overall, in each band and for each picture', (t) => {
  const files = [
    rowsFile(
      'mozjpeg',
      rowsAt(qualities, (_, quality) => ({ sizeBytes: 40 * quality })),
    ),
    rowsFile(
      'nic',
      rowsAt(qualities, (_, quality) => ({ sizeBytes: 20 * quality })),
    ),
  ];
  const comparison = compareAll(aggregate(files), 'mozjpeg', 'psnrRgb').find(
    ({ curve }) => curve.key === 'nic',
  );
  const near = (value: number | undefined) => Math.abs((value ?? 0) + 50) < 1e-6;
  t.true(near(comparison?.overall?.percent));
  // The anchor reaches from 0.4 to 3.2 bpp: nothing of the low band.
  t.is(comparison?.bands[0], undefined);
  t.true(near(comparison?.bands[1]?.percent) && near(comparison?.bands[2]?.percent));
  t.is(comparison?.spread?.pictures.length, 2);
  t.true(near(comparison?.spread?.minimum) && near(comparison?.spread?.maximum));
});

test('the quality at 120:1 is that at 0.2 bpp', (t) => {
  const rows = rowsAt(qualities, (_, quality) => ({ sizeBytes: 10 * quality }));
  const [curve] = aggregate([rowsFile('nic', rows)]).curves;
  // 10 * 20 bytes are 0.2 bpp of 8000 pixels.
  t.is(qualityAtRate120(curve, 'psnrRgb'), 30);
});

test('speed is pixels over the sum of the times', (t) => {
  const rows = rowsAt([10, 20], (picture) => ({ encodeMs: picture === 'a.png' ? 1 : 3 }));
  const [curve] = aggregate([rowsFile('nic', rows)]).curves;
  t.is(curve.speed?.encodeMegapixelsPerSecond, (4 * 8000) / 1000 / 8);
  t.is(curve.speed?.decodeMegapixelsPerSecond, (4 * 8000) / 1000 / 8);
});

test('a rows file is read as it was written', (t) => {
  const file = rowsFile('nic', rowsAt(qualities));
  t.deepEqual(parseRowsFile(formatRowsFile(file), 'nic.json'), file);
});

test('a rows file whose bpp does not count the whole file is refused', (t) => {
  const row = measuredRow('a.png', 10, { sizeBytes: 1000, bpp: (8 * (1000 - 24)) / 8000 });
  t.throws(() => parseRowsFile(formatRowsFile(rowsFile('nic', [row])), 'nic.json'), {
    message: 'nic.json: a.png at 10 has a bpp that its size does not give',
  });
});

test('rows files with unknown pictures, double rows or another format are refused', (t) => {
  const refused = (file: object, message: RegExp) =>
    t.throws(() => parseRowsFile(JSON.stringify(file), 'x.json'), { message });
  const file = rowsFile('nic', rowsAt([10]));
  refused({ ...file, rows: [measuredRow('c.png', 10)] }, /unknown picture/);
  refused({ ...file, rows: [...file.rows, file.rows[0]] }, /two rows a\.png at 10/);
  refused({ ...file, version: 2 }, /version 1/);
  t.throws(() => parseRowsFile('{', 'x.json'), { message: 'x.json is not JSON' });
});

test('CSV has a line a row, JSON the comparisons, Markdown the tables', async (t) => {
  const files = [rowsFile('nic', rowsAt(qualities)), rowsFile('mozjpeg', rowsAt(qualities))];
  const content = { report: aggregate(files), files, pictures: [] };
  const csv = String(await formatReport(content, 'csv'));
  t.is(csv.trim().split('\n').length, 1 + 20);
  t.regex(csv, /^dataset,codec,picture,quality,sizeBytes,bpp,/);
  const json = JSON.parse(String(await formatReport(content, 'json')));
  t.is(json.comparisons.length, 4);
  t.is(json.comparisons[0].bdRates[0].overall.percent, 0);
  const markdown = String(await formatReport(content, 'md'));
  t.true(markdown.includes('| **The nic** | 0.0 % |'));
});

test('what was measured with is named in all its versions', (t) => {
  const files = ['nic', 'nic-effort-2'].map((id, index) => {
    const { codec, ...file } = rowsFile(id, rowsAt([10, 50]));
    return { ...file, codec: { ...codec, versions: { sharp: '0.35.5', model: `base ${index}` } } };
  });
  t.regex(provenanceLine(aggregate(files)), / with sharp 0\.35\.5, model base 0 and base 1\. /);
});

test('the figure is an SVG with a line for each codec, and a PNG', async (t) => {
  const files = [rowsFile('nic', rowsAt(qualities)), rowsFile('mozjpeg', rowsAt(qualities))];
  const content = { report: aggregate(files), files, pictures: [] };
  const svg = String(await formatReport(content, 'svg'));
  for (const label of ['The nic', 'The mozjpeg', '120:1']) t.true(svg.includes(`>${label}</text>`));
  t.false(/NaN|undefined|Infinity/.test(svg));
  const png = await formatReport(content, 'png');
  t.deepEqual([...(png as Uint8Array).subarray(0, 4)], [0x89, 0x50, 0x4e, 0x47]);
});
