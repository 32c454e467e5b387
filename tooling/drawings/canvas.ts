// A canvas with anti-aliased shapes. It computes with nothing but the four operations and square roots, which IEEE 754 rounds in one
// way only: the same samples on every machine, which Math.sin or `**` do not promise.
import type { Picture } from '../../codec/index.ts';

/** Red, green and blue, 0 to 255. */
export type Color = readonly [number, number, number];
/** One color, or a color for every pixel. */
export type Paint = Color | ((x: number, y: number) => Color);
/** In pixels; (0, 0) is the corner of the canvas, (0.5, 0.5) the middle of its first pixel. */
export type Point = readonly [number, number];

export interface ShapeOptions {
  /** 0 to 1, default 1. */
  readonly alpha?: number;
  /** Of rounded corners, default 0. */
  readonly radius?: number;
}

export interface StrokeOptions {
  readonly alpha?: number;
  /** Lengths of a dash and of a gap; without it the line is whole. */
  readonly dash?: readonly [number, number];
  /** Draws colored fringes a third of a pixel apart, as text on an LCD has them. */
  readonly subpixel?: boolean;
}

/** How much of each pixel of a part of the canvas is covered, 0 to 1. */
interface Mask {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly values: Float32Array;
}

/** Lines in a pixel row that tell how much of it a polygon covers. */
const polygonLines = 8;

export function clamp(value: number, low = 0, high = 1): number {
  return value < low ? low : value > high ? high : value;
}

export function mix(a: Color, b: Color, amount: number): Color {
  return [
    a[0] + (b[0] - a[0]) * amount,
    a[1] + (b[1] - a[1]) * amount,
    a[2] + (b[2] - a[2]) * amount,
  ];
}

/** The color 0xRRGGBB. */
export function rgb(value: number): Color {
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** From `from` at the point `start` to `to` at `end`, in stripes across that line. */
export function gradient(start: Point, end: Point, from: Color, to: Color): Paint {
  const [dx, dy] = [end[0] - start[0], end[1] - start[1]];
  const length = dx * dx + dy * dy;
  return (x, y) => mix(from, to, clamp(((x - start[0]) * dx + (y - start[1]) * dy) / length));
}

/** From `from` in the middle to `to` at the distance `radius`. */
export function glow(middle: Point, radius: number, from: Color, to: Color): Paint {
  return (x, y) => mix(from, to, clamp(distance(x - middle[0], y - middle[1]) / radius));
}

export function distance(x: number, y: number): number {
  return Math.sqrt(x * x + y * y);
}

export class Canvas {
  readonly width: number;
  readonly height: number;
  readonly #samples: Float32Array;

  constructor(width: number, height: number, background: Paint) {
    this.width = width;
    this.height = height;
    this.#samples = new Float32Array(width * height * 3);
    this.rectangle(-1, -1, width + 2, height + 2, background);
  }

  picture(): Picture {
    const { width, height } = this;
    const data = Uint8Array.from(this.#samples, (value) => Math.round(clamp(value, 0, 255)));
    return { width, height, channels: 3, data };
  }

  rectangle(
    left: number,
    top: number,
    width: number,
    height: number,
    paint: Paint,
    { alpha = 1, radius = 0 }: ShapeOptions = {},
  ): void {
    const box = roundedBox(left, top, width, height, radius);
    const coverage = (x: number, y: number) => clamp(0.5 - box(x, y));
    this.#shade([left - 1, top - 1, width + 2, height + 2], coverage, paint, alpha);
  }

  /** The line around a rectangle, inside of it. */
  frame(
    left: number,
    top: number,
    width: number,
    height: number,
    thickness: number,
    paint: Paint,
    { alpha = 1, radius = 0 }: ShapeOptions = {},
  ): void {
    const box = roundedBox(left, top, width, height, radius);
    const coverage = (x: number, y: number) => {
      const inside = -box(x, y);
      return clamp(0.5 + inside) - clamp(0.5 + inside - thickness);
    };
    this.#shade([left - 1, top - 1, width + 2, height + 2], coverage, paint, alpha);
  }

  /** What a rectangle throws on what lies below it; draw it first. */
  shadow(
    left: number,
    top: number,
    width: number,
    height: number,
    { alpha = 0.35, radius = 0, blur = 12 }: ShapeOptions & { readonly blur?: number } = {},
  ): void {
    const box = roundedBox(left, top, width, height, radius);
    const coverage = (x: number, y: number) => {
      const depth = clamp(0.5 - box(x, y) / (2 * blur));
      return depth * depth * (3 - 2 * depth);
    };
    const margin = blur + 1;
    const area = [left - margin, top - margin, width + 2 * margin, height + 2 * margin] as const;
    this.#shade(area, coverage, [0, 0, 0], alpha);
  }

  disc(x: number, y: number, radius: number, paint: Paint, alpha = 1): void {
    const area = [x - radius - 1, y - radius - 1, 2 * radius + 2, 2 * radius + 2] as const;
    const coverage = (column: number, row: number) =>
      clamp(0.5 + radius - distance(column - x, row - y));
    this.#shade(area, coverage, paint, alpha);
  }

  /** Lines through points, with round ends and corners, as one shape: where they cross nothing is painted twice. */
  stroke(
    lines: readonly (readonly Point[])[],
    thickness: number,
    paint: Paint,
    { alpha = 1, dash, subpixel = false }: StrokeOptions = {},
  ): void {
    const parts = dash ? lines.flatMap((line) => dashes(line, dash)) : lines;
    const passes = subpixel ? [[0], [1], [2]] : [[0, 1, 2]];
    for (const channels of passes) {
      const shift = subpixel ? (1 - channels[0]) / 3 : 0;
      this.#blend(strokeMask(parts, thickness, shift), paint, alpha, channels);
    }
  }

  line(points: readonly Point[], thickness: number, paint: Paint, options?: StrokeOptions): void {
    this.stroke([points], thickness, paint, options);
  }

  /** The area within outlines; what lies within two of them is a hole. */
  polygon(outlines: readonly (readonly Point[])[], paint: Paint, alpha = 1): void {
    this.#blend(polygonMask(outlines, this.width, this.height), paint, alpha, [0, 1, 2]);
  }

  #shade(
    [areaLeft, areaTop, areaWidth, areaHeight]: readonly [number, number, number, number],
    coverage: (x: number, y: number) => number,
    paint: Paint,
    alpha: number,
  ): void {
    const left = Math.max(0, Math.floor(areaLeft));
    const top = Math.max(0, Math.floor(areaTop));
    const right = Math.min(this.width, Math.ceil(areaLeft + areaWidth));
    const bottom = Math.min(this.height, Math.ceil(areaTop + areaHeight));
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) {
        const amount = coverage(x + 0.5, y + 0.5) * alpha;
        if (amount > 0) this.#paint(x, y, amount, paint, [0, 1, 2]);
      }
    }
  }

  #blend(mask: Mask, paint: Paint, alpha: number, channels: readonly number[]): void {
    for (let row = 0, i = 0; row < mask.height; row++) {
      for (let column = 0; column < mask.width; column++, i++) {
        const x = mask.left + column;
        const y = mask.top + row;
        if (mask.values[i] === 0 || x < 0 || y < 0 || x >= this.width || y >= this.height) continue;
        this.#paint(x, y, mask.values[i] * alpha, paint, channels);
      }
    }
  }

  #paint(x: number, y: number, amount: number, paint: Paint, channels: readonly number[]): void {
    const color = typeof paint === 'function' ? paint(x + 0.5, y + 0.5) : paint;
    const i = (y * this.width + x) * 3;
    for (const channel of channels) {
      this.#samples[i + channel] += (color[channel] - this.#samples[i + channel]) * amount;
    }
  }
}

/** How far outside of a rectangle with round corners a point is; negative inside. */
function roundedBox(left: number, top: number, width: number, height: number, radius: number) {
  const [middleX, middleY] = [left + width / 2, top + height / 2];
  const [halfWidth, halfHeight] = [width / 2 - radius, height / 2 - radius];
  return (x: number, y: number): number => {
    const dx = Math.abs(x - middleX) - halfWidth;
    const dy = Math.abs(y - middleY) - halfHeight;
    if (dx <= 0 || dy <= 0) return Math.max(dx, dy) - radius;
    return distance(dx, dy) - radius;
  };
}

function emptyMask(points: readonly Point[], margin: number): Mask {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of points) {
    left = Math.min(left, x);
    top = Math.min(top, y);
    right = Math.max(right, x);
    bottom = Math.max(bottom, y);
  }
  left = Math.floor(left - margin);
  top = Math.floor(top - margin);
  const width = Math.max(0, Math.ceil(right + margin) - left);
  const height = Math.max(0, Math.ceil(bottom + margin) - top);
  return { left, top, width, height, values: new Float32Array(width * height) };
}

function strokeMask(lines: readonly (readonly Point[])[], thickness: number, shift: number): Mask {
  const reach = thickness / 2 + 0.5;
  const mask = emptyMask(lines.flat(), reach + 1);
  // A line thinner than a pixel is as wide as one, and fainter.
  const strength = Math.min(1, thickness);
  for (const line of lines) {
    for (let i = 0; i < Math.max(1, line.length - 1); i++) {
      const [x0, y0] = line[i];
      const [x1, y1] = line[i + 1] ?? line[i];
      addSegment(mask, [x0 + shift, y0], [x1 + shift, y1], Math.max(1, reach), strength);
    }
  }
  return mask;
}

function addSegment(
  { left, top, width, values }: Mask,
  [x0, y0]: Point,
  [x1, y1]: Point,
  reach: number,
  strength: number,
): void {
  const [dx, dy] = [x1 - x0, y1 - y0];
  const squared = dx * dx + dy * dy;
  const first = Math.floor(Math.min(x0, x1) - reach);
  const last = Math.ceil(Math.max(x0, x1) + reach);
  const bottom = Math.ceil(Math.max(y0, y1) + reach);
  for (let y = Math.floor(Math.min(y0, y1) - reach); y < bottom; y++) {
    for (let x = first; x < last; x++) {
      const [px, py] = [x + 0.5 - x0, y + 0.5 - y0];
      const along = squared === 0 ? 0 : clamp((px * dx + py * dy) / squared);
      const coverage = clamp(reach - distance(px - along * dx, py - along * dy)) * strength;
      const i = (y - top) * width + x - left;
      if (coverage > values[i]) values[i] = coverage;
    }
  }
}

function dashes(line: readonly Point[], [dash, gap]: readonly [number, number]): Point[][] {
  const parts: Point[][] = [];
  let part: Point[] = [line[0]];
  let isDash = true;
  let left = dash;
  for (let i = 1; i < line.length; i++) {
    let [x, y] = line[i - 1];
    const [endX, endY] = line[i];
    for (;;) {
      const length = distance(endX - x, endY - y);
      if (length <= left) break;
      x += ((endX - x) * left) / length;
      y += ((endY - y) * left) / length;
      if (isDash) parts.push([...part, [x, y]]);
      part = [[x, y]];
      isDash = !isDash;
      left = isDash ? dash : gap;
    }
    left -= distance(endX - x, endY - y);
    if (isDash) part.push([endX, endY]);
  }
  if (isDash && part.length > 1) parts.push(part);
  return parts;
}

function polygonMask(
  outlines: readonly (readonly Point[])[],
  canvasWidth: number,
  canvasHeight: number,
): Mask {
  const whole = emptyMask(outlines.flat(), 1);
  const left = Math.max(0, whole.left);
  const top = Math.max(0, whole.top);
  const width = Math.max(0, Math.min(canvasWidth, whole.left + whole.width) - left);
  const height = Math.max(0, Math.min(canvasHeight, whole.top + whole.height) - top);
  const values = new Float32Array(width * height);
  for (let line = 0; line < height * polygonLines; line++) {
    const y = top + (line + 0.5) / polygonLines;
    const crossings = outlines.flatMap((outline) => crossingsOf(outline, y)).sort((a, b) => a - b);
    const row = Math.floor(line / polygonLines) * width;
    for (let i = 0; i + 1 < crossings.length; i += 2) {
      const start = clamp(crossings[i] - left, 0, width);
      const end = clamp(crossings[i + 1] - left, 0, width);
      for (let x = Math.floor(start); x < end; x++) {
        const covered = Math.min(end, x + 1) - Math.max(start, x);
        values[row + x] = Math.min(1, values[row + x] + covered / polygonLines);
      }
    }
  }
  return { left, top, width, height, values };
}

function crossingsOf(outline: readonly Point[], y: number): number[] {
  const crossings: number[] = [];
  let [x0, y0] = outline[outline.length - 1];
  for (const [x1, y1] of outline) {
    if (y0 <= y !== y1 <= y) crossings.push(x0 + ((x1 - x0) * (y - y0)) / (y1 - y0));
    [x0, y0] = [x1, y1];
  }
  return crossings;
}
