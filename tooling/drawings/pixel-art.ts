// Pixel art: a night scene of a game in 16 colors, each pixel 4 x 4, with dithered sky.
import type { Picture } from '../../codec/index.ts';
import { hash } from '../demo/noise.ts';
import { Canvas, type Color, rgb } from './canvas.ts';
import { sine } from './curves.ts';

const size = 4;
const columns = 192;
const rows = 128;
const seed = 71;
const sky = [0x1a1c2c, 0x29366f, 0x3b5dc9, 0x5d275d, 0xb13e53, 0xef7d57].map(rgb);
const dither = [0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5];

/** A figure as rows of characters; a point is transparent. */
interface Sprite {
  readonly rows: readonly string[];
  readonly palette: Readonly<Record<string, number>>;
}

const hero: Sprite = {
  rows: [
    '....rrrr....',
    '...rrrrrr...',
    '...kskskk...',
    '...ssssss...',
    '....ssss....',
    '..bbbggbbb..',
    '.sbbbggbbbs.',
    '.s.bbggbb.s.',
    '...bbbbbb...',
    '...kk..kk...',
    '..kkk..kkk..',
  ],
  palette: { r: 0xb13e53, k: 0x1a1c2c, s: 0xffcd9b, b: 0x41a6f6, g: 0xffcd75 },
};
const slime: Sprite = {
  rows: [
    '....gggg....',
    '..ggllllgg..',
    '.gllggggggg.',
    '.glgwkgwkgg.',
    'ggggwkgwkggg',
    'gggggggggggg',
    'gdgggggggdgg',
    'dddddddddddd',
  ],
  palette: { g: 0x38b764, l: 0xa7f070, w: 0xf4f4f4, k: 0x1a1c2c, d: 0x257179 },
};
const coin: Sprite = {
  rows: [
    '..yyyy..',
    '.yllyyo.',
    'yllyyyyo',
    'ylyoyyyo',
    'ylyoyyyo',
    'yyyyyyyo',
    '.yyyyoo.',
    '..oooo..',
  ],
  palette: { y: 0xffcd75, l: 0xfff4d0, o: 0xef7d57 },
};
const heart: Sprite = {
  rows: ['.rr.rr.', 'rwrrrrr', 'rrrrrrr', '.rrrrr.', '..rrr..', '...r...'],
  palette: { r: 0xb13e53, w: 0xf4f4f4 },
};
const tree: Sprite = {
  rows: [
    '......gg......',
    '....gglggg....',
    '...glgggggg...',
    '..gglgggdggg..',
    '.glggggggdggg.',
    '.gggglgggggdg.',
    'gglggggdggggdg',
    'gggggggggdgddd',
    '.dggdgggddddd.',
    '..ddd.bb.ddd..',
    '......bb......',
    '.....bbbb.....',
  ],
  palette: { g: 0x38b764, l: 0xa7f070, d: 0x257179, b: 0x5d275d },
};

function put(canvas: Canvas, x: number, y: number, color: Color): void {
  if (x >= 0 && y >= 0 && x < columns && y < rows)
    canvas.rectangle(x * size, y * size, size, size, color);
}

function drawSprite(
  canvas: Canvas,
  { rows: lines, palette }: Sprite,
  left: number,
  top: number,
): void {
  for (const [y, line] of lines.entries()) {
    for (const [x, key] of [...line].entries()) {
      if (key !== '.') put(canvas, left + x, top + y, rgb(palette[key]));
    }
  }
}

export function drawPixelArt(): Picture {
  const canvas = new Canvas(columns * size, rows * size, rgb(0x1a1c2c));
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) put(canvas, x, y, skyColor(x, y));
  }
  drawMoon(canvas, 150, 26);
  for (let x = 0; x < columns; x++) drawHills(canvas, x);
  for (const x of [6, 34, 60, 131, 170]) drawSprite(canvas, tree, x, 77 - (x % 3));
  drawTown(canvas);
  for (let x = 0; x < columns; x++) drawGround(canvas, x);
  drawPlatform(canvas, 70, 74, 5);
  drawPlatform(canvas, 116, 62, 4);
  drawPlatform(canvas, 18, 58, 4);
  drawSprite(canvas, hero, 82, 63);
  drawSprite(canvas, slime, 130, 93);
  drawSprite(canvas, slime, 30, 93);
  for (let i = 0; i < 4; i++) drawSprite(canvas, coin, 116 + i * 9, 50 - (i % 2) * 3);
  for (let i = 0; i < 3; i++) drawSprite(canvas, coin, 22 + i * 9, 46);
  for (let i = 0; i < 4; i++) drawSprite(canvas, heart, 4 + i * 9, 4);
  return canvas.picture();
}

function skyColor(x: number, y: number): Color {
  const star = hash(x, y, seed);
  if (y < 60 && star > 0.994) return rgb(star > 0.9975 ? 0xf4f4f4 : 0x94b0c2);
  const level = (y / 96) * (sky.length - 1);
  const step = Math.floor(level);
  const threshold = (dither[(y % 4) * 4 + (x % 4)] + 0.5) / 16;
  return sky[Math.min(sky.length - 1, step + (level - step > threshold ? 1 : 0))];
}

function drawMoon(canvas: Canvas, middleX: number, middleY: number): void {
  for (let y = -13; y <= 13; y++) {
    for (let x = -13; x <= 13; x++) {
      if (x * x + y * y > 170) continue;
      const shade = (x + 5) * (x + 5) + (y + 4) * (y + 4) > 190;
      const crater = hash((x + 40) >> 2, (y + 40) >> 2, seed + 1) > 0.78;
      put(canvas, middleX + x, middleY + y, rgb(shade ? 0x94b0c2 : crater ? 0xd5dbe0 : 0xf4f4f4));
    }
  }
}

function drawHills(canvas: Canvas, x: number): void {
  const far = Math.round(64 + 9 * sine(x / 97 + 0.1) + 5 * sine(x / 41 + 0.3));
  for (let y = far; y < rows; y++) put(canvas, x, y, rgb(y - far < 2 ? 0x566c86 : 0x333c57));
  const near = Math.round(80 + 5 * sine(x / 63 + 0.6) + 3 * sine(x / 23));
  for (let y = near; y < rows; y++) {
    const light = y === near || (y - near < 5 && (x + y) % 2 === 0);
    put(canvas, x, y, rgb(light ? 0x257179 : 0x1a4650));
  }
}

function drawTown(canvas: Canvas): void {
  for (let house = 0; house < 7; house++) {
    const left = 84 + house * 13;
    const height = 10 + Math.floor(hash(house, 3, seed) * 14);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < 11; x++) {
        const isWindow = x % 4 > 1 && y % 4 > 1 && y > 3;
        const isLit = hash(left + (x >> 2), y >> 2, seed) > 0.45;
        const wall = x === 10 ? 0x29203f : 0x3a2a55;
        put(
          canvas,
          left + x,
          95 - height + y,
          rgb(isWindow ? (isLit ? 0xffcd75 : 0x1a1c2c) : wall),
        );
      }
    }
    for (let y = 0; y < 5; y++) {
      for (let x = y; x < 11 - y; x++)
        put(canvas, left + x, 94 - height - y, rgb(x % 3 ? 0x7a3045 : 0x5d275d));
    }
  }
}

function drawGround(canvas: Canvas, x: number): void {
  for (let y = 101; y < rows; y++) {
    const depth = y - 101;
    const blade = depth < 3 + Math.floor(hash(x, 0, seed) * 3);
    const stone = hash(x >> 2, y >> 1, seed) > 0.88;
    const brick =
      depth > 6 && (depth % 7 === 0 || (x + (Math.floor(depth / 7) % 2) * 6) % 12 === 0);
    put(
      canvas,
      x,
      y,
      rgb(
        blade
          ? (x + y) % 3
            ? 0x38b764
            : 0xa7f070
          : brick
            ? 0x3d1f3d
            : stone
              ? 0x8f5a5a
              : 0x6b3a4c,
      ),
    );
  }
}

function drawPlatform(canvas: Canvas, left: number, top: number, blocks: number): void {
  for (let x = 0; x < blocks * 8; x++) {
    for (let y = 0; y < 8; y++) {
      const edge = x % 8 === 0 || y === 0;
      const dark = x % 8 === 7 || y === 7;
      const nail = (x % 8 === 2 || x % 8 === 5) && (y === 2 || y === 5);
      put(
        canvas,
        left + x,
        top + y,
        rgb(nail ? 0x333c57 : edge ? 0xc9d6df : dark ? 0x333c57 : 0x566c86),
      );
    }
  }
}
