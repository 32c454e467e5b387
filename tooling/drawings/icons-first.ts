// The symbols of the upper two rows of icons.
import { type Canvas, glow, gradient, type Point, rgb } from './canvas.ts';
import { arc, cosine, sine, spline } from './curves.ts';
import { drawText } from './text.ts';

const white = rgb(0xffffff);

/** Draws on a tile whose middle is (x, y) and whose side is 78. */
export type DrawSymbol = (canvas: Canvas, x: number, y: number) => void;

function toothed(x: number, y: number, radius: number): Point[] {
  return Array.from({ length: 96 }, (_, i): Point => {
    const reach = i % 12 < 6 ? radius : radius * 0.78;
    return [x + reach * cosine(i / 96), y + reach * sine(i / 96)];
  });
}

/** Name, color of the tile above and below, and the symbol on it. */
export type Icon = readonly [string, number, number, DrawSymbol];

export const firstIcons: readonly Icon[] = [
  [
    'Mail',
    0x5ac8fa,
    0x1673e6,
    (c, x, y) => {
      c.rectangle(x - 26, y - 17, 52, 36, white, { radius: 4 });
      c.line(
        [
          [x - 24, y - 14],
          [x, y + 5],
          [x + 24, y - 14],
        ],
        2.4,
        rgb(0x4a90d9),
      );
      c.stroke(
        [
          [
            [x - 23, y + 16],
            [x - 8, y + 1],
          ],
          [
            [x + 23, y + 16],
            [x + 8, y + 1],
          ],
        ],
        1.6,
        rgb(0xa9cdf2),
      );
    },
  ],
  [
    'Clock',
    0x2c2c2e,
    0x0b0b0c,
    (c, x, y) => {
      c.disc(x, y, 31, glow([x, y], 31, white, rgb(0xdadde2)));
      for (let i = 0; i < 60; i++) {
        const inner = i % 5 ? 28 : 25;
        c.line(
          [
            [x + inner * cosine(i / 60), y + inner * sine(i / 60)],
            [x + 29.5 * cosine(i / 60), y + 29.5 * sine(i / 60)],
          ],
          i % 5 ? 0.7 : 1.6,
          rgb(0x2c2c2e),
        );
      }
      c.line(
        [
          [x, y],
          [x - 12, y - 9],
        ],
        3,
        rgb(0x1c1c1e),
      );
      c.line(
        [
          [x, y],
          [x + 5, y - 23],
        ],
        2.2,
        rgb(0x1c1c1e),
      );
      c.line(
        [
          [x - 4, y - 5],
          [x + 17, y + 18],
        ],
        1,
        rgb(0xff9500),
      );
      c.disc(x, y, 2.4, rgb(0xff9500));
    },
  ],
  [
    'Weather',
    0x6db9f2,
    0x1d5fb8,
    (c, x, y) => {
      c.disc(x - 10, y - 8, 14, glow([x - 14, y - 12], 22, rgb(0xfff1a8), rgb(0xffb300)));
      for (const [dx, dy, r] of [
        [-8, 12, 11],
        [8, 4, 15],
        [20, 13, 10],
      ] as const)
        c.disc(x + dx, y + dy, r, gradient([0, y - 8], [0, y + 22], white, rgb(0xd5e3f2)));
      c.rectangle(x - 9, y + 9, 30, 14, rgb(0xd9e6f4), { radius: 7 });
    },
  ],
  [
    'Photos',
    0xffffff,
    0xe9e9ee,
    (c, x, y) => {
      for (let i = 0; i < 8; i++) {
        const [px, py] = [x + 15 * cosine(i / 8), y + 15 * sine(i / 8)];
        const color = [
          0xff9500, 0xff3b30, 0xff2d92, 0xaf52de, 0x5856d6, 0x34aadc, 0x4cd964, 0xffcc00,
        ][i];
        c.disc(px, py, 13, rgb(color), 0.72);
      }
    },
  ],
  [
    'Music',
    0xff5e6c,
    0xd5133a,
    (c, x, y) => {
      c.polygon(
        [
          [
            [x - 10, y - 22],
            [x + 20, y - 28],
            [x + 20, y - 19],
            [x - 10, y - 13],
          ],
        ],
        white,
      );
      c.stroke(
        [
          [
            [x - 8.5, y - 18],
            [x - 8.5, y + 15],
          ],
          [
            [x + 18.5, y - 24],
            [x + 18.5, y + 9],
          ],
        ],
        3,
        white,
      );
      for (const [px, py] of [
        [-14, 16],
        [13, 10],
      ] as const)
        c.polygon([arc([x + px, y + py], 8, 6)], white);
    },
  ],
  [
    'Maps',
    0xdff3d8,
    0x9ccf8a,
    (c, x, y) => {
      c.polygon(
        [
          [
            [x - 36, y - 8],
            [x + 6, y - 38],
            [x + 24, y - 38],
            [x - 36, y + 8],
          ],
        ],
        rgb(0xffe082),
      );
      c.line(
        spline([
          [x - 33, y + 24],
          [x - 6, y + 2],
          [x + 10, y + 22],
          [x + 33, y - 2],
        ]),
        9,
        rgb(0x8fd0f0),
      );
      c.polygon(
        [[...arc([x + 6, y - 8], 13, 13, 0.43, 1.07), [x + 6, y + 18]]],
        gradient([x, y - 20], [x, y + 18], rgb(0xff5b4f), rgb(0xc8201a)),
      );
      c.disc(x + 6, y - 8, 5, white);
    },
  ],
  [
    'Settings',
    0x9aa0a8,
    0x4c5158,
    (c, x, y) => {
      c.polygon(
        [toothed(x, y, 30), arc([x, y], 17)],
        gradient([x, y - 30], [x, y + 30], rgb(0xf2f4f6), rgb(0xaab0b8)),
      );
      c.polygon(
        [toothed(x, y, 13), arc([x, y], 5)],
        gradient([x, y - 13], [x, y + 13], white, rgb(0xb9bfc7)),
      );
    },
  ],
  [
    'Notes',
    0xffffff,
    0xf2f0e6,
    (c, x, y) => {
      const lid = gradient([0, y - 39], [0, y - 17], rgb(0xffd84d), rgb(0xf5b400));
      c.polygon(
        [
          [
            ...arc([x - 21, y - 21], 18, 18, 0.5, 0.75),
            ...arc([x + 21, y - 21], 18, 18, 0.75, 1),
            [x + 39, y - 17],
            [x - 39, y - 17],
          ],
        ],
        lid,
      );
      for (let i = 0; i < 5; i++)
        c.rectangle(x - 29, y - 7 + i * 9, i === 4 ? 32 : 58, 1.4, rgb(0xb8b5aa));
      for (let i = 0; i < 12; i++) c.disc(x - 33 + i * 6, y - 14, 1, rgb(0xb0a98c));
    },
  ],
  [
    'Camera',
    0xd8dbe0,
    0x8f959e,
    (c, x, y) => {
      c.rectangle(x - 29, y - 16, 58, 38, rgb(0x2d3035), { radius: 7 });
      c.rectangle(x - 12, y - 23, 24, 10, rgb(0x2d3035), { radius: 4 });
      c.disc(x, y + 3, 14, rgb(0xc9ced5));
      c.disc(x, y + 3, 11.5, glow([x - 4, y - 2], 18, rgb(0x7fb4ff), rgb(0x0a1530)));
      c.disc(x - 4, y - 1, 3, white, 0.75);
      c.disc(x + 22, y - 9, 2.6, rgb(0xffcc00));
    },
  ],
  [
    'Health',
    0xffffff,
    0xf4f0f2,
    (c, x, y) => {
      c.polygon(
        [
          spline(
            [
              [x, y - 8],
              [x - 10, y - 28],
              [x - 36, y - 18],
              [x - 24, y + 8],
              [x, y + 30],
              [x, y + 30],
              [x + 24, y + 8],
              [x + 36, y - 18],
              [x + 10, y - 28],
            ],
            true,
          ),
        ],
        gradient([x, y - 24], [x, y + 26], rgb(0xff6b9a), rgb(0xe0124d)),
      );
      c.line(
        [
          [x - 26, y],
          [x - 10, y],
          [x - 4, y - 12],
          [x + 4, y + 12],
          [x + 9, y],
          [x + 26, y],
        ],
        2.2,
        white,
      );
    },
  ],
  [
    'Stocks',
    0x1c1c1e,
    0x000000,
    (c, x, y) => {
      for (let i = -2; i <= 2; i++) c.rectangle(x - 32, y + i * 13, 64, 0.8, rgb(0x48484a));
      const line: Point[] = [
        [-32, 14],
        [-24, 4],
        [-17, 10],
        [-8, -8],
        [0, -2],
        [8, -18],
        [16, -10],
        [24, -24],
        [32, -20],
      ].map(([px, py]) => [x + px, y + py]);
      c.polygon(
        [[...line, [x + 32, y + 30], [x - 32, y + 30]]],
        gradient([0, y - 24], [0, y + 30], rgb(0x1f7a3a), rgb(0x050805)),
      );
      c.line(line, 2, rgb(0x30d158));
      c.disc(x + 8, y - 18, 3.2, white);
    },
  ],
  [
    'Calendar',
    0xffffff,
    0xf1f1f4,
    (c, x, y) => {
      drawText(c, 'TUE', x, y - 20, {
        size: 8.5,
        paint: rgb(0xff3b30),
        weight: 1.4,
        align: 'middle',
      });
      drawText(c, '23', x, y + 25, {
        size: 32,
        paint: rgb(0x1c1c1e),
        weight: 2.2,
        align: 'middle',
      });
    },
  ],
];
