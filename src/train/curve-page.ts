// The curves of a training as one self-contained HTML file.
import { pageDocument } from '../../reports/html/document.ts';
import { escapeHtml, fixed } from '../../reports/html/format.ts';
import { msSsimDecibels } from '../metrics/ms-ssim.ts';
import { followedRates, type RunCurves, type Validation } from './curves.ts';
import { duration } from './describe.ts';

/** The text of the HTML file; runs in the order in which they were trained. */
export async function curvePage(runs: readonly RunCurves[]): Promise<string> {
  const title = `Training: ${runs.map(({ name }) => name).join(', ')}`;
  return await pageDocument({
    title,
    content: `${header(title, runs)}\n${charts(runs)}\n${tables(runs)}`,
    data: runs,
    entry: new URL('./client/main.js', import.meta.url),
  });
}

function header(title: string, runs: readonly RunCurves[]): string {
  const seconds = runs.reduce((sum, { hours }) => sum + hours * 3600, 0);
  const stages = runs.map(
    ({ name, step, hours, end }) =>
      `${name}: ${step} steps in ${duration(hours * 3600)}${end === undefined ? '' : `, ${end}`}`,
  );
  return `<header>
<h1>${escapeHtml(title)}</h1>
<p class="lead">${escapeHtml(stages.join('; '))}; ${duration(seconds)} in all.</p>
${facts(runs)}
</header>`;
}

/** The last validation that has a value at each followed rate. */
function facts(runs: readonly RunCurves[]): string {
  const validations = runs.flatMap((run) => run.validations);
  const items = followedRates.flatMap((rate, i) => {
    const value = validations.findLast(({ psnrAtRates }) => psnrAtRates[i] !== null);
    if (value === undefined) return [];
    return `<li><b>${fixed(value.psnrAtRates[i] ?? undefined, 2)} dB</b><span>PSNR on the validation pictures at ${rate} bpp</span></li>`;
  });
  return items.length === 0 ? '' : `<ul class="facts">${items.join('')}</ul>`;
}

function charts(runs: readonly RunCurves[]): string {
  const chart = (id: string, heading: string, note: string) =>
    `<section>
<h2>${heading}</h2>
<p class="note">${note}</p>
<div class="panel"><div class="chart small" id="${id}"></div></div>
</section>`;
  const hasValidation = runs.some(({ validations }) => validations.length > 0);
  return [
    chart(
      'loss',
      'Loss',
      'Means between two lines of the log, at random qualities, so it is noisy; the bold line is a running mean. Lower is better, within one run.',
    ),
    ...(hasValidation
      ? [
          chart(
            'progress',
            'Validation over time',
            'PSNR of the averaged weights at fixed rates, above that of the first validation. Rates are ideal code lengths of the float model, without container.',
          ),
          chart(
            'validation',
            'Validation curves',
            'Each curve is one validation, from the first (pale) to the last (bold).',
          ),
        ]
      : []),
  ].join('\n');
}

function tables(runs: readonly RunCurves[]): string {
  return runs
    .flatMap(({ name, validations }) =>
      validations.map((validation) => table(name, validation)).reverse(),
    )
    .join('\n');
}

function table(name: string, { step, hours, rows }: Validation): string {
  const body = rows.map(
    ({ quality, bpp, psnr, ms_ssim: similarity }) =>
      `<tr><th>${quality}</th><td class="number">${fixed(bpp, 4)}</td><td class="number">${fixed(psnr, 3)}</td><td class="number">${fixed(similarity && msSsimDecibels(similarity), 3)}</td></tr>`,
  );
  return `<details><summary>${escapeHtml(name)}, step ${step}, ${duration(hours * 3600)}</summary>
<table><thead><tr><th>Quality</th><th>bpp</th><th>PSNR, dB</th><th>MS-SSIM, dB</th></tr></thead><tbody>${body.join('')}</tbody></table></details>`;
}
