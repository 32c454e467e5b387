// Tensors and networks of the plain decoder, written from codec/models/README.md alone.
import type { Model } from '../../codec/engine/model.ts';

export interface Grid {
  height: number;
  width: number;
  channels: number;
  data: Int16Array;
}

export const clamp = (value: number, low: number, high: number) =>
  Math.min(Math.max(value, low), high);
export const sat16 = (value: number) => clamp(value, -32768, 32767);
/** In exact double arithmetic, so that an overflow of 32 bits would show as a difference. */
export const round = (value: number, shift: number) =>
  shift === 0 ? value : Math.floor((value + 2 ** (shift - 1)) / 2 ** shift);

export function grid(height: number, width: number, channels: number): Grid {
  return { height, width, channels, data: new Int16Array(height * width * channels) };
}

export function at(g: Grid, y: number, x: number, c: number): number {
  if (y < 0 || x < 0 || y >= g.height || x >= g.width) return 0;
  return g.data[(y * g.width + x) * g.channels + c];
}

export function fill(g: Grid, value: (y: number, x: number, c: number) => number): Grid {
  for (let y = 0; y < g.height; y++) {
    for (let x = 0; x < g.width; x++) {
      for (let c = 0; c < g.channels; c++) {
        g.data[(y * g.width + x) * g.channels + c] = value(y, x, c);
      }
    }
  }
  return g;
}

// models/README.md, "Quality"

/** One for all positions, or one for each position of y. */
export type Quality = number | Grid;

/** Value of a table at a row, column and channel of a tensor of this size. */
function tableAt(table: ArrayLike<number>, quality: Quality, { height, width }: Grid) {
  return (y: number, x: number, c: number) => {
    if (typeof quality === 'number') return rowOf(table, quality)(c);
    const row = Math.floor((y * quality.height) / height);
    const column = Math.floor((x * quality.width) / width);
    return rowOf(table, at(quality, row, column, 0))(c);
  };
}

export function rowOf(table: ArrayLike<number>, q16: number): (channel: number) => number {
  const channels = table.length / 101;
  const i = q16 >> 4;
  const f = q16 & 15;
  const next = Math.min(i + 1, 100);
  return (c) => (table[i * channels + c] * (16 - f) + table[next * channels + c] * f + 8) >> 4;
}

// models/README.md, "Operations"

export type Op = Model['manifest']['networks']['synthesis'][number];
export type Registers = Record<string, Grid>;

export function runOp(model: Model, op: Op, registers: Registers, quality: Quality): Grid {
  const tensor = (name: string) => model.tensors.get(name) as ArrayLike<number>;
  if (op.op === 'concat') {
    const [a, b] = op.inputs.map((name) => registers[name]);
    return fill(grid(a.height, a.width, a.channels + b.channels), (y, x, c) =>
      c < a.channels ? at(a, y, x, c) : at(b, y, x, c - a.channels),
    );
  }
  const input = registers[op.input];
  const { height, width, channels } = input;
  switch (op.op) {
    case 'conv': {
      const weight = tensor(op.weight);
      const bias = tensor(op.bias);
      const half = (op.kernel - 1) / 2;
      const residual = op.residual === undefined ? undefined : registers[op.residual];
      const size = [Math.ceil(height / op.stride), Math.ceil(width / op.stride)];
      return fill(grid(size[0], size[1], op.outChannels), (y, x, out) => {
        let sum = bias[out];
        let w = out * op.kernel * op.kernel * op.inChannels;
        for (let ky = -half; ky <= half; ky++) {
          for (let kx = -half; kx <= half; kx++) {
            for (let c = 0; c < op.inChannels; c++) {
              sum += weight[w++] * at(input, y * op.stride + ky, x * op.stride + kx, c);
            }
          }
        }
        let v = round(sum, op.shift);
        if (op.activation === 'leaky') v = Math.max(v, Math.floor(v / 8));
        v = sat16(v);
        return residual ? sat16(v + at(residual, y, x, out)) : v;
      });
    }
    case 'depthwise': {
      const weight = tensor(op.weight);
      const bias = tensor(op.bias);
      return fill(grid(height, width, channels), (y, x, c) => {
        let sum = bias[c];
        for (let tap = 0; tap < 9; tap++) {
          const dy = Math.floor(tap / 3) - 1;
          const dx = (tap % 3) - 1;
          sum += weight[tap * channels + c] * at(input, y + dy, x + dx, c);
        }
        return sat16(round(sum, op.shift));
      });
    }
    case 'gain': {
      const table = tableAt(tensor(op.table), quality, input);
      return fill(grid(height, width, channels), (y, x, c) =>
        sat16(round(at(input, y, x, c) * table(y, x, c), op.shift)),
      );
    }
    case 'offset': {
      const table = tableAt(tensor(op.table), quality, input);
      return fill(grid(height, width, channels), (y, x, c) =>
        sat16(at(input, y, x, c) + table(y, x, c)),
      );
    }
    case 'shuffle': {
      const out = channels / 4;
      return fill(grid(2 * height, 2 * width, out), (y, x, c) =>
        at(input, y >> 1, x >> 1, ((y & 1) * 2 + (x & 1)) * out + c),
      );
    }
    case 'unshuffle':
      return fill(grid(height / 2, width / 2, 4 * channels), (y, x, c) => {
        const d = Math.floor(c / channels);
        return at(input, 2 * y + (d >> 1), 2 * x + (d & 1), c % channels);
      });
  }
}

export function runNetwork(
  model: Model,
  ops: readonly Op[],
  registers: Registers,
  quality: Quality,
): Grid {
  for (const op of ops) registers[op.output] = runOp(model, op, registers, quality);
  return registers.output;
}
