// A flow diagram on squared paper: boxes, decisions, arrows with rounded corners, a database, notes.
import type { Picture } from '../../codec/index.ts';
import { Canvas, type Color, gradient, mix, type Point, rgb } from './canvas.ts';
import { arc, spline } from './curves.ts';
import { drawText, type TextStyle } from './text.ts';

const ink = rgb(0x22303c);
const white = rgb(0xffffff);
const blue = rgb(0xb8d8f5);
const green = rgb(0xbfe3c0);
const yellow = rgb(0xffe49a);
const red = rgb(0xf6b8ad);
const label: TextStyle = { size: 7.2, paint: ink, weight: 1.1, align: 'middle' };

export function drawFlowDiagram(): Picture {
  const canvas = new Canvas(768, 512, rgb(0xfcfdfd));
  for (let x = 16; x < 768; x += 16)
    canvas.rectangle(x, 0, 1, 512, rgb(x % 80 ? 0xeef2f5 : 0xdfe6ea));
  for (let y = 16; y < 512; y += 16)
    canvas.rectangle(0, y, 768, 1, rgb(y % 80 ? 0xeef2f5 : 0xdfe6ea));
  canvas.rectangle(20, 292, 402, 204, rgb(0xe8f1fb), { radius: 10, alpha: 0.75 });
  canvas.frame(20, 292, 402, 204, 1, rgb(0x9db6cf), { radius: 10 });
  drawText(canvas, 'WAREHOUSE', 34, 310, {
    ...label,
    size: 6,
    align: 'left',
    paint: rgb(0x4d6f91),
  });

  arrows(canvas);
  pill(canvas, 96, 44, 'Order received', green);
  box(canvas, 96, 124, ['Check address', 'and payment'], blue);
  decision(canvas, 96, 222, ['Paid?']);
  box(canvas, 306, 222, ['Send reminder', 'by mail'], yellow);
  decision(canvas, 306, 124, ['14 days', 'over?']);
  pill(canvas, 306, 44, 'Order cancelled', red);
  box(canvas, 96, 340, ['Pick from shelf'], blue);
  decision(canvas, 96, 434, ['In stock?']);
  box(canvas, 320, 434, ['Order from', 'the maker'], yellow);
  store(canvas, 320, 346);
  box(canvas, 530, 346, ['Pack and weigh'], blue);
  decision(canvas, 530, 236, ['Over 30 kg?']);
  box(canvas, 530, 124, ['Parcel service'], blue);
  box(canvas, 676, 236, ['Haulier'], blue);
  pill(canvas, 676, 124, 'Delivered', green);
  note(canvas, 560, 404);
  drawText(canvas, 'From order to door', 736, 44, {
    ...label,
    size: 13,
    weight: 1.9,
    align: 'right',
  });
  drawText(canvas, 'process 4.2, revision 17', 736, 62, {
    ...label,
    size: 6.4,
    align: 'right',
    paint: rgb(0x6c7a86),
  });
  return canvas.picture();
}

function filled(color: Color, y: number, height: number) {
  return gradient([0, y - height / 2], [0, y + height / 2], mix(color, white, 0.55), color);
}

function lines(canvas: Canvas, x: number, y: number, text: readonly string[]): void {
  for (const [i, line] of text.entries()) {
    drawText(canvas, line, x, y + 3.6 + (i - (text.length - 1) / 2) * 13, label);
  }
}

function box(canvas: Canvas, x: number, y: number, text: readonly string[], color: Color): void {
  canvas.shadow(x - 56, y - 19, 114, 42, { radius: 6, blur: 7, alpha: 0.3 });
  canvas.rectangle(x - 58, y - 22, 116, 44, filled(color, y, 44), { radius: 6 });
  canvas.frame(x - 58, y - 22, 116, 44, 1.4, mix(color, ink, 0.65), { radius: 6 });
  lines(canvas, x, y, text);
}

function pill(canvas: Canvas, x: number, y: number, text: string, color: Color): void {
  canvas.shadow(x - 58, y - 13, 120, 32, { radius: 16, blur: 7, alpha: 0.3 });
  canvas.rectangle(x - 60, y - 16, 120, 32, filled(color, y, 32), { radius: 16 });
  canvas.frame(x - 60, y - 16, 120, 32, 1.6, mix(color, ink, 0.65), { radius: 16 });
  lines(canvas, x, y, [text]);
}

function decision(canvas: Canvas, x: number, y: number, text: readonly string[]): void {
  const outline = (dx: number, dy: number): Point[] => [
    [x - 60 + dx, y + dy],
    [x + dx, y - 36 + dy],
    [x + 60 + dx, y + dy],
    [x + dx, y + 36 + dy],
  ];
  for (let i = 5; i > 0; i--) canvas.polygon([outline(i * 0.5, i)], [0, 0, 0], 0.045);
  canvas.polygon([outline(0, 0)], filled(rgb(0xe3cdf2), y, 72));
  canvas.line([...outline(0, 0), outline(0, 0)[0]], 1.5, rgb(0x6d4a86));
  lines(canvas, x, y, text);
}

function store(canvas: Canvas, x: number, y: number): void {
  const side = gradient([x - 44, 0], [x + 44, 0], rgb(0xdfe5ea), rgb(0x9fb0bf));
  canvas.polygon(
    [[...arc([x, y + 22], 44, 11, 0, 0.5), ...arc([x, y - 20], 44, 11, 0.5, 0)]],
    side,
  );
  canvas.polygon([arc([x, y - 20], 44, 11)], rgb(0xeef2f5));
  for (const [dy, end] of [
    [-20, 1],
    [-6, 0.5],
    [8, 0.5],
    [22, 0.5],
  ] as const) {
    canvas.line(arc([x, y + dy], 44, 11, 0, end), 1.3, rgb(0x4f6475));
  }
  canvas.stroke(
    [
      [
        [x - 44, y - 20],
        [x - 44, y + 22],
      ],
      [
        [x + 44, y - 20],
        [x + 44, y + 22],
      ],
    ],
    1.3,
    rgb(0x4f6475),
  );
  drawText(canvas, 'Stock', x, y + 16, label);
}

/** A line through corners, which it rounds, with a head at its end. */
function arrow(
  canvas: Canvas,
  corners: readonly Point[],
  text?: readonly [string, number, number],
  dashed = false,
): void {
  const path: Point[] = [corners[0]];
  for (let i = 1; i < corners.length - 1; i++) {
    const toward = (to: Point): Point => {
      const [dx, dy] = [to[0] - corners[i][0], to[1] - corners[i][1]];
      const length = Math.abs(dx) + Math.abs(dy);
      return [corners[i][0] + (dx / length) * 10, corners[i][1] + (dy / length) * 10];
    };
    path.push(...spline([toward(corners[i - 1]), corners[i], toward(corners[i + 1])]));
  }
  const end = corners[corners.length - 1];
  const before = corners[corners.length - 2];
  const [dx, dy] = [Math.sign(end[0] - before[0]), Math.sign(end[1] - before[1])];
  path.push([end[0] - dx * 6, end[1] - dy * 6]);
  canvas.line(path, 1.7, ink, dashed ? { dash: [6, 5] } : {});
  canvas.polygon(
    [
      [
        end,
        [end[0] - dx * 10 - dy * 4.5, end[1] - dy * 10 - dx * 4.5],
        [end[0] - dx * 10 + dy * 4.5, end[1] - dy * 10 + dx * 4.5],
      ],
    ],
    ink,
  );
  if (text)
    drawText(canvas, text[0], text[1], text[2], {
      ...label,
      size: 6.4,
      italic: true,
      align: 'left',
    });
}

function arrows(canvas: Canvas): void {
  arrow(canvas, [
    [96, 60],
    [96, 102],
  ]);
  arrow(canvas, [
    [96, 146],
    [96, 186],
  ]);
  arrow(
    canvas,
    [
      [156, 222],
      [248, 222],
    ],
    ['no', 170, 216],
  );
  arrow(canvas, [
    [306, 200],
    [306, 160],
  ]);
  arrow(
    canvas,
    [
      [306, 88],
      [306, 60],
    ],
    ['yes', 312, 80],
  );
  arrow(
    canvas,
    [
      [246, 124],
      [154, 124],
    ],
    ['no', 226, 118],
    true,
  );
  arrow(
    canvas,
    [
      [96, 258],
      [96, 318],
    ],
    ['yes', 102, 276],
  );
  arrow(canvas, [
    [96, 362],
    [96, 398],
  ]);
  arrow(
    canvas,
    [
      [156, 434],
      [262, 434],
    ],
    ['no', 170, 428],
  );
  arrow(canvas, [
    [320, 412],
    [320, 381],
  ]);
  arrow(
    canvas,
    [
      [276, 346],
      [154, 346],
    ],
    undefined,
    true,
  );
  arrow(
    canvas,
    [
      [96, 470],
      [96, 484],
      [446, 484],
      [446, 352],
      [472, 352],
    ],
    ['yes', 104, 480],
  );
  arrow(canvas, [
    [530, 324],
    [530, 272],
  ]);
  arrow(
    canvas,
    [
      [530, 200],
      [530, 146],
    ],
    ['no', 536, 184],
  );
  arrow(
    canvas,
    [
      [590, 236],
      [618, 236],
    ],
    ['yes', 590, 230],
  );
  arrow(canvas, [
    [588, 124],
    [616, 124],
  ]);
  arrow(canvas, [
    [676, 214],
    [676, 140],
  ]);
}

function note(canvas: Canvas, x: number, y: number): void {
  canvas.shadow(x + 2, y + 4, 176, 84, { blur: 6, alpha: 0.3 });
  canvas.polygon(
    [
      [
        [x, y],
        [x + 160, y],
        [x + 176, y + 16],
        [x + 176, y + 84],
        [x, y + 84],
      ],
    ],
    gradient([x, y], [x, y + 84], rgb(0xfff9c9), rgb(0xfdf0a0)),
  );
  canvas.polygon(
    [
      [
        [x + 160, y],
        [x + 176, y + 16],
        [x + 160, y + 16],
      ],
    ],
    rgb(0xe3d27a),
  );
  const rows = [
    'Weighing is legal for trade:',
    'scale 3, sealed until March.',
    'Labels are printed twice,',
    'one goes inside of the box.',
  ];
  for (const [i, row] of rows.entries())
    drawText(canvas, row, x + 12, y + 22 + i * 15, {
      ...label,
      size: 6.4,
      align: 'left',
      italic: true,
    });
  canvas.line(
    spline([
      [x, y + 30],
      [x - 26, y + 24],
      [x - 30, y - 32],
    ]),
    1.1,
    rgb(0xa8963a),
    { dash: [2, 4] },
  );
}
