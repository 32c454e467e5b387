// Line art: a guilloche rosette as on a banknote, engraved hills in lines that swell, a bird and a border.
import type { Picture } from '../../codec/index.ts';
import { fractalNoise } from '../demo/noise.ts';
import { Canvas, type Color, mix, type Point, rgb } from './canvas.ts';
import { cosine, sine, spline, star } from './curves.ts';
import { drawText } from './text.ts';

const paper = rgb(0xf7f3e6);
const teal = rgb(0x0d4a52);
const rust = rgb(0x9a3b1c);
const violet = rgb(0x4a2c6b);

export function drawLineArt(): Picture {
  const canvas = new Canvas(768, 512, (x, y) =>
    mix(paper, rgb(0xe4ecdf), fractalNoise(x / 260, y / 260, 2, 8)),
  );
  drawWaves(canvas);
  drawHills(canvas);
  rosette(canvas, [206, 214], 168, 13, 24, teal);
  rosette(canvas, [206, 214], 96, 8, 16, violet);
  rosette(canvas, [206, 214], 46, 5, 9, rust);
  drawSun(canvas, [566, 150], 74);
  drawBird(canvas, 470, 92, 1);
  drawBird(canvas, 664, 66, 0.7);
  drawBird(canvas, 640, 226, 0.55);
  drawBorder(canvas);
  drawText(canvas, 'FIFTY', 206, 222, { size: 22, paint: paper, weight: 8, align: 'middle' });
  drawText(canvas, 'FIFTY', 206, 222, { size: 22, paint: teal, weight: 2.4, align: 'middle' });
  drawText(canvas, 'No. 0048-217-93', 690, 470, {
    size: 9,
    paint: rust,
    weight: 1.3,
    align: 'right',
    monospace: true,
  });
  return canvas.picture();
}

/** Curves between two circles whose waves are shifted a little from one to the next. */
function rosette(
  canvas: Canvas,
  [x, y]: Point,
  radius: number,
  waves: number,
  count: number,
  color: Color,
): void {
  for (let curve = 0; curve < count; curve++) {
    const shift = curve / count;
    const points: Point[] = [];
    for (let i = 0; i <= 720; i++) {
      const turn = i / 720;
      const swing = 0.72 + 0.2 * sine(waves * turn + shift) + 0.08 * sine(3 * waves * turn - shift);
      points.push([x + radius * swing * cosine(turn), y + radius * swing * sine(turn)]);
    }
    canvas.line(points, 0.75, color, { alpha: 0.85 });
  }
}

/** Fine lines over the whole sheet, closer and wider apart. */
function drawWaves(canvas: Canvas): void {
  for (let line = 0; line < 84; line++) {
    const points: Point[] = [];
    for (let x = 24; x <= 744; x += 3) {
      const bend = 9 * sine(x / 190 + line / 42) + 4 * sine(x / 61 - line / 17);
      const y = 26 + line * 5.5 + bend;
      if (y > 24 && y < 488) points.push([x, y]);
    }
    if (points.length > 1) canvas.line(points, 0.55, rgb(0x7fa79b), { alpha: 0.55 });
  }
}

/** Hills drawn by strokes along the slope, thicker where they lie in the shade. */
function drawHills(canvas: Canvas): void {
  for (let hill = 0; hill < 3; hill++) {
    const ridge = (x: number) =>
      330 +
      hill * 46 -
      120 * (fractalNoise(x / 170, hill * 7.3, 4, 60 + hill) - 0.35) -
      (x > 380 ? 0 : (380 - x) * -0.22);
    const edge: Point[] = [];
    for (let x = 24; x <= 744; x += 2) edge.push([x, Math.min(486, ridge(x))]);
    const area: Point[] = [...edge, [744, 487], [24, 487]];
    canvas.polygon([area], mix(paper, rgb(0xcfdccb), hill / 3));
    canvas.line(edge, 1.6, teal);
    for (let x = 26; x < 742; x += 4.5 - hill * 0.6) {
      const slope = ridge(x + 4) - ridge(x - 4);
      const reach = 26 + 44 * fractalNoise(x / 30, hill, 2, 91);
      const shade = Math.min(2.1, Math.max(0.45, 0.95 + slope * 0.16));
      const y = ridge(x);
      const stroke: Point[] = [];
      for (let step = 0; step <= 8; step++) {
        const down = y + 2 + (reach * step) / 8;
        if (down < 487) stroke.push([x + (slope * step) / 3 + 1.5 * sine(step / 9 + x / 40), down]);
      }
      if (stroke.length > 1) canvas.line(stroke, shade, teal, { alpha: 0.9 });
    }
  }
}

function drawSun(canvas: Canvas, [x, y]: Point, radius: number): void {
  for (let ray = 0; ray < 90; ray++) {
    const turn = ray / 90;
    const inner = radius + 8;
    const outer = radius + (ray % 3 === 0 ? 52 : ray % 3 === 1 ? 30 : 18);
    canvas.line(
      [
        [x + inner * cosine(turn), y + inner * sine(turn)],
        [x + outer * cosine(turn), y + outer * sine(turn)],
      ],
      ray % 3 === 0 ? 1.5 : 0.9,
      rust,
    );
  }
  canvas.disc(x, y, radius, paper);
  for (let line = -radius + 3; line < radius; line += 3.2) {
    const half = Math.sqrt(radius * radius - line * line);
    const bulge = (px: number) => y + line + 5 * sine((px - x) / 160 + line / 120);
    const points: Point[] = [];
    for (let px = x - half; px <= x + half; px += 3) points.push([px, bulge(px)]);
    if (points.length > 1) canvas.line(points, 0.6 + ((line + radius) / radius) * 0.75, rust);
  }
  canvas.line(
    Array.from(
      { length: 97 },
      (_, i): Point => [x + radius * cosine(i / 96), y + radius * sine(i / 96)],
    ),
    2,
    rust,
  );
}

function drawBird(canvas: Canvas, x: number, y: number, scale: number): void {
  const place = (points: readonly Point[]): Point[] =>
    points.map(([px, py]) => [x + px * scale, y + py * scale]);
  const upper = spline(
    place([
      [-60, -20],
      [-34, -34],
      [-10, -4],
      [0, 4],
      [10, -4],
      [34, -38],
      [64, -26],
    ]),
    false,
    10,
  );
  const lower = spline(
    place([
      [64, -26],
      [30, -22],
      [12, 12],
      [0, 20],
      [-12, 12],
      [-30, -18],
      [-60, -20],
    ]),
    false,
    10,
  );
  canvas.polygon([[...upper, ...lower]], rgb(0x1d2b2e));
  for (let feather = 0; feather < 7; feather++) {
    const side = 16 + feather * 6.5;
    for (const sign of [-1, 1]) {
      canvas.line(
        place([
          [sign * side, -14 - feather * 1.4],
          [sign * (side + 6), -4 - feather * 2.4],
        ]),
        1.1 * scale,
        rgb(0x1d2b2e),
      );
    }
  }
}

function drawBorder(canvas: Canvas): void {
  canvas.frame(10, 10, 748, 492, 3, teal);
  canvas.frame(16, 16, 736, 480, 1, teal);
  for (let strand = 0; strand < 3; strand++) {
    for (const [from, to, isRow] of [
      [[24, 24], 720, true],
      [[24, 488], 720, true],
      [[24, 24], 464, false],
      [[744, 24], 464, false],
    ] as const) {
      const points: Point[] = [];
      for (let along = 0; along <= to; along += 2) {
        const swing = 5 * sine(along / 24 + strand / 3);
        points.push(
          isRow ? [from[0] + along, from[1] + swing] : [from[0] + swing, from[1] + along],
        );
      }
      canvas.line(points, 1, strand === 1 ? rust : teal);
    }
  }
  for (const x of [30, 738]) {
    for (const y of [30, 482]) {
      canvas.disc(x, y, 20, paper);
      canvas.disc(x, y, 18, teal);
      canvas.polygon([star([x, y], 8, 15, 6)], paper);
      canvas.disc(x, y, 3, rust);
    }
  }
}
