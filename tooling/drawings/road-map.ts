// A street map: parks, a river, blocks with houses, roads of three ranks with names, a railway, contour lines.
import type { Picture } from '../../codec/index.ts';
import { fractalNoise, hash } from '../demo/noise.ts';
import { Canvas, type Color, distance, mix, type Point, rgb } from './canvas.ts';
import { arc, spline, star } from './curves.ts';
import { drawText, type TextStyle } from './text.ts';

const land = rgb(0xf2efe9);
const water = rgb(0xaad3df);
const park = rgb(0xc8e6b8);
const ink = rgb(0x3f3f46);
const label: TextStyle = { size: 5.8, paint: ink, weight: 0.95, align: 'middle' };
const seed = 404;

const river: readonly Point[] = [
  [-20, 392],
  [120, 352],
  [236, 430],
  [352, 380],
  [436, 300],
  [556, 318],
  [640, 250],
  [800, 222],
];
const motorway: readonly Point[] = [
  [-20, 96],
  [150, 84],
  [300, 150],
  [470, 128],
  [620, 60],
  [800, 40],
];
const railway: readonly Point[] = [
  [60, 530],
  [150, 440],
  [210, 260],
  [330, 200],
  [520, 214],
  [680, 330],
  [790, 372],
];

export function drawRoadMap(): Picture {
  const canvas = new Canvas(768, 512, land);
  drawContours(canvas);
  drawParks(canvas);
  drawHouses(canvas);
  canvas.line(riverBed, 40, mix(water, rgb(0x4d8ea8), 0.35));
  canvas.line(riverBed, 38, water);
  drawStreets(canvas);
  const track = spline(railway, false, 16);
  canvas.line(track, 4, rgb(0x6b6b6b));
  canvas.line(track, 2.6, rgb(0xffffff), { dash: [8, 8] });
  road(
    canvas,
    [
      [-10, 300],
      [130, 250],
      [330, 268],
      [470, 232],
      [780, 420],
    ],
    8,
    rgb(0xfcd6a4),
    rgb(0xc99a4f),
  );
  road(
    canvas,
    [
      [250, -10],
      [262, 120],
      [300, 270],
      [280, 380],
      [330, 530],
    ],
    8,
    rgb(0xfcd6a4),
    rgb(0xc99a4f),
  );
  road(
    canvas,
    [
      [560, -10],
      [548, 120],
      [580, 300],
      [560, 420],
      [600, 530],
    ],
    8,
    rgb(0xfcd6a4),
    rgb(0xc99a4f),
  );
  road(canvas, motorway, 12, rgb(0xe892a2), rgb(0xb8445c));
  canvas.line(spline(motorway, false, 16), 0.9, rgb(0xffffff));
  drawPlaces(canvas);
  drawLegend(canvas);
  return canvas.picture();
}

function road(
  canvas: Canvas,
  controls: readonly Point[],
  width: number,
  fill: Color,
  edge: Color,
): void {
  const line = spline(controls, false, 16);
  canvas.line(line, width + 2, edge);
  canvas.line(line, width, fill);
}

const parks: readonly (readonly Point[])[] = [
  [
    [330, 20],
    [470, 14],
    [500, 70],
    [420, 104],
    [330, 90],
  ],
  [
    [610, 360],
    [720, 356],
    [740, 470],
    [650, 486],
    [600, 440],
  ],
  [
    [20, 420],
    [110, 400],
    [120, 480],
    [40, 500],
  ],
];

/** Hills in the north-east as lines of equal height, cell by cell (marching squares). */
function drawContours(canvas: Canvas): void {
  const cell = 6;
  const height = (x: number, y: number) => fractalNoise(x / 150, y / 150, 3, seed) + (x - y) / 1600;
  for (let level = 0; level < 12; level++) {
    const at = 0.46 + level * 0.045;
    const segments: Point[][] = [];
    for (let y = 0; y < 512; y += cell) {
      for (let x = 0; x < 768; x += cell) {
        const corners: readonly Point[] = [
          [x, y],
          [x + cell, y],
          [x + cell, y + cell],
          [x, y + cell],
        ];
        const cut: Point[] = [];
        for (const [i, a] of corners.entries()) {
          const b = corners[(i + 1) % 4];
          const [heightA, heightB] = [height(...a) - at, height(...b) - at];
          if (heightA < 0 === heightB < 0) continue;
          const share = heightA / (heightA - heightB);
          cut.push([a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share]);
        }
        if (cut.length === 2) segments.push(cut);
      }
    }
    if (segments.length > 0)
      canvas.stroke(segments, level % 4 ? 0.7 : 1.3, rgb(0xc8a27a), { alpha: 0.6 });
  }
}

function drawParks(canvas: Canvas): void {
  for (const [i, outline] of parks.entries()) {
    const edge = spline(outline, true, 12);
    canvas.polygon([edge], park);
    canvas.line(edge, 1, rgb(0x8fbf7a));
    const [x, y] = outline[0];
    for (let tree = 0; tree < 60; tree++) {
      const px = x + hash(tree, i, seed) * 110;
      const py = y + 12 + hash(tree, i + 9, seed) * 66;
      if (!inside(edge, px, py)) continue;
      canvas.disc(px + 1, py + 1, 3, rgb(0x7aa866));
      canvas.disc(px, py, 2.6, rgb(0x9ccc84));
    }
  }
  canvas.polygon(
    [
      spline(
        [
          [400, 40],
          [440, 34],
          [452, 62],
          [410, 70],
        ],
        true,
        12,
      ),
    ],
    water,
  );
  canvas.line(
    spline([
      [338, 78],
      [390, 30],
      [470, 84],
      [492, 40],
    ]),
    1.4,
    rgb(0xe9827a),
    { dash: [3, 3] },
  );
}

function inside(outline: readonly Point[], x: number, y: number): boolean {
  let odd = false;
  let [x0, y0] = outline[outline.length - 1];
  for (const [x1, y1] of outline) {
    if (y0 <= y !== y1 <= y && x < x0 + ((x1 - x0) * (y - y0)) / (y1 - y0)) odd = !odd;
    [x0, y0] = [x1, y1];
  }
  return odd;
}

/** A point of the town's grid of streets, which is bent. */
function crossing(column: number, row: number): Point {
  const [x, y] = [column * 46 - 20, row * 40 - 20];
  return [
    x + 34 * (fractalNoise(x / 260, y / 260, 2, seed + 1) - 0.5) + y * 0.1,
    y + 44 * (fractalNoise(x / 240, y / 240, 2, seed + 2) - 0.5) - x * 0.05 + 20,
  ];
}

function isTown(column: number, row: number): boolean {
  return (
    hash(column, row, seed + 3) > 0.16 &&
    !(column >= 7 && column <= 10 && row <= 2) &&
    !(column >= 13 && row >= 9)
  );
}

function drawHouses(canvas: Canvas): void {
  for (let row = 0; row < 15; row++) {
    for (let column = 0; column < 18; column++) {
      if (!isTown(column, row)) continue;
      const [a, b, c, d] = [
        crossing(column, row),
        crossing(column + 1, row),
        crossing(column + 1, row + 1),
        crossing(column, row + 1),
      ];
      const at = (u: number, v: number): Point => [
        (a[0] * (1 - u) + b[0] * u) * (1 - v) + (d[0] * (1 - u) + c[0] * u) * v,
        (a[1] * (1 - u) + b[1] * u) * (1 - v) + (d[1] * (1 - u) + c[1] * u) * v,
      ];
      for (let i = 0; i < 8; i++) {
        const random = hash(column * 8 + i, row, seed + 4);
        const u = 0.13 + (i % 4) * 0.2;
        const v = i < 4 ? 0.15 : 0.58;
        const [w, h] = [0.11 + random * 0.08, 0.14 + hash(i, column + row, seed) * 0.14];
        const house = [at(u, v), at(u + w, v), at(u + w, v + h), at(u, v + h)];
        if (random < 0.12 || isOpen(house[0])) continue;
        canvas.polygon([house], mix(rgb(0xd9cfc6), rgb(0xc4b3a4), random));
        canvas.line([...house, house[0]], 0.8, rgb(0xa8998a));
      }
    }
  }
}

const riverBed = spline(river, false, 16);

/** Whether a place is water or park. */
function isOpen([x, y]: Point): boolean {
  if (riverBed.some((place) => distance(place[0] - x, place[1] - y) < 27)) return true;
  return parks.some((outline) => inside(spline(outline, true, 12), x, y));
}

function drawStreets(canvas: Canvas): void {
  const streets: Point[][] = [];
  for (let row = 0; row < 16; row++) {
    for (let column = 0; column < 19; column++) {
      if (column < 18 && (isTown(column, row) || isTown(column, row - 1)))
        streets.push([crossing(column, row), crossing(column + 1, row)]);
      if (row < 15 && (isTown(column, row) || isTown(column - 1, row)))
        streets.push([crossing(column, row), crossing(column, row + 1)]);
    }
  }
  const built = streets.filter(([[x0, y0], [x1, y1]], index) => {
    const isBridge = index % 9 === 0;
    return isBridge || !isOpen([(x0 + x1) / 2, (y0 + y1) / 2]);
  });
  canvas.stroke(built, 6, rgb(0xc9c4bc));
  canvas.stroke(built, 4.6, rgb(0xffffff));
}

function named(canvas: Canvas, text: string, x: number, y: number, style: TextStyle = label): void {
  drawText(canvas, text, x, y, {
    ...style,
    paint: rgb(0xffffff),
    weight: (style.weight ?? 1) + 2.4,
  });
  drawText(canvas, text, x, y, style);
}

function drawPlaces(canvas: Canvas): void {
  const large = { ...label, size: 9.5, weight: 1.5 };
  named(canvas, 'Old Town', 400, 190, large);
  named(canvas, 'Millbank', 110, 206, large);
  named(canvas, 'Eastfield', 672, 146, large);
  named(canvas, 'Wharf Quarter', 450, 440, large);
  const wet = { ...label, size: 7.5, italic: true, paint: rgb(0x2f6f8f) };
  drawText(canvas, 'River Anner', 330, 402, wet);
  named(canvas, 'Castle Park', 380, 84, { ...label, paint: rgb(0x3c7a35) });
  named(canvas, 'Botanical Garden', 668, 424, { ...label, paint: rgb(0x3c7a35) });
  const streets = [
    ['Mill Lane', 62, 282],
    ['Ropewalk', 180, 300],
    ['King Street', 430, 250],
    ['Harbor Road', 690, 366],
    ['North Gate', 262, 40],
    ['Bell Street', 560, 470],
    ['Tanner Row', 150, 150],
    ['Glass Alley', 480, 350],
  ] as const;
  for (const [name, x, y] of streets) named(canvas, name, x, y);
  for (const [x, y, text] of [
    [150, 96, 'M7'],
    [470, 124, 'M7'],
    [700, 52, 'M7'],
  ] as const) {
    canvas.rectangle(x - 13, y - 8, 26, 15, rgb(0x2f5fb3), { radius: 3 });
    canvas.frame(x - 13, y - 8, 26, 15, 1.2, rgb(0xffffff), { radius: 3 });
    drawText(canvas, text, x, y + 2.5, { ...label, paint: rgb(0xffffff), weight: 1.2 });
  }
  for (const [x, y] of [
    [212, 262],
    [520, 216],
  ] as const) {
    canvas.disc(x, y, 7, rgb(0xffffff));
    canvas.disc(x, y, 5.6, rgb(0x7a3f9c));
    named(canvas, 'Station', x + 26, y - 8);
  }
  for (const [x, y, color] of [
    [366, 226, 0xd9534f],
    [90, 330, 0x2f9e63],
    [628, 190, 0xd9534f],
    [330, 318, 0xe0871f],
  ] as const) {
    canvas.polygon([[...arc([x, y - 12], 7, 7, 0.42, 1.08), [x, y]]], rgb(color));
    canvas.disc(x, y - 12, 2.8, rgb(0xffffff));
  }
  canvas.polygon([star([420, 166], 5, 8, 3.4)], rgb(0xc0392b));
}

function drawLegend(canvas: Canvas): void {
  canvas.shadow(14, 14, 128, 54, { radius: 4, blur: 5, alpha: 0.3 });
  canvas.rectangle(12, 12, 128, 54, rgb(0xffffff), { radius: 4, alpha: 0.93 });
  for (let i = 0; i < 4; i++)
    canvas.rectangle(24 + i * 25, 48, 25, 5, rgb(i % 2 ? 0xffffff : 0x222222));
  canvas.frame(24, 48, 100, 5, 1, rgb(0x222222));
  for (const [i, text] of ['0', '250', '500 m'].entries())
    drawText(canvas, text, 26 + i * 46, 43, { ...label, align: 'middle' });
  drawText(canvas, 'Annerford 1 : 12 500', 74, 28, { ...label, size: 6.2, weight: 1.2 });
  canvas.disc(736, 484, 17, rgb(0xffffff), 0.9);
  canvas.polygon(
    [
      [
        [736, 468],
        [742, 486],
        [736, 482],
      ],
    ],
    rgb(0xc0392b),
  );
  canvas.polygon(
    [
      [
        [736, 468],
        [730, 486],
        [736, 482],
      ],
    ],
    rgb(0x333333),
  );
  drawText(canvas, 'N', 736, 497, { ...label, weight: 1.3 });
}
