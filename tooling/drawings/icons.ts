// Twenty-four icons with gradients, highlights and shadows on tiles, as on the screen of a phone.
import type { Picture } from '../../codec/index.ts';
import { Canvas, glow, gradient, rgb } from './canvas.ts';
import { firstIcons } from './icons-first.ts';
import { secondIcons } from './icons-second.ts';
import { drawText } from './text.ts';

const white = rgb(0xffffff);
const tile = 78;

export function drawIcons(): Picture {
  const night = gradient([0, 0], [768, 512], rgb(0x3a1c71), rgb(0xffaf7b));
  const canvas = new Canvas(768, 512, night);
  for (let i = 0; i < 7; i++) {
    canvas.disc(
      110 * i + 40,
      120 + 60 * (i % 3) * i * 0.5,
      90 + i * 14,
      glow([110 * i, 140], 260, rgb(0xd76d77), rgb(0x6a3093)),
      0.28,
    );
  }
  for (const [i, [name, from, to, draw]] of [...firstIcons, ...secondIcons].entries()) {
    const x = 74 + (i % 6) * 124;
    const y = 66 + Math.floor(i / 6) * 124;
    const [left, top] = [x - tile / 2, y - tile / 2];
    canvas.shadow(left, top + 5, tile, tile, { radius: 18, blur: 10, alpha: 0.4 });
    canvas.rectangle(
      left,
      top,
      tile,
      tile,
      gradient([0, top], [0, top + tile], rgb(from), rgb(to)),
      { radius: 18 },
    );
    draw(canvas, x, y);
    canvas.frame(left, top, tile, tile, 1, white, { radius: 18, alpha: 0.35 });
    drawText(canvas, name, x, y + 55, { size: 7.6, paint: white, weight: 1.15, align: 'middle' });
  }
  return canvas.picture();
}
