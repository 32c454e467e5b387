// The report as one self-contained HTML file (see document.ts): its content.
import type { Report } from '../aggregate.ts';
import { compareAll, qualityAtRate120 } from '../compare.ts';
import { metricOf, metrics } from '../metrics.ts';
import type { ShownPicture, ShownVersion } from '../pictures.ts';
import { pageDocument } from './document.ts';
import { escapeHtml, fixed, percent, signed } from './format.ts';
import { svgCurve } from './svg-curve.ts';
import { bdRateTable, codecsTable, failuresList, pointsTable, rate120Table } from './tables.ts';

/** The text of the HTML file. `pictures` may be empty; the viewer is left out then. */
export async function reportPage(
  report: Report,
  pictures: readonly ShownPicture[],
): Promise<string> {
  const title = `Rate and distortion: ${report.dataset.name}`;
  const content = `${header(report, title)}
${curvesSection(report, pictures)}
${rate120Section(report, pictures)}
${bdRateSection(report)}
${costSection(report)}
${pointsSection(report)}
${footer(report)}`;
  const entry = new URL('./client/main.js', import.meta.url);
  return await pageDocument({ title, content, data: compact(report), entry });
}

/** The report with its numbers cut to the digits that a chart can show. */
function compact(report: Report): unknown {
  return JSON.parse(
    JSON.stringify(report, (key, value: unknown) =>
      typeof value === 'number' && key !== 'pixels' ? Number(value.toPrecision(7)) : value,
    ),
  );
}

function header(report: Report, title: string): string {
  const { dataset, curves } = report;
  const measured = curves.filter(({ kind }) => kind === 'measured').length;
  return `<header>
<h1>${escapeHtml(title)}</h1>
<p class="lead">${dataset.pictures.length} pictures, ${measured} codecs measured, ${escapeHtml(report.date)}. Rates are bits of the whole file a pixel; curves are means over the pictures at each setting.</p>
${facts(report)}
</header>`;
}

/** The numbers on top: the subject against the anchor and the strongest other codecs. */
function facts(report: Report): string {
  const subject = report.curves.find(({ key }) => key === report.subject);
  if (subject === undefined || report.anchor === report.subject) return '';
  const label = escapeHtml(subject.label);
  const items: string[] = [];
  for (const key of [report.anchor, 'webp', 'avif', 'published/vtm']) {
    const anchor = report.curves.find((curve) => curve.key === key);
    const rate = compareAll(report, key, 'psnrRgb').find(({ curve }) => curve === subject)?.overall;
    if (anchor === undefined || rate === undefined) continue;
    items.push(
      `<li><b>${percent(rate.percent)}</b><span>bits of ${label} against ${escapeHtml(anchor.label)} at equal PSNR</span></li>`,
    );
  }
  const value = qualityAtRate120(subject, 'psnrRgb');
  const anchor = report.curves.find(({ key }) => key === report.anchor);
  const base = anchor && qualityAtRate120(anchor, 'psnrRgb');
  if (anchor !== undefined && value !== undefined && base !== undefined) {
    items.push(
      `<li><b>${fixed(value, 2)} dB</b><span>PSNR at 120:1, ${signed(value - base, 2)} dB on ${escapeHtml(anchor.label)}</span></li>`,
    );
  }
  return items.length === 0 ? '' : `<ul class="facts">${items.join('')}</ul>`;
}

function options(values: readonly (readonly [string, string])[], selected: string): string {
  return values
    .map(
      ([value, label]) =>
        `<option value="${escapeHtml(value)}"${value === selected ? ' selected' : ''}>${escapeHtml(label)}</option>`,
    )
    .join('');
}

function buttons(
  id: string,
  label: string,
  values: readonly (readonly [string, string])[],
): string {
  const items = values.map(
    ([value, text], i) =>
      `<button type="button" value="${value}" aria-pressed="${i === 0}">${text}</button>`,
  );
  return `<div class="choice" id="${id}" role="group" aria-label="${label}">${items.join('')}</div>`;
}

function curvesSection(report: Report, shown: readonly ShownPicture[]): string {
  const keys = report.curves.filter(({ kind }) => kind === 'measured').map(({ key }) => key);
  const curves = [...keys, 'published/vtm', 'published/bmshj2018-hyperprior-mse'];
  const svg = svgCurve(report, {
    metric: metrics[0],
    curves,
    title: `${report.dataset.name}: PSNR RGB`,
    theme: 'page',
  });
  const pictures = report.dataset.pictures.map((name) => [name, name] as const);
  const hasPublished = report.curves.some(({ kind }) => kind === 'published');
  return `<section>
<h2>Curves</h2>
<p class="note">Up and to the left is better. Dashed curves are figures that others published.${shown.length > 0 ? ' Click a point to see the codec in the viewer.' : ''}</p>
<div class="controls" hidden>
${buttons(
  'metric',
  'Metric',
  metrics.map(({ key, name }) => [key, name]),
)}
<label>Show <select id="view">${options([['mean', 'Mean of all pictures'], ...pictures], 'mean')}</select></label>
<label${hasPublished ? '' : ' hidden'}>Published <select id="published">${options(
    [
      ['few', 'a few'],
      ['all', 'all'],
      ['none', 'none'],
    ],
    'few',
  )}</select></label>
<label>Rate axis <select id="scale">${options(
    [
      ['logarithmic', 'logarithmic'],
      ['linear', 'linear'],
    ],
    'logarithmic',
  )}</select></label>
</div>
<div class="panel"><div class="chart" id="curves">${svg}</div></div>
</section>`;
}

function rate120Section(report: Report, pictures: readonly ShownPicture[]): string {
  return `<section>
<h2>Rate 120</h2>
<p class="note">120 times smaller than 24 bits a pixel: 0.2 bits a pixel. A value between two settings is interpolated (PCHIP over the logarithm of the rate).</p>
<div id="rate-120">${rate120Table(report, report.anchor)}</div>
${viewerPart(pictures)}
</section>`;
}

function viewerPart(pictures: readonly ShownPicture[]): string {
  if (pictures.length === 0) return '<div id="gallery" hidden></div>';
  const figures = pictures.flatMap((picture) =>
    picture.versions.map((version) => figure(picture, version)),
  );
  return `<h3>Side by side</h3>
<p class="note">Each codec at its best quality that is not larger than the rate. Drag the divider; double-click or use the buttons to zoom.</p>
<div id="viewer" class="viewer" hidden>
<div class="controls">
<label>Picture <select id="viewer-picture"></select></label>
<label>Left <select id="viewer-left"></select></label>
<label>Right <select id="viewer-right"></select></label>
<label>Rate <select id="viewer-rate"></select></label>
<label>Zoom <button type="button" id="zoom-out" aria-label="Zoom out">−</button><output id="zoom-value">100 %</output><button type="button" id="zoom-in" aria-label="Zoom in">+</button></label>
</div>
<div class="stage" id="stage"><img id="image-left" alt=""><img id="image-right" alt=""><span class="tag left" id="tag-left"></span><span class="tag right" id="tag-right"></span><button type="button" class="handle" id="handle" role="slider" aria-label="Divider" aria-valuemin="0" aria-valuemax="100" aria-valuenow="50"></button></div>
</div>
<div id="gallery" class="gallery">${figures.join('')}</div>`;
}

function figure(picture: ShownPicture, version: ShownVersion): string {
  const { key, label, rate, row, source } = version;
  const caption =
    row === undefined
      ? 'lossless'
      : `${row.sizeBytes} bytes, ${fixed(row.bpp, 3)} bpp, PSNR ${fixed(row.psnrRgb, 2)} dB, SSIMULACRA2 ${fixed(row.ssimulacra2, 1)}`;
  const data = { picture: picture.name, key, label, rate: rate?.toString() ?? '', caption };
  const attributes = Object.entries(data).map(
    ([name, value]) => `data-${name}="${escapeHtml(value)}"`,
  );
  return `<figure ${attributes.join(' ')}><img src="${source}" width="${picture.width}" height="${picture.height}" alt="${escapeHtml(`${picture.name}, ${label}`)}" loading="lazy"><figcaption>${escapeHtml(`${picture.name}, ${label}: ${caption}`)}</figcaption></figure>`;
}

function bdRateSection(report: Report): string {
  const anchors = report.curves.map(({ key, label }) => [key, label] as const);
  const tables = metrics.map((metric) => bdRateTable(report, report.anchor, metric));
  return `<section>
<h2>BD-rate</h2>
<p class="note">The mean difference of the rate at equal quality, over the qualities that both curves cover (PCHIP on the logarithm of the rate). Bands are rates of the anchor.</p>
<div class="controls" hidden><label>Against <select id="anchor">${options(anchors, report.anchor)}</select></label></div>
<div id="bd-rates">${tables.join('')}</div>
<h3>Picture by picture</h3>
<div class="panel"><div class="chart small" id="spread"></div></div>
</section>`;
}

function costSection(report: Report): string {
  const machines = new Set(report.curves.flatMap(({ machine }) => machine ?? []));
  return `<section>
<h2>Speed and complexity</h2>
<p class="note">CPU times over all threads, as one thread would take, on ${escapeHtml([...machines].join('; '))}. JPEG XL's hold the start of its programs.</p>
<div class="controls" hidden>${buttons('cost', 'Cost', [
    ['encode', 'Encoding'],
    ['decode', 'Decoding'],
    ['kmac', 'kMAC/pixel'],
  ])}</div>
<div class="panel"><div class="chart small" id="costs"></div></div>
${codecsTable(report)}
${failuresList(report)}
</section>`;
}

function pointsSection(report: Report): string {
  const tables = report.curves.map(
    (curve) =>
      `<details><summary>${escapeHtml(curve.label)}</summary>${pointsTable(curve)}</details>`,
  );
  return `<section><h2>All points</h2>${tables.join('')}</section>`;
}

function footer(report: Report): string {
  const { dataset, commits, date } = report;
  const parts = [
    `Data set ${dataset.name}, ${dataset.pictures.length} pictures, ${fixed(dataset.pixels / 1e6, 1)} megapixels, SHA-256 ${dataset.sha256}`,
    ...commits.map((commit) => `commit ${commit}`),
    date,
  ];
  return `<footer>${escapeHtml(parts.join(' · '))}<br>MS-SSIM is shown as −10 log₁₀(1 − MS-SSIM) of the mean. Default metric of this page: ${metricOf('psnrRgb').name}, on 8-bit samples.</footer>`;
}
