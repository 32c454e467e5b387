// A desktop with a settings window and a dialog over it: buttons, sliders, lists, shadows, soft gradients.
import type { Picture } from '../../codec/index.ts';
import { Canvas, glow, gradient, mix, rgb } from './canvas.ts';
import { drawText, type TextStyle } from './text.ts';

const ink = rgb(0x26282c);
const faint = rgb(0x6c7178);
const blue = rgb(0x2d6cdf);
const label: TextStyle = { size: 8, paint: ink, weight: 1.1, subpixel: true };
const small: TextStyle = { ...label, size: 6.8, paint: faint, weight: 1 };

export function drawDialog(): Picture {
  const dusk = glow([560, 90], 780, rgb(0xf2a65a), rgb(0x2b3a67));
  const canvas = new Canvas(768, 512, dusk);
  for (let i = 0; i < 5; i++) {
    canvas.disc(
      120 + i * 150,
      640 - i * 18,
      260 - i * 14,
      gradient([0, 350], [0, 512], rgb(0x35507f), rgb(0x1c2745)),
      0.55,
    );
  }
  canvas.rectangle(0, 0, 768, 22, rgb(0x10131c), { alpha: 0.55 });
  drawText(canvas, 'Camera   File   Edit   View   Window   Help', 14, 15, {
    ...label,
    size: 7,
    paint: rgb(0xffffff),
    subpixel: false,
  });
  drawText(canvas, 'Tue 14:07', 754, 15, {
    ...label,
    size: 7,
    paint: rgb(0xffffff),
    align: 'right',
    subpixel: false,
  });
  drawWindow(canvas, 46, 44, 500, 420);
  drawMessage(canvas, 360, 214, 362, 214);
  return canvas.picture();
}

function drawWindow(
  canvas: Canvas,
  left: number,
  top: number,
  width: number,
  height: number,
): void {
  canvas.shadow(left, top + 10, width, height, { radius: 10, blur: 26, alpha: 0.5 });
  canvas.rectangle(left, top, width, height, rgb(0xf6f7f9), { radius: 9 });
  canvas.rectangle(
    left,
    top,
    width,
    34,
    gradient([0, top], [0, top + 34], rgb(0xfdfdfe), rgb(0xe3e6ea)),
    { radius: 9 },
  );
  canvas.rectangle(left, top + 33, width, 1, rgb(0xc4c9d0));
  for (const [i, color] of [0xff5f57, 0xfebc2e, 0x28c840].entries()) {
    canvas.disc(left + 18 + i * 19, top + 17, 5.6, rgb(color));
    canvas.disc(left + 17 + i * 19, top + 15.5, 2.4, rgb(0xffffff), 0.35);
  }
  drawText(canvas, 'Export settings', left + width / 2, top + 21, {
    ...label,
    weight: 1.5,
    align: 'middle',
  });
  drawSidebar(canvas, left, top + 34, 132, height - 34);

  const x = left + 152;
  drawText(canvas, 'Format', x, top + 62, { ...label, weight: 1.5 });
  for (const [i, name] of ['PNG', 'JPEG', 'WebP', 'AVIF', 'nic'].entries()) {
    const cell = x + i * 64;
    const active = i === 4;
    canvas.rectangle(
      cell,
      top + 72,
      64,
      22,
      active ? gradient([0, top + 72], [0, top + 94], rgb(0x5a92f0), blue) : rgb(0xffffff),
      { radius: i % 4 === 0 ? 5 : 0 },
    );
    canvas.frame(cell, top + 72, 65, 22, 1, rgb(0xbfc5cd), { radius: i % 4 === 0 ? 5 : 0 });
    drawText(canvas, name, cell + 32, top + 87, {
      ...label,
      size: 7.2,
      align: 'middle',
      paint: active ? rgb(0xffffff) : ink,
    });
  }
  const sliders = [
    ['Quality', 0.62, '62'],
    ['Sharpness', 0.35, '35 %'],
    ['Noise kept', 0.18, '18 %'],
  ] as const;
  for (const [i, [name, value, text]] of sliders.entries())
    drawSlider(canvas, x, top + 122 + i * 36, name, value, text);
  const boxes = [
    ['Keep EXIF and XMP', true],
    ['Convert colors to sRGB', true],
    ['Fit within', false],
    ['Add to album', true],
  ] as const;
  for (const [i, [name, checked]] of boxes.entries())
    drawBox(canvas, x, top + 236 + i * 25, name, checked);
  drawField(canvas, x + 106, top + 283, 62, '2048');
  drawText(canvas, '×', x + 176, top + 296, label);
  drawField(canvas, x + 192, top + 283, 62, '1536');
  drawText(canvas, 'Preview', x, top + 356, { ...label, weight: 1.5 });
  for (let i = 0; i < 4; i++) {
    const cell = x + i * 82;
    canvas.rectangle(
      cell,
      top + 366,
      74,
      44,
      gradient(
        [cell, top + 366],
        [cell + 30 + i * 12, top + 410],
        mix(rgb(0x87b5e8), rgb(0xf3c58b), i / 3),
        rgb(0x3c5a3f),
      ),
      { radius: 3 },
    );
    canvas.polygon(
      [
        [
          [cell + 4, top + 409],
          [cell + 24 + i * 6, top + 380],
          [cell + 46, top + 409],
        ],
      ],
      rgb(0x53616f),
    );
    canvas.polygon(
      [
        [
          [cell + 28, top + 409],
          [cell + 54, top + 388 - i * 2],
          [cell + 73, top + 409],
        ],
      ],
      rgb(0x3b4652),
    );
    canvas.frame(cell, top + 366, 74, 44, 1, rgb(0x8f979f), { radius: 3 });
  }
}

function drawSidebar(
  canvas: Canvas,
  left: number,
  top: number,
  width: number,
  height: number,
): void {
  canvas.rectangle(left + 0.5, top, width, height - 0.5, rgb(0xe6eaf0), { radius: 8 });
  canvas.rectangle(left, top, width, height - 20, rgb(0xe6eaf0));
  canvas.rectangle(left + width, top, 1, height, rgb(0xcdd3da));
  const names = [
    'General',
    'Export',
    'Colors',
    'Metadata',
    'Shortcuts',
    'Network',
    'Plugins',
    'Advanced',
  ];
  for (const [i, name] of names.entries()) {
    const y = top + 14 + i * 30;
    const active = i === 1;
    if (active) canvas.rectangle(left + 8, y, width - 16, 26, blue, { radius: 5 });
    const color = [0x8e8e93, 0xffffff, 0xff9f0a, 0x30b0c7, 0xaf52de, 0x34c759, 0xff375f, 0x5e5ce6][
      i
    ];
    canvas.rectangle(left + 16, y + 6, 14, 14, rgb(color), { radius: 4 });
    canvas.disc(left + 23, y + 13, 3.5, active ? blue : rgb(0xffffff), 0.9);
    canvas.disc(left + 23, y + 13, 1.5, rgb(color));
    drawText(canvas, name, left + 38, y + 17, { ...label, paint: active ? rgb(0xffffff) : ink });
  }
}

function drawSlider(
  canvas: Canvas,
  x: number,
  y: number,
  name: string,
  value: number,
  text: string,
): void {
  drawText(canvas, name, x, y + 4, label);
  canvas.rectangle(x + 92, y - 2, 180, 4, rgb(0xcfd4da), { radius: 2 });
  canvas.rectangle(x + 92, y - 2, 180 * value, 4, blue, { radius: 2 });
  for (let i = 0; i <= 10; i++)
    canvas.rectangle(x + 92 + i * 18, y + 10, 1, i % 5 ? 3 : 6, rgb(0xa9b0b8));
  const knob = x + 92 + 180 * value;
  canvas.shadow(knob - 7, y - 6, 14, 14, { radius: 7, blur: 4, alpha: 0.4 });
  canvas.disc(knob, y, 7.5, gradient([0, y - 8], [0, y + 8], rgb(0xffffff), rgb(0xdde1e6)));
  drawText(canvas, text, x + 326, y + 4, { ...label, align: 'right' });
}

function drawBox(canvas: Canvas, x: number, y: number, name: string, checked: boolean): void {
  canvas.rectangle(x, y, 13, 13, checked ? blue : rgb(0xffffff), { radius: 3 });
  if (!checked) canvas.frame(x, y, 13, 13, 1, rgb(0x9aa2ab), { radius: 3 });
  else
    canvas.line(
      [
        [x + 3, y + 6.5],
        [x + 5.6, y + 9.4],
        [x + 10, y + 3.6],
      ],
      1.7,
      rgb(0xffffff),
    );
  drawText(canvas, name, x + 22, y + 10.5, label);
}

function drawField(canvas: Canvas, x: number, y: number, width: number, text: string): void {
  canvas.rectangle(x, y, width, 19, rgb(0xffffff), { radius: 3 });
  canvas.frame(x, y, width, 19, 1, rgb(0xb4bac2), { radius: 3 });
  drawText(canvas, text, x + 8, y + 13.5, label);
}

function drawMessage(
  canvas: Canvas,
  left: number,
  top: number,
  width: number,
  height: number,
): void {
  canvas.shadow(left, top + 12, width, height, { radius: 12, blur: 32, alpha: 0.62 });
  canvas.rectangle(
    left,
    top,
    width,
    height,
    gradient([0, top], [0, top + height], rgb(0xffffff), rgb(0xeff1f4)),
    { radius: 11 },
  );
  canvas.frame(left, top, width, height, 1, rgb(0xa8aeb6), { radius: 11 });
  canvas.polygon(
    [
      [
        [left + 46, top + 28],
        [left + 74, top + 76],
        [left + 18, top + 76],
      ],
    ],
    gradient([0, top + 28], [0, top + 76], rgb(0xffd75e), rgb(0xf0a30a)),
  );
  canvas.line(
    [
      [left + 46, top + 28],
      [left + 74, top + 76],
      [left + 18, top + 76],
      [left + 46, top + 28],
    ],
    3,
    rgb(0xd98e04),
  );
  canvas.line(
    [
      [left + 46, top + 45],
      [left + 46, top + 60],
    ],
    4,
    ink,
  );
  canvas.disc(left + 46, top + 69, 2.6, ink);
  drawText(canvas, 'Replace 3 files?', left + 92, top + 42, { ...label, size: 10, weight: 1.9 });
  const lines = [
    'Files of these names are in "Summer" already.',
    'What they hold now cannot be recovered.',
  ];
  for (const [i, text] of lines.entries())
    drawText(canvas, text, left + 92, top + 62 + i * 16, { ...small, size: 7.2 });
  canvas.rectangle(left + 92, top + 92, 250, 58, rgb(0xffffff), { radius: 4 });
  canvas.frame(left + 92, top + 92, 250, 58, 1, rgb(0xc3c9d0), { radius: 4 });
  canvas.rectangle(left + 93, top + 111, 248, 19, rgb(0xdbe7fb));
  const files = [
    ['harbor-0412.nic', '186 kB'],
    ['harbor-0413.nic', '203 kB'],
    ['lighthouse.nic', '97 kB'],
  ] as const;
  for (const [i, [name, bytes]] of files.entries()) {
    drawText(canvas, name, left + 102, top + 106 + i * 19, { ...label, size: 7 });
    drawText(canvas, bytes, left + 332, top + 106 + i * 19, { ...small, align: 'right' });
  }
  const buttons = [
    ['Keep both', 0xffffff, 92],
    ['Cancel', 0xffffff, 178],
    ['Replace', 0x2d6cdf, 264],
  ] as const;
  for (const [name, color, x] of buttons) {
    const plain = color === 0xffffff;
    canvas.shadow(left + x, top + 171, 78, 24, { radius: 6, blur: 3, alpha: 0.3 });
    canvas.rectangle(
      left + x,
      top + 170,
      78,
      24,
      gradient(
        [0, top + 170],
        [0, top + 194],
        plain ? rgb(color) : rgb(0x5c95f3),
        plain ? rgb(0xe9ecef) : rgb(color),
      ),
      { radius: 6 },
    );
    canvas.frame(left + x, top + 170, 78, 24, 1, plain ? rgb(0xb6bcc4) : rgb(0x1f55b8), {
      radius: 6,
    });
    drawText(canvas, name, left + x + 39, top + 186, {
      ...label,
      align: 'middle',
      paint: plain ? ink : rgb(0xffffff),
    });
  }
}
