// The charts of the page: rate-distortion curves, what a codec costs, and the spread over the pictures.
import type { Curve, Point, Report } from '../../aggregate.ts';
import { compareAll } from '../../compare.ts';
import { metricOf, rate120Bpp } from '../../metrics.ts';
import { axis, baseLayout } from './layout.ts';
import { cssVariable, type PageState } from './page-data.ts';
import { draw, type PlotlyTrace } from './plotly.ts';

const costTicks = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];
const rateTicks = [0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 4];

export function drawCurves(
  place: HTMLElement,
  report: Report,
  state: PageState,
  onPoint: (key: string, bpp: number) => void,
): void {
  const metric = metricOf(state.metric);
  const drawn = report.curves.map((curve, rank) => ({ curve, rank }));
  // The subject is drawn last, over the others.
  drawn.sort(
    (a, b) => Number(a.curve.key === report.subject) - Number(b.curve.key === report.subject),
  );
  const traces = drawn.flatMap(({ curve, rank }): PlotlyTrace[] => {
    if (curve.kind === 'published' && state.view !== 'mean') return [];
    const all = state.view === 'mean' ? curve.mean : (curve.pictures[state.view] ?? []);
    const points = all.filter((point) => point[metric.key] !== undefined);
    if (points.length === 0) return [];
    const published = curve.kind === 'published';
    const subject = curve.key === report.subject;
    return [
      {
        type: 'scatter',
        mode: published ? 'lines' : 'lines+markers',
        name: curve.label,
        legendrank: rank,
        x: points.map((point) => point.bpp),
        y: points.map((point) => point[metric.key]),
        text: points.map((point) => hoverText(curve, point)),
        customdata: points.map((point) => [curve.key, point.bpp]),
        hovertemplate: `<b>%{fullData.name}</b><br>%{text}<br>${metric.name} %{y:.${metric.digits}f} ${metric.unit}<extra></extra>`,
        line: {
          color: curve.color,
          width: subject ? 4 : 2,
          dash: published ? 'dash' : 'solid',
        },
        marker: { size: subject ? 9 : 7 },
      },
    ];
  });
  const rates = report.curves.flatMap(({ mean }) => mean.map(({ bpp }) => bpp));
  const lowest = Math.max(0.03, Math.min(...rates) * 0.9);
  const layout = {
    ...baseLayout(),
    xaxis: state.logarithmic
      ? {
          ...axis('bits per pixel of the whole file'),
          type: 'log',
          range: [Math.log10(lowest), Math.log10(3)],
          tickvals: rateTicks,
        }
      : { ...axis('bits per pixel of the whole file'), range: [0, 2] },
    yaxis: axis(metric.unit === '' ? metric.name : `${metric.name} (${metric.unit})`),
    shapes: [
      {
        type: 'line',
        x0: rate120Bpp,
        x1: rate120Bpp,
        y0: 0,
        y1: 1,
        yref: 'paper',
        line: { color: cssVariable('--muted'), width: 1, dash: 'dot' },
      },
    ],
    annotations: [
      {
        x: state.logarithmic ? Math.log10(rate120Bpp) : rate120Bpp,
        y: 1,
        yref: 'paper',
        yanchor: 'bottom',
        text: '120:1',
        showarrow: false,
        font: { color: cssVariable('--muted') },
      },
    ],
  };
  draw(place, traces, layout, ([key, bpp]) => onPoint(String(key), Number(bpp)));
}

function hoverText(curve: Curve, point: Point): string {
  const setting =
    point.quality === undefined ? '' : ` at ${curve.qualityName ?? 'quality'} ${point.quality}`;
  return `${point.bpp.toFixed(3)} bpp (${(24 / point.bpp).toFixed(0)}:1)${setting}`;
}

const costs = {
  encode: { title: 'Encoding speed, MP/s on one thread', of: encodeSpeed },
  decode: { title: 'Decoding speed, MP/s on one thread', of: decodeSpeed },
  kmac: { title: 'Decoder, kMAC/pixel', of: (curve: Curve) => curve.decoderKmacPerPixel },
};

function encodeSpeed(curve: Curve): number | undefined {
  return curve.speed?.encodeMegapixelsPerSecond;
}

function decodeSpeed(curve: Curve): number | undefined {
  return curve.speed?.decodeMegapixelsPerSecond;
}

/** BD-rate against the cost of coding a pixel. */
export function drawCosts(place: HTMLElement, report: Report, state: PageState): void {
  const cost = costs[state.cost];
  const traces = compareAll(report, state.anchor, state.metric).flatMap(
    ({ curve, overall }): PlotlyTrace[] => {
      const x = cost.of(curve);
      if (x === undefined || overall === undefined) return [];
      return [
        {
          type: 'scatter',
          mode: 'markers+text',
          name: curve.label,
          x: [x],
          y: [overall.percent],
          text: [curve.label],
          textposition: 'top center',
          cliponaxis: false,
          hovertemplate: `<b>%{fullData.name}</b><br>%{x:.3~g}<br>%{y:.1f} %<extra></extra>`,
          marker: {
            size: curve.key === report.subject ? 15 : 11,
            color: curve.color,
            symbol: curve.kind === 'published' ? 'circle-open' : 'circle',
            line: { width: curve.kind === 'published' ? 2 : 0 },
          },
          showlegend: false,
        },
      ];
    },
  );
  const layout = {
    ...baseLayout(),
    xaxis: { ...axis(cost.title), type: 'log', tickvals: costTicks },
    yaxis: { ...axis('BD-rate, %'), autorange: 'reversed' },
  };
  draw(place, traces, layout);
}

/** BD-rate of each single picture, one row a codec. */
export function drawSpread(
  place: HTMLElement,
  report: Report,
  state: PageState,
  onPicture: (name: string) => void,
): void {
  const traces = compareAll(report, state.anchor, state.metric)
    .filter(({ curve, spread }) => spread !== undefined && curve.key !== state.anchor)
    .reverse()
    .map(({ curve, spread }): PlotlyTrace => {
      const pictures = spread?.pictures ?? [];
      return {
        type: 'scatter',
        mode: 'markers',
        name: curve.label,
        x: pictures.map(({ percent }) => percent),
        y: pictures.map(() => curve.label),
        text: pictures.map(({ name }) => name),
        customdata: pictures.map(({ name }) => [name]),
        hovertemplate: '<b>%{text}</b><br>%{x:.1f} %<extra>%{fullData.name}</extra>',
        marker: {
          size: 11,
          opacity: 0.55,
          color: curve.color,
        },
        showlegend: false,
      };
    });
  const layout = {
    ...baseLayout(),
    xaxis: axis('BD-rate of a picture, %'),
    yaxis: { ...axis(''), automargin: true },
  };
  draw(place, traces, layout, ([name]) => onPicture(String(name)));
}
