// Lines and paragraphs of text.
import type { Canvas, Paint, Point } from './canvas.ts';
import { capitalUnits, letterOf } from './letters.ts';

export interface TextStyle {
  /** Height of a capital in pixels. */
  readonly size: number;
  readonly paint: Paint;
  /** Thickness of a stroke in pixels; default an eighth of the size, at least 1. */
  readonly weight?: number;
  /** Every character takes as much room. */
  readonly monospace?: boolean;
  readonly italic?: boolean;
  /** As on an LCD; default false. */
  readonly subpixel?: boolean;
  /** What `x` means, default left. */
  readonly align?: 'left' | 'middle' | 'right';
  /** Turned so that it reads upwards. */
  readonly upwards?: boolean;
}

const letterGap = 3.4;
const spaceWidth = 5.4;
const monospaceWidth = 11;

function advanceOf(character: string, style: TextStyle): number {
  const unit = style.size / capitalUnits;
  if (style.monospace) return monospaceWidth * unit;
  return (character === ' ' ? spaceWidth : letterOf(character).width + letterGap) * unit;
}

/** Width of a line of text in pixels. */
export function textWidth(text: string, style: TextStyle): number {
  return [...text].reduce((width, character) => width + advanceOf(character, style), 0);
}

/** Writes a line whose letters stand on `baseline`; returns where it ends. */
export function drawText(
  canvas: Canvas,
  text: string,
  x: number,
  baseline: number,
  style: TextStyle,
): number {
  const { size, paint, weight = Math.max(1, size / 8), subpixel } = style;
  const unit = size / capitalUnits;
  const width = textWidth(text, style);
  const start = { left: 0, middle: -width / 2, right: -width }[style.align ?? 'left'];
  let along = start + (letterGap / 2) * unit;
  for (const character of text) {
    if (character !== ' ') {
      const letter = letterOf(character);
      const room = monospaceWidth - letterGap;
      const squeeze = style.monospace ? Math.min(1, room / letter.width) : 1;
      const inset = style.monospace ? ((room - letter.width * squeeze) / 2) * unit : 0;
      const place = ([px, py]: Point): Point => {
        const slant = style.italic ? -py * 0.22 : 0;
        const [right, down] = [along + inset + (px * squeeze + slant) * unit, py * unit];
        return style.upwards ? [x + down, baseline - right] : [x + right, baseline + down];
      };
      const strokes = letter.strokes.map((stroke) => stroke.map(place));
      canvas.stroke(strokes, weight, paint, { subpixel });
    }
    along += advanceOf(character, style);
  }
  return x + start + width;
}

/** Breaks words into lines of at most `width` pixels. */
export function wrapText(text: string, width: number, style: TextStyle): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && textWidth(`${last} ${word}`, style) <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else {
      lines.push(word);
    }
  }
  return lines;
}

/** A paragraph with straight edges on both sides; returns the baseline of the line after it. */
export function drawParagraph(
  canvas: Canvas,
  text: string,
  x: number,
  baseline: number,
  width: number,
  leading: number,
  style: TextStyle,
): number {
  const lines = wrapText(text, width, style);
  for (const [index, line] of lines.entries()) {
    const words = line.split(' ');
    const room = width - words.reduce((sum, word) => sum + textWidth(word, style), 0);
    const isLast = index === lines.length - 1;
    const gap = isLast ? textWidth(' ', style) : room / Math.max(1, words.length - 1);
    let left = x;
    for (const word of words) left = drawText(canvas, word, left, baseline, style) + gap;
    baseline += leading;
  }
  return baseline;
}
