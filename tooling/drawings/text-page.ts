// A page of a book in two columns: headings, justified text, a drop letter, a footnote.
import type { Picture } from '../../codec/index.ts';
import { Canvas, mix, rgb } from './canvas.ts';
import { arc } from './curves.ts';
import { drawParagraph, drawText, type TextStyle, wrapText } from './text.ts';

const paper = rgb(0xfbf8f0);
const ink = rgb(0x1d1a18);
const body: TextStyle = { size: 8.2, paint: ink, weight: 1.05 };
const leading = 15.5;

const paragraphs = [
  'The harbor was built in the year of the long winter, when the river froze down to its bed and carts crossed it for eleven weeks. Stones for the outer wall came from the quarry behind the mill; each was numbered with chalk, and the last of them, 4127, still stands beside the gate.',
  'Nobody had counted the steps of the lighthouse before. The keeper said 212, his daughter 208, and both were right: four steps had been cut away to make room for the clock, and he had never stopped climbing them.',
  'In the first spring the pilots kept a book of depths. They wrote down what the lead line gave, fathom by fathom, and drew between the numbers a coast that nobody could see from the shore. A page took them a week.',
  'Their sons went on with it. On calm days the boat drew lines across the bay like a plow across a field, and the boys called out the depths in turn, for a penny each.',
  'The drawings were exact where the water was quiet and guesses where it was not. When a new channel opened beyond the sandbank, they pasted a strip of paper over the old one; after twenty years some pages were as thick as a thumb.',
  'What is left of the book lies under glass. Its corners are black with use, and on every second page a ring shows where a cup of tea once stood.',
];

export function drawTextPage(): Picture {
  const shade = mix(paper, rgb(0xd9d2c2), 0.9);
  const canvas = new Canvas(768, 512, (x) => mix(shade, paper, Math.min(1, x / 46)));
  drawText(canvas, 'THE BOOK OF DEPTHS', 52, 34, { ...body, size: 6.5, weight: 1 });
  drawText(canvas, '73', 724, 34, { ...body, align: 'right' });
  canvas.line(
    [
      [52, 44.5],
      [724, 44.5],
    ],
    0.8,
    ink,
  );
  drawText(canvas, 'Chapter 7', 52, 78, { ...body, size: 11, italic: true, weight: 1.2 });
  drawText(canvas, 'Harbor, Lighthouse and Tide', 52, 106, { size: 17, paint: ink, weight: 2.6 });

  const width = 320;
  let baseline = 138;
  canvas.rectangle(52, 128, 30, 28, rgb(0x7a1f1f), { radius: 2 });
  canvas.frame(54.5, 130.5, 25, 23, 1, rgb(0xe8c9a0), { radius: 1 });
  drawText(canvas, 'T', 67, 150, { size: 16, paint: paper, weight: 2.4, align: 'middle' });
  const [first, second] = wrapText(paragraphs[0].slice(1), width - 36, body);
  drawText(canvas, first, 88, baseline, body);
  drawText(canvas, second, 88, baseline + leading, body);
  const rest = paragraphs[0].slice(first.length + second.length + 3);
  baseline = drawParagraph(canvas, rest, 52, baseline + 2 * leading, width, leading, body);
  for (const text of paragraphs.slice(1, 4)) {
    baseline = drawParagraph(canvas, text, 52, baseline + 4, width, leading, body);
  }
  drawText(canvas, 'Of pilots and paper', 404, 138, { size: 11, paint: ink, weight: 1.9 });
  baseline = 162;
  for (const text of paragraphs.slice(4)) {
    baseline = drawParagraph(canvas, text, 404, baseline, width, leading, body) + 4;
  }
  drawSounding(canvas, 404, baseline + 2);

  canvas.line(
    [
      [52, 470.5],
      [180, 470.5],
    ],
    0.7,
    ink,
  );
  const note = { ...body, size: 6, weight: 0.85 };
  drawText(
    canvas,
    '* A fathom is six feet, about 1.83 m. The lead line had marks of leather and cloth,',
    52,
    484,
    note,
  );
  drawText(
    canvas,
    'so that they could be told apart in the dark; see the table on page 91.',
    52,
    497,
    note,
  );
  return canvas.picture();
}

/** A small chart of depths with contour lines. */
function drawSounding(canvas: Canvas, left: number, top: number): void {
  canvas.frame(left, top, 320, 130, 1, ink);
  for (let ring = 1; ring <= 6; ring++) {
    const line = arc([left + 205, top + 70], ring * 18, ring * 9.5).filter(
      ([x, y]) => x > left + 3 && x < left + 317 && y > top + 3 && y < top + 127,
    );
    canvas.line(line, 0.7, mix(ink, paper, ring / 9));
  }
  for (let i = 0; i < 42; i++) {
    const column = i % 7;
    const row = Math.floor(i / 7);
    const [x, y] = [left + 24 + column * 45 + (row % 2) * 14, top + 17 + row * 20];
    const [dx, dy] = [(x - left - 205) / 105, (y - top - 70) / 55];
    const depth = Math.max(1, Math.round(38 - 13 * (dx * dx + dy * dy) + ((i * 7) % 5)));
    if (x < left + 312)
      drawText(canvas, String(depth), x, y, {
        size: 5.5,
        paint: ink,
        weight: 0.8,
        align: 'middle',
      });
  }
  drawText(canvas, 'Fig. 12. Depths in fathoms, after the survey of 1764.', left, top + 146, {
    ...body,
    size: 6.5,
    italic: true,
    weight: 0.9,
  });
}
