// A spreadsheet: a toolbar, cells with numbers and colored rules, bars within cells, a selection, sheets below.
import type { Picture } from '../../codec/index.ts';
import { hash } from '../demo/noise.ts';
import { Canvas, gradient, mix, rgb } from './canvas.ts';
import { drawText, type TextStyle } from './text.ts';

const ink = rgb(0x202124);
const rule = rgb(0xd7dade);
const green = rgb(0x188038);
const cell: TextStyle = { size: 6.6, paint: ink, weight: 1, subpixel: true };
const columnLefts = [34, 70, 186, 262, 338, 414, 490, 576, 652, 768];
const firstRow = 112;
const rowHeight = 17;
const rowCount = 22;

const towns = [
  'Aldermoor',
  'Birchwick',
  'Cranleigh',
  'Dunmouth',
  'Eastfield',
  'Fenbridge',
  'Garholm',
  'Hollins',
  'Invermark',
  'Kelbrook',
  'Lowestern',
  'Millbank',
  'Northolme',
  'Oakdene',
  'Penworth',
  'Quarndon',
  'Redcliff',
  'Stanwick',
  'Thornby',
];
const heads = ['No.', 'Town', 'January', 'February', 'March', 'April', 'Sum', 'Change', 'Share'];

export function drawSpreadsheet(): Picture {
  const canvas = new Canvas(768, 512, rgb(0xffffff));
  drawToolbar(canvas);
  drawGrid(canvas);
  drawCells(canvas);
  drawSelection(canvas);
  drawSheets(canvas);
  return canvas.picture();
}

function drawToolbar(canvas: Canvas): void {
  canvas.rectangle(0, 0, 768, 28, green);
  canvas.rectangle(12, 6, 14, 16, rgb(0xffffff), { radius: 2 });
  for (let i = 0; i < 3; i++) canvas.rectangle(14, 9 + i * 4, 10, 2, green);
  drawText(canvas, 'Rainfall by town.xls', 36, 18, {
    ...cell,
    size: 8,
    paint: rgb(0xffffff),
    weight: 1.3,
    subpixel: false,
  });
  canvas.rectangle(0, 28, 768, 34, gradient([0, 28], [0, 62], rgb(0xf8f9fa), rgb(0xe9ecef)));
  canvas.rectangle(0, 61, 768, 1, rgb(0xc6cacf));
  for (let i = 0; i < 17; i++) {
    const x = 14 + i * 30 + (i > 3 ? 12 : 0) + (i > 8 ? 12 : 0) + (i > 12 ? 12 : 0);
    drawTool(canvas, x, 35, i);
  }
  for (const x of [132, 294, 426]) canvas.rectangle(x, 34, 1, 22, rgb(0xc0c4c9));
  canvas.rectangle(640, 35, 112, 20, rgb(0xffffff), { radius: 10 });
  canvas.frame(640, 35, 112, 20, 1, rgb(0xb9bec4), { radius: 10 });
  drawText(canvas, 'Search', 652, 48, { ...cell, paint: rgb(0x80868b) });
  canvas.rectangle(0, 62, 768, 26, rgb(0xffffff));
  canvas.frame(8, 66, 60, 18, 1, rgb(0xc0c4c9), { radius: 2 });
  drawText(canvas, 'G9', 18, 78, cell);
  drawText(canvas, 'fx', 80, 78, { ...cell, italic: true, paint: rgb(0x5f6368) });
  drawText(canvas, '= SUM( C9 : F9 ) * IF( $B$2 > 0 ; 1 ; 25.4 )', 104, 78, {
    ...cell,
    monospace: true,
  });
}

function drawTool(canvas: Canvas, x: number, y: number, index: number): void {
  if (index === 5 || index === 10) {
    canvas.rectangle(x - 4, y - 2, 27, 24, rgb(0xcfe8d5), { radius: 4 });
    canvas.frame(x - 4, y - 2, 27, 24, 1, rgb(0x8cc39b), { radius: 4 });
  }
  const color = rgb([0x3c4043, 0x1a73e8, 0x3c4043, 0xd93025, 0x3c4043][index % 5]);
  if (index >= 4 && index <= 6) {
    drawText(canvas, 'BIU'[index - 4], x + 9, y + 15, {
      size: 10,
      paint: color,
      weight: index === 4 ? 2.4 : 1.3,
      italic: index === 5,
      align: 'middle',
    });
    if (index === 6) canvas.rectangle(x + 3, y + 17, 13, 1.2, color);
  } else if (index >= 9 && index <= 12) {
    for (let line = 0; line < 4; line++) {
      const width = line % 2 ? 10 : 17;
      const shift = index === 10 ? (17 - width) / 2 : index === 11 ? 17 - width : 0;
      canvas.rectangle(x + 1 + shift, y + 3 + line * 4, index === 12 ? 17 : width, 1.6, color);
    }
  } else if (index % 3 === 0) {
    canvas.frame(x + 2, y + 2, 15, 15, 1.5, color, { radius: 2 });
    canvas.line(
      [
        [x + 5, y + 13],
        [x + 8, y + 8],
        [x + 11, y + 11],
        [x + 14, y + 5],
      ],
      1.4,
      color,
    );
  } else if (index % 3 === 1) {
    canvas.disc(x + 9.5, y + 9.5, 7, color);
    canvas.disc(x + 9.5, y + 9.5, 5.4, rgb(0xf1f3f4));
    canvas.polygon(
      [
        [
          [x + 7, y + 6],
          [x + 13.5, y + 9.5],
          [x + 7, y + 13],
        ],
      ],
      color,
    );
  } else {
    for (let bar = 0; bar < 4; bar++)
      canvas.rectangle(
        x + 2 + bar * 4,
        y + 13 - bar * 3,
        3,
        4 + bar * 3,
        mix(color, rgb(0xffffff), 0.5 - bar / 8),
      );
  }
}

function drawGrid(canvas: Canvas): void {
  canvas.rectangle(0, 88, 768, 24, rgb(0xf1f3f4));
  canvas.rectangle(0, 88, 34, 400, rgb(0xf1f3f4));
  for (const [i, left] of columnLefts.entries()) {
    canvas.rectangle(left - 1, 88, 1, 400, rule);
    if (i < 9) {
      const active = i === 6;
      if (active) canvas.rectangle(left, 88, columnLefts[i + 1] - left - 1, 24, rgb(0xc8dcd0));
      drawText(canvas, 'ABCDEFGHI'[i], (left + columnLefts[i + 1]) / 2, 104, {
        ...cell,
        align: 'middle',
        paint: active ? green : rgb(0x5f6368),
      });
    }
  }
  for (let row = 0; row <= rowCount; row++) {
    const y = firstRow + row * rowHeight;
    canvas.rectangle(0, y - 1, 768, 1, rule);
    if (row < rowCount)
      drawText(canvas, String(row + 1), 17, y + 12, {
        ...cell,
        align: 'middle',
        paint: rgb(0x5f6368),
      });
  }
}

function drawCells(canvas: Canvas): void {
  canvas.rectangle(34, firstRow, 734, rowHeight - 1, rgb(0x2c6e49));
  for (const [i, text] of heads.entries()) {
    const right = i >= 2;
    const x = right ? columnLefts[i + 1] - 8 : columnLefts[i] + 6;
    drawText(canvas, text, x, firstRow + 12, {
      ...cell,
      paint: rgb(0xffffff),
      weight: 1.4,
      subpixel: false,
      align: right ? 'right' : 'left',
    });
  }
  const sums = [0, 0, 0, 0, 0];
  for (const [i, town] of towns.entries()) {
    const row = i + 1;
    const y = firstRow + row * rowHeight;
    if (i % 2) canvas.rectangle(34, y, 734, rowHeight - 1, rgb(0xeef6f0));
    const text = (column: number, value: string, paint = ink) => {
      const left = column < 2;
      const x = left ? columnLefts[column] + 6 : columnLefts[column + 1] - 8;
      drawText(canvas, value, x, y + 12, { ...cell, paint, align: left ? 'left' : 'right' });
    };
    text(0, String(101 + i));
    text(1, town);
    const months = [0, 1, 2, 3].map((month) => 18 + hash(i, month, 55) * 90);
    const sum = months.reduce((total, value) => total + value, 0);
    for (const [month, value] of months.entries()) {
      const heat = (value - 18) / 90;
      const color =
        heat < 0.5
          ? mix(rgb(0xf8c9c4), rgb(0xffffff), heat * 2)
          : mix(rgb(0xffffff), rgb(0xa8c7fa), heat * 2 - 1);
      canvas.rectangle(
        columnLefts[2 + month],
        y,
        columnLefts[3 + month] - columnLefts[2 + month] - 1,
        rowHeight - 1,
        color,
      );
      text(2 + month, value.toFixed(1));
      sums[month] += value;
    }
    sums[4] += sum;
    text(6, sum.toFixed(1));
    const change = (hash(i, 9, 56) - 0.45) * 40;
    text(
      7,
      `${change < 0 ? '-' : '+'}${Math.abs(change).toFixed(1)} %`,
      change < 0 ? rgb(0xc5221f) : green,
    );
    const share = 20 + (sum / 400) * 76;
    const left = columnLefts[8] + 4;
    canvas.rectangle(
      left,
      y + 3,
      share,
      rowHeight - 7,
      gradient([left, 0], [left + share, 0], rgb(0x8fd3a5), rgb(0x34a853)),
      { radius: 1 },
    );
  }
  const y = firstRow + 20 * rowHeight;
  canvas.rectangle(34, y, 734, rowHeight - 1, rgb(0xd5e8da));
  canvas.rectangle(34, y - 2, 734, 2, rgb(0x2c6e49));
  drawText(canvas, 'All towns', columnLefts[1] + 6, y + 12, { ...cell, weight: 1.4 });
  for (const [i, value] of sums.entries())
    drawText(canvas, value.toFixed(1), columnLefts[3 + i] - 8, y + 12, {
      ...cell,
      weight: 1.4,
      align: 'right',
    });
}

function drawSelection(canvas: Canvas): void {
  const [left, right] = [columnLefts[6] - 1, columnLefts[7]];
  const top = firstRow + 8 * rowHeight - 1;
  canvas.rectangle(left, top, right - left, 5 * rowHeight, rgb(0x1a73e8), { alpha: 0.12 });
  canvas.frame(left, top, right - left, 5 * rowHeight + 1, 2, rgb(0x1a73e8));
  canvas.rectangle(right - 4, top + 5 * rowHeight - 3, 6, 6, rgb(0x1a73e8));
  const dotted = [
    [columnLefts[2], top],
    [columnLefts[6] - 2, top],
    [columnLefts[6] - 2, top + rowHeight],
    [columnLefts[2], top + rowHeight],
    [columnLefts[2], top],
  ] as const;
  canvas.line(dotted, 1.4, rgb(0xe8710a), { dash: [5, 4] });
}

function drawSheets(canvas: Canvas): void {
  canvas.rectangle(0, 487, 768, 25, rgb(0xe8eaed));
  canvas.rectangle(0, 487, 768, 1, rgb(0xbdc1c6));
  for (const [i, name] of ['2021', '2022', '2023', 'Stations', 'Notes'].entries()) {
    const x = 44 + i * 76;
    if (i === 2) {
      canvas.rectangle(x, 487, 76, 22, rgb(0xffffff));
      canvas.rectangle(x, 507, 76, 2.5, green);
    }
    drawText(canvas, name, x + 38, 502, {
      ...cell,
      align: 'middle',
      paint: i === 2 ? green : rgb(0x3c4043),
    });
    canvas.rectangle(x + 76, 491, 1, 16, rgb(0xc4c7cb));
  }
  canvas.line(
    [
      [18, 500],
      [28, 500],
    ],
    1.5,
    rgb(0x5f6368),
  );
  canvas.line(
    [
      [23, 495],
      [23, 505],
    ],
    1.5,
    rgb(0x5f6368),
  );
  drawText(canvas, 'Sum: 1217.0    Mean: 243.4    Count: 5', 756, 502, {
    ...cell,
    align: 'right',
    paint: rgb(0x5f6368),
  });
}
