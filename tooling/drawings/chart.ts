// A figure of a report: bars and lines over a grid, an area with a band around it, a ring, a legend.
import type { Picture } from '../../codec/index.ts';
import { fractalNoise } from '../demo/noise.ts';
import { Canvas, gradient, mix, type Point, rgb } from './canvas.ts';
import { arc } from './curves.ts';
import { drawText, type TextStyle } from './text.ts';

const ink = rgb(0x2a2f36);
const white = rgb(0xffffff);
const colors = [0x3366cc, 0xdc3912, 0xff9900, 0x109618, 0x990099].map(rgb);
const label: TextStyle = { size: 6.6, paint: ink, weight: 1 };

export function drawChart(): Picture {
  const canvas = new Canvas(768, 512, white);
  drawText(canvas, 'Passengers and delays, 2012–2023', 24, 34, { ...label, size: 12, weight: 1.9 });
  drawText(
    canvas,
    'Millions of passengers by line; minutes of delay on average (right axis)',
    24,
    54,
    { ...label, paint: rgb(0x6b7280) },
  );
  drawBars(canvas, 60, 84, 470, 218);
  drawForecast(canvas, 60, 350, 470, 120);
  drawRing(canvas, 648, 180, 82);
  drawScatter(canvas, 578, 330, 166, 140);
  return canvas.picture();
}

function grid(
  canvas: Canvas,
  left: number,
  top: number,
  width: number,
  height: number,
  lines: number,
): void {
  for (let i = 0; i <= lines; i++) {
    const y = Math.round(top + (height * i) / lines) + 0.5;
    canvas.line(
      [
        [left, y],
        [left + width, y],
      ],
      1,
      i === lines ? rgb(0x4b5563) : rgb(0xe0e3e8),
    );
  }
}

function drawBars(canvas: Canvas, left: number, top: number, width: number, height: number): void {
  grid(canvas, left, top, width, height, 5);
  for (let i = 0; i <= 5; i++) {
    const y = top + height - (height * i) / 5 + 3;
    drawText(canvas, String(i * 20), left - 8, y, { ...label, align: 'right' });
    drawText(canvas, `${i * 2} min`, left + width + 8, y, { ...label, paint: colors[4] });
  }
  const delays: Point[] = [];
  for (let year = 0; year < 12; year++) {
    const slot = left + ((year + 0.5) * width) / 12;
    for (let line = 0; line < 3; line++) {
      const value =
        0.25 +
        0.12 * line +
        0.04 * year +
        0.35 * (fractalNoise(year * 0.7, line * 3.1, 2, 5) - 0.5);
      const barHeight = height * 0.9 * (year === 8 ? value * 0.45 : value);
      const x = slot - 16 + line * 10.5;
      const y = top + height - barHeight;
      canvas.rectangle(
        x,
        y,
        9.5,
        barHeight,
        gradient([x, 0], [x + 9.5, 0], mix(colors[line], white, 0.3), colors[line]),
      );
    }
    const delay = 0.3 + 0.5 * fractalNoise(year * 0.45 + 3, 1, 2, 9) - (year === 8 ? 0.2 : 0);
    delays.push([slot, top + height * (1 - delay)]);
    drawText(canvas, String(2012 + year), slot, top + height + 16, { ...label, align: 'middle' });
  }
  canvas.line(delays, 4.5, white, { alpha: 0.8 });
  canvas.line(delays, 2, colors[4]);
  for (const [x, y] of delays) {
    canvas.disc(x, y, 4.4, colors[4]);
    canvas.disc(x, y, 2.6, white);
  }
  const names = ['Coast line', 'Valley line', 'Night trains', 'Delay'];
  for (const [i, name] of names.entries()) {
    const x = left + 14 + i * 92;
    if (i < 3) canvas.rectangle(x, top - 17, 10, 10, colors[i], { radius: 2 });
    else
      canvas.line(
        [
          [x - 4, top - 12],
          [x + 11, top - 12],
        ],
        2,
        colors[4],
      );
    drawText(canvas, name, x + 15, top - 9, label);
  }
}

function drawForecast(
  canvas: Canvas,
  left: number,
  top: number,
  width: number,
  height: number,
): void {
  grid(canvas, left, top, width, height, 4);
  const points: Point[] = [];
  const upper: Point[] = [];
  const lower: Point[] = [];
  for (let i = 0; i <= 235; i++) {
    const x = left + i * 2;
    const value = 0.2 + 0.5 * fractalNoise(i / 26, 4, 5, 31) + i / 1100;
    const y = top + height * (1 - value);
    points.push([x, y]);
    const spread = i < 160 ? 3 : 3 + (i - 160) * 0.33;
    upper.push([x, y - spread]);
    lower.unshift([x, y + spread]);
  }
  const base: Point[] = [
    [left + width, top + height],
    [left, top + height],
  ];
  const fade = gradient([0, top], [0, top + height], mix(colors[0], white, 0.35), white);
  canvas.polygon([[...points, ...base]], fade, 0.7);
  canvas.polygon([[...upper, ...lower]], colors[0], 0.22);
  canvas.line(points.slice(0, 161), 1.5, colors[0]);
  canvas.line(points.slice(160), 1.5, colors[1], { dash: [5, 4] });
  const now = left + 320.5;
  canvas.line(
    [
      [now, top - 8],
      [now, top + height],
    ],
    1,
    ink,
    { dash: [2, 3] },
  );
  drawText(canvas, 'forecast →', now + 6, top - 2, { ...label, italic: true });
  drawText(canvas, 'Tickets an hour, last week', left, top - 12, {
    ...label,
    size: 7.4,
    weight: 1.4,
  });
  for (const [i, day] of ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'].entries()) {
    drawText(canvas, day, left + ((i + 0.5) * width) / 7, top + height + 15, {
      ...label,
      align: 'middle',
    });
  }
  for (let i = 0; i <= 4; i++)
    drawText(canvas, `${i * 250}`, left - 8, top + height - i * 30 + 3, {
      ...label,
      align: 'right',
    });
}

function drawRing(canvas: Canvas, x: number, y: number, radius: number): void {
  const shares = [0.34, 0.27, 0.18, 0.13, 0.08];
  let start = -0.25;
  for (const [i, share] of shares.entries()) {
    const end = start + share;
    const outer = arc([x, y], radius, radius, start, end, 40);
    const inner = arc([x, y], radius * 0.56, radius * 0.56, end, start, 40);
    canvas.polygon([[...outer, ...inner]], glowing(x, y, radius, i));
    canvas.line([outer[0], inner[40]], 2, white);
    const [labelX, labelY] = arc([x, y], radius * 0.78, radius * 0.78, (start + end) / 2, 1, 1)[0];
    drawText(canvas, `${Math.round(share * 100)} %`, labelX, labelY + 3, {
      ...label,
      align: 'middle',
      paint: white,
      weight: 1.2,
    });
    start = end;
  }
  drawText(canvas, '84.6', x, y + 4, { ...label, size: 14, weight: 2, align: 'middle' });
  drawText(canvas, 'million', x, y + 19, { ...label, align: 'middle' });
  drawText(canvas, 'By kind of ticket', x, y - radius - 14, {
    ...label,
    size: 7.4,
    weight: 1.4,
    align: 'middle',
  });
}

function glowing(x: number, y: number, radius: number, index: number) {
  return gradient(
    [x - radius, y - radius],
    [x + radius, y + radius],
    mix(colors[index], white, 0.25),
    mix(colors[index], ink, 0.15),
  );
}

function drawScatter(
  canvas: Canvas,
  left: number,
  top: number,
  width: number,
  height: number,
): void {
  canvas.rectangle(left, top, width, height, rgb(0xf7f8fa));
  canvas.frame(left, top, width, height, 1, rgb(0xb6bdc7));
  for (let i = 0; i < 130; i++) {
    const u = fractalNoise(i * 1.7, 2, 3, 77);
    const v = clampToUnit(0.15 + 0.8 * u + 0.9 * (fractalNoise(i * 2.3, 8, 2, 78) - 0.5) * 0.6);
    const x = left + 8 + ((u - 0.1) / 0.8) * (width - 16);
    const y = top + height - 8 - v * (height - 16);
    canvas.disc(x, y, 2.2 + (3 * ((i * 37) % 11)) / 11, colors[i % 4], 0.45);
  }
  canvas.line(
    [
      [left + 10, top + height - 28],
      [left + width - 10, top + 18],
    ],
    1.2,
    ink,
    { dash: [6, 3] },
  );
  drawText(canvas, 'r = 0.71', left + 10, top + 16, { ...label, italic: true });
  drawText(canvas, 'distance, km', left + width / 2, top + height + 15, {
    ...label,
    align: 'middle',
  });
  drawText(canvas, 'price', left - 7, top + height / 2 + 12, { ...label, upwards: true });
  drawText(canvas, 'Price by distance', left + width / 2, top - 8, {
    ...label,
    size: 7.4,
    weight: 1.4,
    align: 'middle',
  });
}

function clampToUnit(value: number): number {
  return Math.min(1, Math.max(0, value));
}
