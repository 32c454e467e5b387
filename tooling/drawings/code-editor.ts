// A code editor with a dark theme: files on the left, colored text with LCD fringes, a small map of the file, a terminal.
import type { Picture } from '../../codec/index.ts';
import { Canvas, type Color, rgb } from './canvas.ts';
import { drawText, type TextStyle } from './text.ts';

const colors: Readonly<Record<string, Color>> = {
  keyword: rgb(0xc586c0),
  type: rgb(0x4ec9b0),
  name: rgb(0x9cdcfe),
  call: rgb(0xdcdcaa),
  number: rgb(0xb5cea8),
  string: rgb(0xce9178),
  comment: rgb(0x6a9955),
  plain: rgb(0xd4d4d4),
};
const keywords = /^(import|from|export|function|const|let|return|for|of|if|else|new|class|while)$/;
const mono: TextStyle = {
  size: 7,
  paint: rgb(0xd4d4d4),
  weight: 1.05,
  monospace: true,
  subpixel: true,
};
const characterWidth = (7 / 12) * 11;

const source = `// Distances from one stop of a network to all others.
import { Heap } from './heap.ts';

export interface Edge {
  readonly to: number;
  readonly minutes: number;
}

export function distances(edges: Edge[][], start: number) {
  const best = new Float64Array(edges.length).fill(Infinity);
  const queue = new Heap<number>((a, b) => best[a] < best[b]);
  best[start] = 0;
  queue.push(start);
  while (queue.size > 0) {
    const stop = queue.pop();
    for (const { to, minutes } of edges[stop]) {
      const sum = best[stop] + minutes;
      if (sum < best[to]) {
        best[to] = sum;
        queue.push(to);
      }
    }
  }
  return best;
}

/* The farthest stop, and how long it takes: "n/a" for none. */
export function farthest(best: Float64Array): string {
  let last = 0;
  for (const [stop, minutes] of best.entries()) {
    if (minutes > best[last]) last = stop;
  }
  return best.length ? \`\${last}: \${best[last]} min\` : 'n/a';
}`.replaceAll('`', '"');

/** Words of a line with the kind of each. */
function tokens(line: string): { text: string; kind: string }[] {
  const parts = line.match(/\/[/*].*|'[^']*'|"[^"]*"|\d+|\w+(?=\()|\w+|\s+|./g) ?? [];
  return parts.map((text, index) => {
    if (/^\/[/*]/.test(text)) return { text, kind: 'comment' };
    if (/^['"]/.test(text)) return { text, kind: 'string' };
    if (/^\d/.test(text)) return { text, kind: 'number' };
    if (keywords.test(text)) return { text, kind: 'keyword' };
    if (/^[A-Z]/.test(text)) return { text, kind: 'type' };
    if (/^\w/.test(text)) return { text, kind: parts[index + 1] === '(' ? 'call' : 'name' };
    return { text, kind: 'plain' };
  });
}

export function drawCodeEditor(): Picture {
  const canvas = new Canvas(768, 512, rgb(0x1e1e1e));
  canvas.rectangle(0, 0, 768, 26, rgb(0x323233));
  for (const [i, color] of [0xff5f57, 0xfebc2e, 0x28c840].entries()) {
    canvas.disc(16 + i * 20, 13, 6, rgb(color));
  }
  const title = { ...mono, monospace: false, paint: rgb(0xb0b0b0) };
  drawText(canvas, 'distances.ts – timetable', 384, 17, { ...title, align: 'middle' });
  drawFiles(canvas);
  drawTabs(canvas);
  drawSource(canvas);
  drawTerminal(canvas);
  canvas.rectangle(0, 494, 768, 18, rgb(0x007acc));
  const status = { ...title, size: 6, paint: rgb(0xffffff), weight: 0.95 };
  drawText(canvas, 'main*    0 errors, 2 warnings', 10, 506, status);
  drawText(canvas, 'Ln 17, Col 34    Spaces: 2    UTF-8    LF    TypeScript', 758, 506, {
    ...status,
    align: 'right',
  });
  return canvas.picture();
}

function drawFiles(canvas: Canvas): void {
  canvas.rectangle(0, 26, 150, 468, rgb(0x252526));
  const style = { ...mono, monospace: false, paint: rgb(0xcccccc) };
  drawText(canvas, 'EXPLORER', 14, 44, { ...style, size: 6, paint: rgb(0x9a9a9a) });
  const files = [
    '> docs',
    'v src',
    '  distances.ts',
    '  edges.ts',
    '  heap.ts',
    '  index.ts',
    '  main.ts',
    '  stops.ts',
    '> test',
    '> tools',
    'README.md',
    'package.json',
    'tsconfig.json',
  ];
  for (const [i, file] of files.entries()) {
    const y = 66 + i * 19;
    if (i === 2) canvas.rectangle(0, y - 13, 150, 19, rgb(0x37373d));
    const depth = file.startsWith('  ') ? 34 : 20;
    if (/^[>v] /.test(file)) {
      const right = file.startsWith('>');
      const arrow = right
        ? ([
            [9, y - 7],
            [13, y - 3.5],
            [9, y],
          ] as const)
        : ([
            [7, y - 6],
            [10.5, y - 2],
            [14, y - 6],
          ] as const);
      canvas.line(arrow, 1.2, rgb(0xcccccc));
    } else {
      const color = file.endsWith('.ts') ? 0x3178c6 : file.endsWith('.md') ? 0x519aba : 0xcbcb41;
      canvas.rectangle(depth - 1, y - 9, 9, 10, rgb(color), { radius: 1.5 });
    }
    drawText(
      canvas,
      file.replace(/^([>v] | {2})/, ''),
      depth + (/^[>v] /.test(file) ? 0 : 12),
      y,
      style,
    );
  }
}

function drawTabs(canvas: Canvas): void {
  canvas.rectangle(150, 26, 618, 26, rgb(0x2d2d2d));
  canvas.rectangle(150, 26, 124, 26, rgb(0x1e1e1e));
  canvas.rectangle(150, 26, 124, 1.5, rgb(0x007acc));
  const style = { ...mono, monospace: false };
  for (const [i, name] of ['distances.ts', 'heap.ts', 'main.ts'].entries()) {
    const x = 150 + i * 124;
    canvas.rectangle(x + 12, 34, 10, 10, rgb(0x3178c6), { radius: 1.5 });
    drawText(canvas, name, x + 28, 43, {
      ...style,
      paint: i === 0 ? rgb(0xffffff) : rgb(0x969696),
    });
    canvas.stroke(
      [
        [
          [x + 107, 36],
          [x + 113, 42],
        ],
        [
          [x + 113, 36],
          [x + 107, 42],
        ],
      ],
      1,
      rgb(0x969696),
    );
    canvas.rectangle(x + 123, 26, 1, 26, rgb(0x252526));
  }
}

function drawSource(canvas: Canvas): void {
  for (const [row, line] of source.split('\n').entries()) {
    const y = 67 + row * 11.5;
    if (row === 16) {
      canvas.rectangle(190, y - 9.5, 500, 12.5, rgb(0x2a2d2e));
      canvas.rectangle(194 + 26 * characterWidth, y - 9.5, 7 * characterWidth, 12.5, rgb(0x264f78));
      canvas.rectangle(194 + 33 * characterWidth, y - 9, 1.4, 11.5, rgb(0xaeafad));
    }
    const number = {
      ...mono,
      paint: rgb(row === 16 ? 0xc6c6c6 : 0x858585),
      align: 'right',
    } as const;
    drawText(canvas, String(row + 1), 182, y, number);
    const indent = line.search(/\S/);
    for (let level = 2; level < indent; level += 2) {
      canvas.rectangle(194 + level * characterWidth, y - 9, 1, 11.5, rgb(0x404040));
    }
    let x = 194;
    for (const { text, kind } of tokens(line)) {
      x = drawText(canvas, text, x, y, { ...mono, paint: colors[kind] });
      const from = 706 + (x - 194 - text.length * characterWidth) / 9;
      if (kind !== 'plain') {
        canvas.rectangle(
          from,
          58 + row * 3,
          (text.length * characterWidth) / 9,
          1.6,
          colors[kind],
          { alpha: 0.8 },
        );
      }
    }
  }
  canvas.rectangle(700, 54, 60, 66, rgb(0x79797a), { alpha: 0.25 });
}

function drawTerminal(canvas: Canvas): void {
  canvas.rectangle(150, 440, 618, 54, rgb(0x181818));
  canvas.rectangle(150, 440, 618, 1, rgb(0x454545));
  const lines: readonly (readonly [string, Color])[] = [
    ['$ node build/main.js --from 12 --to 907', rgb(0xe5e5e5)],
    ['  1284 stops, 3391 edges, 0.42 s', rgb(0x8a8a8a)],
    ['  ok  12 → 907: 1 h 53 min, 2 changes', rgb(0x23d18b)],
  ];
  for (const [i, [text, paint]] of lines.entries()) {
    drawText(canvas, text, 162, 457 + i * 13, { ...mono, paint });
  }
  canvas.rectangle(162, 484, 5, 8, rgb(0xe5e5e5));
}
