// The script of a training's page: draws its charts, again when the colors change.
import { axis, baseLayout } from '../../../reports/html/client/layout.ts';
import { cssVariable, element } from '../../../reports/html/client/page-data.ts';
import { draw, type PlotlyTrace } from '../../../reports/html/client/plotly.ts';
import type { RunCurves, Validation } from '../curves.ts';

const runColors = ['#1c7ed6', '#e8590c', '#2f9e44', '#ae3ec9', '#0c8599'];
const rates = [0.2, 0.5, 1];
const rateTicks = [0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3];
const runs = JSON.parse(element('report-data').textContent ?? '') as RunCurves[];

const colorOfRun = (index: number): string => runColors[index % runColors.length];

/** Hours that the runs before this one have taken. */
function hoursBefore(index: number): number {
  return runs.slice(0, index).reduce((sum, { hours }) => sum + hours, 0);
}

/** The mean of each value with its neighbors, a fifteenth of all on both sides. */
function smooth(values: readonly number[]): number[] {
  const reach = Math.ceil(values.length / 15);
  return values.map((_, i) => {
    const near = values.slice(Math.max(0, i - reach), i + reach + 1);
    return near.reduce((sum, value) => sum + value, 0) / near.length;
  });
}

function drawLoss(): void {
  const traces = runs.flatMap(({ name, losses }, index): PlotlyTrace[] => {
    const x = losses.map(({ hours }) => hoursBefore(index) + hours);
    const values = losses.map(({ loss }) => loss);
    const color = colorOfRun(index);
    const text = losses.map(
      ({ step, bpp, psnr }) =>
        `step ${step}${bpp === undefined ? '' : `, ${bpp.toFixed(3)} bpp`}${psnr === undefined ? '' : `, ${psnr.toFixed(2)} dB`}`,
    );
    const each = { type: 'scatter', mode: 'lines', x, legendgroup: name };
    return [
      {
        ...each,
        y: values,
        text,
        name,
        hovertemplate: '%{text}<br>loss %{y:.4f}<extra>%{fullData.name}</extra>',
        line: { color, width: 1 },
        opacity: 0.45,
        showlegend: false,
      },
      { ...each, y: smooth(values), name, hoverinfo: 'skip', line: { color, width: 3 } },
    ];
  });
  draw(element('loss'), traces, {
    ...baseLayout(),
    xaxis: axis('hours of training'),
    yaxis: axis('loss'),
  });
}

function drawProgress(): void {
  const all = runs.flatMap(({ validations }, index) =>
    validations.map((validation) => ({
      ...validation,
      hours: hoursBefore(index) + validation.hours,
    })),
  );
  const traces = rates.flatMap((rate, i): PlotlyTrace[] => {
    const points = all.flatMap(({ hours, step, psnrAtRates }) => {
      const psnr = psnrAtRates[i];
      return psnr === null ? [] : [{ hours, step, psnr }];
    });
    if (points.length === 0) return [];
    return [
      {
        type: 'scatter',
        mode: 'lines+markers',
        name: `${rate} bpp`,
        x: points.map(({ hours }) => hours),
        y: points.map(({ psnr }) => psnr - points[0].psnr),
        text: points.map(({ step, psnr }) => `step ${step}: ${psnr.toFixed(2)} dB`),
        hovertemplate: '%{text}<extra>%{fullData.name}</extra>',
        line: { color: colorOfRun(i), width: 3 },
        marker: { size: 7 },
      },
    ];
  });
  draw(element('progress'), traces, {
    ...baseLayout(),
    xaxis: axis('hours of training'),
    yaxis: axis('dB above the first validation'),
  });
}

function drawValidations(): void {
  const all = runs.flatMap(({ name, validations }, index) =>
    validations.map((validation) => ({ name, index, validation })),
  );
  const traces = all.map(({ name, index, validation }, i): PlotlyTrace => {
    const { rows, step } = validation satisfies Validation;
    const last = i === all.length - 1;
    return {
      type: 'scatter',
      mode: 'lines+markers',
      name: `${name}, step ${step}`,
      x: rows.map(({ bpp }) => bpp),
      y: rows.map(({ psnr }) => psnr),
      text: rows.map(({ quality }) => `quality ${quality}`),
      hovertemplate: '%{text}<br>%{x:.3f} bpp, %{y:.2f} dB<extra>%{fullData.name}</extra>',
      line: { color: last ? cssVariable('--accent') : colorOfRun(index), width: last ? 4 : 2 },
      opacity: last ? 1 : 0.2 + (0.6 * (i + 1)) / all.length,
      marker: { size: last ? 9 : 6 },
    };
  });
  draw(element('validation'), traces, {
    ...baseLayout(),
    xaxis: { ...axis('bits per pixel'), type: 'log', tickvals: rateTicks },
    yaxis: axis('PSNR (dB)'),
  });
}

function update(): void {
  drawLoss();
  if (document.getElementById('progress') === null) return;
  drawProgress();
  drawValidations();
}

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', update);
update();
document.documentElement.dataset.ready = 'true';
