// The symbols of the lower two rows of icons.
import { glow, gradient, mix, rgb } from './canvas.ts';
import { arc, cosine, sine, spline, star } from './curves.ts';
import type { Icon } from './icons-first.ts';

const white = rgb(0xffffff);

export const secondIcons: readonly Icon[] = [
  [
    'Files',
    0xffffff,
    0xe6edf5,
    (c, x, y) => {
      c.polygon(
        [
          [
            [x - 30, y - 20],
            [x - 10, y - 20],
            [x - 4, y - 13],
            [x + 30, y - 13],
            [x + 30, y + 22],
            [x - 30, y + 22],
          ],
        ],
        rgb(0x2a86e0),
      );
      c.rectangle(
        x - 30,
        y - 7,
        60,
        31,
        gradient([0, y - 7], [0, y + 24], rgb(0x7cc4ff), rgb(0x2f8fe8)),
        { radius: 4 },
      );
    },
  ],
  [
    'Chat',
    0x76e67c,
    0x0fa82b,
    (c, x, y) => {
      c.polygon([arc([x, y - 3], 29, 23)], white);
      c.polygon(
        [
          [
            [x - 18, y + 12],
            [x - 24, y + 27],
            [x - 4, y + 18],
          ],
        ],
        white,
      );
      for (let i = -1; i <= 1; i++) c.disc(x + i * 13, y - 3, 3.6, rgb(0x34c759));
    },
  ],
  [
    'Stars',
    0x44318d,
    0x160b38,
    (c, x, y) => {
      for (let i = 0; i < 18; i++)
        c.disc(
          x + 34 * sine(i * 0.37),
          y + 34 * sine(i * 0.61 + 0.2),
          0.7 + (i % 3) * 0.4,
          white,
          0.8,
        );
      c.polygon(
        [star([x, y + 2], 5, 25, 10.5)],
        gradient([x, y - 24], [x, y + 24], rgb(0xffe98a), rgb(0xff9f0a)),
      );
    },
  ],
  [
    'Wallet',
    0x3a3a3c,
    0x111113,
    (c, x, y) => {
      for (const [i, color] of [0x30b0c7, 0xffcc00, 0xff9500, 0xff453a].entries())
        c.rectangle(
          x - 28,
          y - 24 + i * 8,
          56,
          34,
          gradient([x - 28, 0], [x + 28, 0], mix(rgb(color), white, 0.25), rgb(color)),
          { radius: 4 },
        );
      c.rectangle(x - 31, y + 5, 62, 23, rgb(0x2c2c2e), { radius: 5 });
      c.disc(x, y + 5, 9, rgb(0x636366));
    },
  ],
  [
    'Compass',
    0x2c2c2e,
    0x050506,
    (c, x, y) => {
      c.line(arc([x, y], 30), 1.6, white);
      for (let i = 0; i < 36; i++)
        c.line(
          [
            [x + 25 * cosine(i / 36), y + 25 * sine(i / 36)],
            [x + 28 * cosine(i / 36), y + 28 * sine(i / 36)],
          ],
          0.8,
          rgb(0xd1d1d6),
        );
      c.polygon(
        [
          [
            [x + 15, y - 17],
            [x - 4, y - 4],
            [x + 4, y + 4],
          ],
        ],
        rgb(0xff3b30),
      );
      c.polygon(
        [
          [
            [x - 15, y + 17],
            [x - 4, y - 4],
            [x + 4, y + 4],
          ],
        ],
        rgb(0xe5e5ea),
      );
      c.disc(x, y, 2.4, rgb(0x1c1c1e));
    },
  ],
  [
    'Books',
    0xffa94d,
    0xe8590c,
    (c, x, y) => {
      c.polygon(
        [
          [
            ...spline([
              [x, y - 16],
              [x - 12, y - 25],
              [x - 31, y - 18],
            ]),
            ...spline([
              [x - 31, y + 18],
              [x - 12, y + 11],
              [x, y + 20],
            ]),
          ],
        ],
        white,
      );
      c.polygon(
        [
          [
            ...spline([
              [x, y - 16],
              [x + 12, y - 25],
              [x + 31, y - 18],
            ]),
            ...spline([
              [x + 31, y + 18],
              [x + 12, y + 11],
              [x, y + 20],
            ]),
          ],
        ],
        rgb(0xf4ece2),
      );
      for (let i = 0; i < 4; i++)
        for (const side of [-1, 1])
          c.line(
            spline([
              [x + side * 5, y - 10 + i * 7],
              [x + side * 13, y - 15 + i * 7],
              [x + side * 26, y - 11 + i * 7],
            ]),
            1,
            rgb(0xc9b8a6),
          );
    },
  ],
  [
    'Signal',
    0x5e5ce6,
    0x2a1f9d,
    (c, x, y) => {
      for (let i = 0; i < 3; i++)
        c.line(arc([x, y + 18], 14 + i * 13, 14 + i * 13, 0.635, 0.865, 24), 5.5, white, {
          alpha: 1 - i * 0.22,
        });
      c.disc(x, y + 17, 5.5, white);
    },
  ],
  [
    'Battery',
    0xf2f2f7,
    0xc7ccd4,
    (c, x, y) => {
      c.frame(x - 30, y - 15, 54, 30, 3, rgb(0x3a3a3c), { radius: 7 });
      c.rectangle(x + 26, y - 6, 5, 12, rgb(0x3a3a3c), { radius: 2 });
      c.rectangle(
        x - 25,
        y - 10,
        34,
        20,
        gradient([0, y - 10], [0, y + 10], rgb(0x7be495), rgb(0x28a745)),
        { radius: 3 },
      );
      c.polygon(
        [
          [
            [x + 1, y - 14],
            [x - 10, y + 3],
            [x - 3, y + 3],
            [x - 6, y + 15],
            [x + 6, y - 3],
            [x - 1, y - 3],
          ],
        ],
        white,
      );
    },
  ],
  [
    'Paint',
    0xffffff,
    0xf3e9dc,
    (c, x, y) => {
      c.polygon(
        [
          spline(
            [
              [x - 30, y - 4],
              [x - 22, y - 30],
              [x + 28, y - 30],
              [x + 34, y + 8],
              [x + 8, y + 4],
              [x + 12, y + 28],
              [x - 24, y + 28],
            ],
            true,
          ),
          arc([x - 8, y + 14], 4.5),
        ],
        gradient([x - 30, y - 26], [x + 30, y + 26], rgb(0xd9a066), rgb(0x8f5a2b)),
      );
      for (const [i, color] of [0xff3b30, 0xffcc00, 0x34c759, 0x0a84ff, 0xaf52de].entries())
        c.disc(x + 20 * cosine(0.52 + i * 0.1), y - 2 + 17 * sine(0.52 + i * 0.1), 4.6, rgb(color));
    },
  ],
  [
    'Lock',
    0x64d2ff,
    0x0a6fb8,
    (c, x, y) => {
      c.line([[x - 13, y], ...arc([x, y - 10], 13, 13, 0.5, 1), [x + 13, y]], 5, rgb(0xe5edf3));
      c.rectangle(
        x - 21,
        y - 3,
        42,
        32,
        gradient([0, y - 3], [0, y + 29], rgb(0xffe08a), rgb(0xe0a100)),
        { radius: 5 },
      );
      c.disc(x, y + 10, 4.5, rgb(0x5b4300));
      c.line(
        [
          [x, y + 11],
          [x, y + 20],
        ],
        3.4,
        rgb(0x5b4300),
      );
    },
  ],
  [
    'Globe',
    0xeaf6ff,
    0xb8dcf5,
    (c, x, y) => {
      c.disc(x, y, 29, glow([x - 9, y - 10], 42, rgb(0x6cc3ff), rgb(0x0a4fa3)));
      for (const share of [0.25, 0.62])
        c.line(arc([x, y], 29 * share, 29), 1.2, white, { alpha: 0.8 });
      for (const row of [-16, 0, 16])
        c.line(
          [
            [x - Math.sqrt(841 - row * row), y + row],
            [x + Math.sqrt(841 - row * row), y + row],
          ],
          1.2,
          white,
          { alpha: 0.8 },
        );
      c.line(
        [
          [x, y - 29],
          [x, y + 29],
        ],
        1.2,
        white,
        { alpha: 0.8 },
      );
    },
  ],
  [
    'Play',
    0xff6b5e,
    0xb3122a,
    (c, x, y) => {
      c.disc(x, y, 28, white, 0.22);
      c.line(arc([x, y], 28), 2.4, white);
      c.polygon(
        [
          [
            [x - 9, y - 15],
            [x + 18, y],
            [x - 9, y + 15],
          ],
        ],
        white,
      );
    },
  ],
];
