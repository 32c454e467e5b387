/**
 * Runs networks with the WebAssembly SIMD kernels.
 *
 * A network is first turned into steps, in which two 1x1 convolutions in a row are one step where nothing else
 * reads the tensor between them. A run gives each value of a register a block of the arena, from the step that
 * writes it to the last one that reads it, and writes in place where a kernel allows it.
 */
import { Arena } from './arena.ts';
import { createKernels } from './kernels/kernels.ts';
import type { ConvOp, EngineOp, Tensors } from './manifest.ts';
import { WeightStore } from './packed-weights.ts';
import {
  clipLevels,
  constantLevels,
  featureCount,
  filterColumns,
  filterMargin,
  type Moments,
  momentGroups,
  momentShift,
  neighborOffsets,
  neighborPairs,
  type PixelPlanes,
  wideClipLevels,
} from './pixel-filter.ts';
import { eachRun, interpolatedRow, type Quality } from './quality.ts';
import type { RealMatrix } from './real-matrix.ts';
import type { NetworkRunner } from './scalar-backend.ts';
import { inputNames, outputShape } from './shapes.ts';
import { type Shape, sizeOf, type Tensor } from './tensor.ts';

/** One operation, or a convolution with the 1x1 convolution that reads its result. */
interface Step {
  readonly op: EngineOp;
  readonly next?: ConvOp;
  /** Registers read, and those among them that no later step reads before they are written again. */
  readonly inputs: readonly string[];
  readonly lastUses: ReadonlySet<string>;
  readonly output: string;
}

/** A tensor in the arena. */
interface Value extends Shape {
  readonly start: number;
}

/** Positions that are packed at once. */
const chunk = 32;
const vectorBytes = 16;
/** Groups of columns that `addMoments` takes at once (assembly/filter.ts). */
const momentBatch = 16;
/** Features, and beside them three colors and three zeros. */
const momentEntries = featureCount + 6;

/** Rows and columns that `multiplyReal` works on at once. */
const realBlock = 4;

function roundUp(size: number, multiple: number): number {
  return Math.ceil(size / multiple) * multiple;
}

/** Rows of `from` values to rows of `to` values, of which the last are 0 or left out. */
function copyRows(
  source: Float64Array,
  from: number,
  target: Float64Array,
  to: number,
  rows: number,
): void {
  const values = Math.min(from, to);
  for (let row = 0; row < rows; row++) {
    target.set(source.subarray(row * from, row * from + values), row * to);
    target.fill(0, row * to + values, (row + 1) * to);
  }
}

function isPointwise(op: EngineOp | undefined): op is ConvOp {
  return op?.op === 'conv' && op.kernel === 1 && op.stride === 1;
}

/** The steps of a network of which the registers `outputs` are read after the last operation. */
function planSteps(network: readonly EngineOp[], outputs: readonly string[]): Step[] {
  /** Whether the value of `register` after operation `index` is read later. */
  const isReadAfter = (index: number, register: string): boolean => {
    for (const op of network.slice(index + 1)) {
      if (inputNames(op).includes(register)) return true;
      if (op.output === register) return false;
    }
    return outputs.includes(register);
  };
  const steps: Step[] = [];
  for (let index = 0; index < network.length; index++) {
    const op = network[index];
    const following = network[index + 1];
    const fused =
      isPointwise(op) &&
      op.residual === undefined &&
      isPointwise(following) &&
      following.input === op.output &&
      following.residual !== op.output &&
      (following.output === op.output || !isReadAfter(index + 1, op.output));
    if (fused) index++;
    const next = fused ? following : undefined;
    const inputs = next?.residual ? [...inputNames(op), next.residual] : inputNames(op);
    const output = (next ?? op).output;
    const lastUses = new Set(inputs.filter((name) => name === output || !isReadAfter(index, name)));
    steps.push({ op, next, inputs, lastUses, output });
  }
  return steps;
}

export class SimdRunner implements NetworkRunner {
  readonly #tensors: Tensors;
  readonly #arena = new Arena();
  readonly #kernels = createKernels(this.#arena.memory);
  readonly #weights: WeightStore;
  /** By network and by what is read of it. */
  readonly #plans = new WeakMap<readonly EngineOp[], Map<string, Step[]>>();
  #zeros = { start: 0, channels: 0 };

  constructor(tensors: Tensors) {
    this.#tensors = tensors;
    this.#weights = new WeightStore(tensors, this.#arena);
  }

  run(
    network: readonly EngineOp[],
    inputs: Readonly<Record<string, Tensor>>,
    quality: Quality,
    outputs: readonly string[],
  ): Tensor[] {
    const steps = this.#prepare(network, outputs);
    try {
      const registers = new Map<string, Value>();
      for (const [name, tensor] of Object.entries(inputs)) registers.set(name, this.#store(tensor));
      for (const step of steps) this.#runStep(step, registers, quality);
      return outputs.map((name) => this.#read(registers.get(name) as Value));
    } finally {
      this.#arena.reset();
    }
  }

  runHead(op: ConvOp, features: Tensor, groups: readonly number[]): Tensor {
    const { weights, bias } = this.#weights.load(op);
    try {
      const input = this.#store(features);
      const { height, width } = features;
      const channels = op.outChannels / 4;
      const output = this.#allocate({ height, width, channels });
      const scratch = this.#arena.allocate(2 * chunk * op.inChannels);
      const inBytes = 2 * op.inChannels;
      const outBytes = 2 * channels;
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < Math.min(2, width); x++) {
          const group = groups[(y & 1) * 2 + x];
          const first = y * width + x;
          this.#kernels.pointwise(
            input.start + first * inBytes,
            2 * inBytes,
            output.start + first * outBytes,
            2 * outBytes,
            (width - x + 1) >> 1,
            chunk,
            op.inChannels,
            channels,
            weights + group * channels * inBytes,
            bias + group * channels * 4,
            op.shift,
            0,
            0,
            scratch,
          );
        }
      }
      return this.#read(output);
    } finally {
      this.#arena.reset();
    }
  }

  filterPlanes(planes: PixelPlanes, coefficients: Int16Array): Int16Array {
    const { width, height, planeSize, outputShift } = planes;
    const arena = this.#arena;
    const rowValues = Math.ceil(width / filterColumns) * filterColumns;
    const filtered = new Int16Array(3 * width * height);
    try {
      const { rowStart, offsets } = this.#storePlanes(planes);
      const weights = arena.allocate(2 * coefficients.length);
      const scratch = arena.allocate(vectorBytes * featureCount);
      const row = arena.allocate(2 * 3 * rowValues);
      arena.int16(weights, coefficients.length).set(coefficients);
      for (let y = 0; y < height; y++) {
        this.#kernels.filterRow(
          rowStart(y),
          2 * planeSize,
          width,
          offsets,
          weights,
          clipLevels << outputShift,
          wideClipLevels << outputShift,
          constantLevels << outputShift,
          scratch,
          row,
          2 * rowValues,
        );
        for (let color = 0; color < 3; color++) {
          const values = arena.int16(row + 2 * color * rowValues, width);
          filtered.set(values, (color * height + y) * width);
        }
      }
      return filtered;
    } finally {
      arena.reset();
    }
  }

  gatherMoments(planes: PixelPlanes, lacks: Int16Array): Moments {
    const { width, height, planeSize, outputShift } = planes;
    const arena = this.#arena;
    const groups = momentGroups(width);
    try {
      const { rowStart, offsets } = this.#storePlanes(planes);
      const lacking = arena.allocate(2 * lacks.length);
      const scratch = arena.allocate(vectorBytes * momentEntries * momentBatch);
      const sums = arena.allocate(vectorBytes * featureCount * momentEntries);
      arena.int16(lacking, lacks.length).set(lacks);
      arena.int32(sums, 4 * featureCount * momentEntries).fill(0);
      for (let y = 0; y < height; y++) {
        this.#kernels.addMoments(
          rowStart(y),
          2 * planeSize,
          lacking + 2 * y * width,
          2 * width * height,
          groups,
          offsets,
          clipLevels << outputShift,
          wideClipLevels << outputShift,
          constantLevels << outputShift,
          momentShift(outputShift),
          scratch,
          sums,
        );
      }
      const parts = new BigInt64Array(arena.memory.buffer, sums, 2 * featureCount * momentEntries);
      const sumOf = (first: number, entry: number): number => {
        const place = 2 * (first * momentEntries + entry);
        return Number(parts[place] + parts[place + 1]);
      };
      const products = new Float64Array(featureCount ** 2);
      const lackSums = new Float64Array(3 * featureCount);
      for (let first = 0; first < featureCount; first++) {
        for (let second = first; second < featureCount; second++) {
          products[first * featureCount + second] = sumOf(first, second);
        }
        for (let color = 0; color < 3; color++) {
          lackSums[color * featureCount + first] = sumOf(first, featureCount + color);
        }
      }
      return { samples: groups * filterColumns * height, products, lacks: lackSums };
    } finally {
      arena.reset();
    }
  }

  multiplyReal(first: RealMatrix, second: RealMatrix): RealMatrix {
    const { rows, columns: depth } = first;
    const { columns } = second;
    const paddedRows = roundUp(rows, realBlock);
    const paddedColumns = roundUp(columns, realBlock);
    const arena = this.#arena;
    try {
      const sizes = [paddedRows * depth, depth * paddedColumns, paddedRows * paddedColumns];
      const [a, b, c] = sizes.map((size) => arena.allocate(8 * size));
      arena.float64(a, sizes[0]).fill(0, first.data.length).set(first.data);
      copyRows(second.data, columns, arena.float64(b, sizes[1]), paddedColumns, depth);
      this.#kernels.multiplyReal(a, b, c, paddedRows, depth, paddedColumns);
      const data = new Float64Array(rows * columns);
      copyRows(arena.float64(c, sizes[2]), paddedColumns, data, columns, rows);
      return { rows, columns, data };
    } finally {
      arena.reset();
    }
  }

  /** Planes in the arena: the address of the first pixel of a row, and that of the byte offsets of its neighbours. */
  #storePlanes({ data, stride }: PixelPlanes): {
    readonly rowStart: (row: number) => number;
    readonly offsets: number;
  } {
    const arena = this.#arena;
    const start = arena.allocate(2 * data.length);
    const offsets = arena.allocate(4 * neighborPairs.length);
    arena.int16(start, data.length).set(data);
    const byteOffsets = neighborOffsets(stride).map((offset) => 2 * offset);
    arena.int32(offsets, neighborPairs.length).set(byteOffsets);
    const rowStart = (row: number) => start + 2 * ((row + filterMargin) * stride + filterMargin);
    return { rowStart, offsets };
  }

  /** The steps of a network, its weights uploaded. */
  #prepare(network: readonly EngineOp[], outputs: readonly string[]): Step[] {
    const plans = this.#plans.get(network) ?? new Map<string, Step[]>();
    this.#plans.set(network, plans);
    const key = outputs.join(' ');
    let steps = plans.get(key);
    if (!steps) {
      steps = planSteps(network, outputs);
      let channels = 8;
      for (const op of network) {
        if (op.op === 'conv' || op.op === 'depthwise') this.#weights.load(op);
        if (op.op === 'conv') channels = Math.max(channels, op.inChannels);
        if (op.op === 'depthwise') channels = Math.max(channels, op.channels);
      }
      if (channels > this.#zeros.channels) {
        this.#zeros = { start: this.#arena.allocatePermanent(2 * channels), channels };
        this.#arena.int16(this.#zeros.start, channels).fill(0);
      }
      plans.set(key, steps);
    }
    return steps;
  }

  #allocate(shape: Shape): Value {
    return { ...shape, start: this.#arena.allocate(2 * sizeOf(shape)) };
  }

  #store({ height, width, channels, data }: Tensor): Value {
    const value = this.#allocate({ height, width, channels });
    this.#arena.int16(value.start, data.length).set(data);
    return value;
  }

  #read({ start, height, width, channels }: Value): Tensor {
    const data = this.#arena.int16(start, height * width * channels).slice();
    return { height, width, channels, data };
  }

  #runStep(step: Step, registers: Map<string, Value>, quality: Quality): void {
    const operands = step.inputs.map((name) => registers.get(name) as Value);
    const { op, next } = step;
    let shape: Shape;
    if (next) {
      const hidden = outputShape(op, operands.slice(0, 1));
      shape = outputShape(next, [hidden, ...operands.slice(1)]);
    } else {
      shape = outputShape(op, operands);
    }
    const reused = this.#inPlaceOperand(step, operands, shape);
    const output = reused ? { ...shape, start: reused.start } : this.#allocate(shape);
    this.#execute(step, operands, output, quality);
    for (const name of step.lastUses) {
      const { start } = registers.get(name) as Value;
      registers.delete(name);
      if (start !== output.start) this.#arena.free(start);
    }
    registers.set(step.output, output);
  }

  /** An operand that ends here and whose block the kernel may overwrite with the result. */
  #inPlaceOperand(
    { op, inputs, lastUses }: Step,
    operands: readonly Value[],
    shape: Shape,
  ): Value | undefined {
    const [first, second] = operands;
    const ends = (index: number): boolean => lastUses.has(inputs[index]);
    if (second && op.op === 'conv' && ends(1) && (first !== second || isPointwise(op))) {
      return second;
    }
    const elementwise =
      op.op === 'gain' || op.op === 'offset' || op.op === 'slope' || isPointwise(op);
    if (!elementwise || !ends(0) || first.channels !== shape.channels) return undefined;
    return first;
  }

  #execute(step: Step, operands: readonly Value[], output: Value, quality: Quality): void {
    const { op, next } = step;
    const [input, second] = operands;
    const positions = input.height * input.width;
    const kernels = this.#kernels;
    switch (op.op) {
      case 'conv':
        if (next) this.#pair(op, next, input, output, second);
        else if (isPointwise(op)) this.#pointwise(op, input, output, second);
        else this.#spatial(op, input, output, second);
        break;
      case 'depthwise': {
        const { weights, bias } = this.#weights.load(op);
        const { height, width, channels } = input;
        kernels.depthwise(
          input.start,
          output.start,
          height,
          width,
          channels,
          weights,
          bias,
          op.shift,
          this.#zeros.start,
        );
        break;
      }
      case 'gain':
        this.#withRows(op.table, input, quality, (row, start, count) =>
          kernels.gain(
            input.start + start,
            output.start + start,
            count,
            input.channels,
            row,
            op.shift,
          ),
        );
        break;
      case 'offset':
        this.#withRows(op.table, input, quality, (row, start, count) =>
          kernels.offset(input.start + start, output.start + start, count, input.channels, row),
        );
        break;
      case 'shuffle':
        kernels.shuffle(input.start, output.start, input.height, input.width, 2 * output.channels);
        break;
      case 'unshuffle':
        kernels.unshuffle(
          input.start,
          output.start,
          output.height,
          output.width,
          2 * input.channels,
        );
        break;
      case 'concat': {
        const bytes = 2 * output.channels;
        const low = 2 * input.channels;
        const high = 2 * second.channels;
        kernels.copy(input.start, low, output.start, bytes, positions, low);
        kernels.copy(second.start, high, output.start + low, bytes, positions, high);
        break;
      }
      case 'slope':
        kernels.slope(input.start, second.start, output.start, 2 * sizeOf(input));
        break;
    }
  }

  #pointwise(op: ConvOp, input: Value, output: Value, residual?: Value): void {
    const { weights, bias } = this.#weights.load(op);
    const scratch = this.#arena.allocate(2 * chunk * op.inChannels);
    this.#kernels.pointwise(
      input.start,
      2 * op.inChannels,
      output.start,
      2 * op.outChannels,
      input.height * input.width,
      chunk,
      op.inChannels,
      op.outChannels,
      weights,
      bias,
      op.shift,
      Number(op.activation === 'leaky'),
      residual?.start ?? 0,
      scratch,
    );
    this.#arena.free(scratch);
  }

  #pair(op: ConvOp, next: ConvOp, input: Value, output: Value, residual?: Value): void {
    const first = this.#weights.load(op);
    const second = this.#weights.load(next);
    const scratch = this.#arena.allocate(2 * chunk * (op.inChannels + op.outChannels));
    this.#kernels.pointwisePair(
      input.start,
      output.start,
      input.height * input.width,
      chunk,
      op.inChannels,
      op.outChannels,
      next.outChannels,
      first.weights,
      first.bias,
      op.shift,
      Number(op.activation === 'leaky'),
      second.weights,
      second.bias,
      next.shift,
      Number(next.activation === 'leaky'),
      residual?.start ?? 0,
      scratch,
    );
    this.#arena.free(scratch);
  }

  #spatial(op: ConvOp, input: Value, output: Value, residual?: Value): void {
    const { weights, bias } = this.#weights.load(op);
    const scratch = this.#arena.allocate(2 * chunk * op.kernel * op.kernel * op.inChannels);
    this.#kernels.spatial(
      input.start,
      input.height,
      input.width,
      op.inChannels,
      op.kernel,
      op.stride,
      output.start,
      output.height,
      output.width,
      op.outChannels,
      chunk,
      weights,
      bias,
      op.shift,
      Number(op.activation === 'leaky'),
      residual?.start ?? 0,
      scratch,
      this.#zeros.start,
    );
    this.#arena.free(scratch);
  }

  /** `use` of each part of the input that has one quality: where its row of the table is, where it starts in bytes, its positions. */
  #withRows(
    table: string,
    { height, width, channels }: Value,
    quality: Quality,
    use: (row: number, start: number, count: number) => void,
  ): void {
    const values = this.#tensors.get(table) as Int16Array;
    const rows = new Map<number, number>();
    eachRun(quality, height, width, (q16, first, count) => {
      let row = rows.get(q16);
      if (row === undefined) {
        row = this.#arena.allocate(2 * channels);
        this.#arena.int16(row, channels).set(interpolatedRow(values, channels, q16));
        rows.set(q16, row);
      }
      use(row, 2 * channels * first, count);
    });
    for (const row of rows.values()) this.#arena.free(row);
  }
}
