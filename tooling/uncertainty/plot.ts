// The deciles of several qualities as an SVG: on the diagonal, an error is as large as it was said to be.
import type { Decile } from './calibration.ts';

export interface Series {
  readonly label: string;
  readonly deciles: readonly Decile[];
}

const [width, height] = [560, 480];
const margin = { left: 58, right: 130, top: 44, bottom: 52 };
const colors = ['#1b4f9c', '#2a9d5c', '#e0902a', '#b3372f'];
const ticks = [0.25, 0.5, 1, 2, 4, 8, 16, 32, 64];

export function plotDeciles(title: string, series: readonly Series[]): string {
  const values = series.flatMap(({ deciles }) =>
    deciles.flatMap(({ predicted, real }) => [predicted, real]),
  );
  const from = 2 ** Math.floor(Math.log2(Math.max(Math.min(...values), ticks[0])));
  const to = 2 ** Math.ceil(Math.log2(Math.max(...values)));
  const [right, bottom] = [width - margin.right, height - margin.bottom];
  const along = (value: number) => Math.log(Math.max(value, from) / from) / Math.log(to / from);
  const x = (value: number) => (margin.left + (right - margin.left) * along(value)).toFixed(1);
  const y = (value: number) => (bottom - (bottom - margin.top) * along(value)).toFixed(1);
  const parts = ticks
    .filter((tick) => tick >= from && tick <= to)
    .map(
      (tick) =>
        `<path class="grid" d="M${x(tick)} ${margin.top}V${bottom}M${margin.left} ${y(tick)}H${right}"/>` +
        `<text x="${x(tick)}" y="${bottom + 18}" text-anchor="middle">${tick}</text>` +
        `<text x="${margin.left - 8}" y="${Number(y(tick)) + 4}" text-anchor="end">${tick}</text>`,
    );
  parts.push(`<path class="ideal" d="M${x(from)} ${y(from)}L${x(to)} ${y(to)}"/>`);
  series.forEach(({ label, deciles }, index) => {
    const color = colors[index % colors.length];
    const points = deciles.map(({ predicted, real }) => `${x(predicted)} ${y(real)}`);
    parts.push(`<path d="M${points.join('L')}" fill="none" stroke="${color}" stroke-width="2"/>`);
    for (const point of points) {
      const [left, top] = point.split(' ');
      parts.push(`<circle cx="${left}" cy="${top}" r="3.5" fill="${color}"/>`);
    }
    const row = margin.top + 12 + 22 * index;
    parts.push(
      `<path d="M${right + 14} ${row}h20" stroke="${color}" stroke-width="2"/>`,
      `<text x="${right + 40}" y="${row + 4}">${label}</text>`,
    );
  });
  const middle = { x: (margin.left + right) / 2, y: (margin.top + bottom) / 2 };
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}" font-family="system-ui, 'DejaVu Sans', sans-serif" font-size="12">` +
    '<style>text{fill:#333}.grid{stroke:#e6e6e6}.ideal{stroke:#888;stroke-dasharray:4 4}</style>' +
    `<rect width="${width}" height="${height}" fill="#fff"/>${parts.join('')}` +
    `<text x="${margin.left}" y="24" font-size="15" font-weight="700">${title}</text>` +
    `<text x="${middle.x}" y="${height - 12}" text-anchor="middle">predicted error, 8-bit levels</text>` +
    `<text transform="translate(16 ${middle.y}) rotate(-90)" text-anchor="middle">real error, 8-bit levels</text></svg>\n`
  );
}
