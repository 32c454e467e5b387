/**
 * The prior `adaptive` in a kernel (kernels/assembly/adaptive.ts): what the coders of y and z do with an AdaptivePrior, with the same
 * numbers and in less than half of the time.
 */
import { Arena } from '../engine/arena.ts';
import { type Engine, groupsOfStep } from '../engine/engine.ts';
import { createKernels, type Kernels } from '../engine/kernels/kernels.ts';
import type { Model } from '../engine/model.ts';
import { DecisionReader } from '../entropy/decision-reader.ts';
import { decisionTables, nodeCount } from '../entropy/decision-tables.ts';
import type { DecisionWriter } from '../entropy/decision-writer.ts';
import { squashTable, stretchTable } from '../entropy/logistic.ts';
import { contextSteps, type StepParameters } from '../latent/hyper-prior.ts';
import { mixerStart } from './adaptive.ts';
import { cellClasses, cellCounts } from './adaptive-cells.ts';
import { activityClasses, aroundClasses, balanceClasses } from './contexts.ts';
import { linkWeights } from './links.ts';
import { sliceChannels } from './slice-view.ts';
import { corruptEscape } from './symbol-path.ts';

/** Bytes of the longest path of a symbol: 12 nodes, a magnitude and an escape of 32 intervals. */
const pathBytes = 4 * 45;
/** What codeRow gives where not all went well. */
const streamEnds = 1;
const badEscape = 2;

/** What symbols are of. */
type Kind = 'latents' | 'hyper';

/** Order and neighbors of the symbols of a kind: slices of `sliceChannels` of the `groupSize` that a position has in a step. */
interface Order {
  readonly channels: number;
  readonly groupSize: number;
  readonly sliceChannels: number;
  readonly skipBelow: number;
}

function orderOf({ manifest }: Model, kind: Kind): Order {
  const { latentChannels, hyperChannels, entropy } = manifest;
  if (kind === 'latents') {
    const { skipBelow } = entropy;
    return { channels: latentChannels, groupSize: latentChannels / 4, sliceChannels, skipBelow };
  }
  const all = hyperChannels;
  return { channels: all, groupSize: all, sliceChannels: all, skipBelow: 0 };
}

/** The memory of a kernel, laid out for one tile after the other. */
interface KernelMemory {
  readonly arena: Arena;
  readonly kernels: Kernels;
  /** Addresses of the tables, in the order of beginTile. */
  readonly tables: readonly number[];
  /** That of the links, 0 where there are none. */
  readonly links: number;
}

/** One for each kind, so that those of a tile can take turns. */
const memories = {
  latents: new WeakMap<Engine, KernelMemory>(),
  hyper: new WeakMap<Engine, KernelMemory>(),
};

function memoryOf(engine: Engine, kind: Kind): KernelMemory {
  const known = memories[kind].get(engine);
  if (known) return known;
  const arena = new Arena();
  const kernels = createKernels(arena.memory);
  const place = (table: ArrayBufferView): number => {
    const start = arena.allocatePermanent(table.byteLength);
    const bytes = new Uint8Array(table.buffer, table.byteOffset, table.byteLength);
    arena.bytes(start, bytes.length).set(bytes);
    return start;
  };
  const tables = tablesOf(engine.model, kind).map(place);
  const weights = kind === 'latents' ? linkWeights(engine.model) : undefined;
  const memory = { arena, kernels, tables, links: weights ? place(weights) : 0 };
  memories[kind].set(engine, memory);
  return memory;
}

function tablesOf(model: Model, kind: Kind): ArrayBufferView[] {
  const { around, activity, balance } = model.manifest.entropy.contexts[kind];
  const biases = [around, activity, balance].map((name) => model.tensors.get(name) as Int16Array);
  const { probability, logit, cumulative, first, radius, excessFactor, end } =
    decisionTables(model);
  return [
    ...[probability, logit, stretchTable, ...biases],
    ...[cumulative, first, radius, excessFactor, squashTable],
    ...[end, aroundClasses, activityClasses, balanceClasses, cellClasses],
  ];
}

/** What positions of each parity p code: bits 2p and 2p + 1 the group, bits 4p to 4p + 3 those of this step and later ones. */
interface StepGroups {
  readonly groups: number;
  readonly pending: number;
}

/** Codes the symbols of a kind of a tile of `height` x `width` positions; one tile at a time with an engine. */
export class AdaptiveKernel {
  readonly #coder: DecisionReader | DecisionWriter;
  readonly #memory: KernelMemory;
  readonly #order: Order;
  readonly #height: number;
  readonly #stream: number;
  readonly #scales: number;
  readonly #symbols: number;
  /** Of a reader the bytes of the stream, of a writer the intervals of a row. */
  readonly #coded: number;

  constructor(
    coder: DecisionReader | DecisionWriter,
    engine: Engine,
    kind: Kind,
    { height, width }: { readonly height: number; readonly width: number },
  ) {
    const memory = memoryOf(engine, kind);
    const order = orderOf(engine.model, kind);
    const { channels, groupSize } = order;
    const { arena, kernels, tables } = memory;
    const positions = height * width;
    this.#coder = coder;
    this.#memory = memory;
    this.#order = order;
    this.#height = height;
    arena.reset();
    const zeros = (bytes: number): number => {
      const start = arena.allocate(bytes);
      arena.bytes(start, bytes).fill(0);
      return start;
    };
    const counts = [cellCounts.byScale, cellCounts.byAround, channels * cellCounts.perChannel];
    const cells = counts.map((count) => zeros(2 * count));
    const weights = arena.allocate(4 * nodeCount * mixerStart.length);
    const surprised = zeros(4 * positions);
    const excesses = zeros((positions + 1) * channels);
    const linkSums = memory.links === 0 ? 0 : zeros(2 * positions * channels);
    this.#stream = arena.allocate(12);
    this.#scales = arena.allocate(positions * groupSize);
    this.#symbols = arena.allocate(2 * positions * groupSize);
    const payload = coder instanceof DecisionReader ? coder.decoder.cursor.bytes : undefined;
    this.#coded = arena.allocate(payload?.length ?? width * order.sliceChannels * pathBytes);
    const layout = [
      ...[...tables, memory.links],
      ...[...cells, weights, surprised, excesses, linkSums, this.#stream],
      ...[height, width, channels, groupSize, order.sliceChannels, order.skipBelow],
      decisionTables(engine.model).maxMagnitude,
    ];
    const layoutAt = arena.allocate(4 * layout.length);

    if (payload) arena.bytes(this.#coded, payload.length).set(payload);
    const starts = arena.int32(weights, nodeCount * mixerStart.length);
    for (let node = 0; node < nodeCount; node++) starts.set(mixerStart, node * mixerStart.length);
    arena.int32(layoutAt, layout.length).set(layout);
    kernels.beginTile(layoutAt);
  }

  /** As PriorCoder does it. */
  codeStep(step: number, { scales }: StepParameters, symbols: Int16Array): void {
    const groups = groupsOfStep(step).reduce(
      (bits, group, parity) => bits | (group << (2 * parity)),
      0,
    );
    let pending = 0;
    for (let later = step; later < contextSteps; later++) {
      groupsOfStep(later).forEach((group, parity) => {
        pending |= 1 << (4 * parity + group);
      });
    }
    this.#code(scales, symbols, { groups, pending });
  }

  /** As codeHyper does it. */
  codeHyper(scales: Uint8Array, symbols: Int16Array): void {
    this.#code(scales, symbols, { groups: 0, pending: 0 });
  }

  #code(scales: Uint8Array, symbols: Int16Array, groups: StepGroups): void {
    const { arena } = this.#memory;
    arena.bytes(this.#scales, scales.length).set(scales);
    if (this.#coder instanceof DecisionReader) {
      this.#read(groups, this.#coder);
      symbols.set(arena.int16(this.#symbols, symbols.length));
    } else {
      arena.int16(this.#symbols, symbols.length).set(symbols);
      this.#write(groups, this.#coder);
    }
  }

  #read(groups: StepGroups, { decoder }: DecisionReader): void {
    const { bytes, position, state } = decoder.cursor;
    const stream = this.#memory.arena.int32(this.#stream, 3);
    stream.set([state, this.#coded + position, this.#coded + bytes.length]);
    const isWhole = this.#codeRows(groups, true);
    decoder.moveTo(stream[1] - this.#coded, stream[0]);
    if (!isWhole) throw decoder.endsEarly();
  }

  #write(groups: StepGroups, writer: DecisionWriter): void {
    const { arena } = this.#memory;
    const stream = arena.int32(this.#stream, 3);
    stream[1] = this.#coded;
    this.#codeRows(groups, false, () => {
      const count = (stream[1] - this.#coded) / 4;
      writer.append(new Uint32Array(arena.memory.buffer, this.#coded, count));
      stream[1] = this.#coded;
    });
  }

  /** False where the stream ended before the last symbol. CORRUPT_LATENTS for an escape out of range. */
  #codeRows({ groups, pending }: StepGroups, isReader: boolean, afterRow?: () => void): boolean {
    const { kernels } = this.#memory;
    const { groupSize, sliceChannels } = this.#order;
    const direction = isReader ? 1 : 0;
    for (let slice = 0; slice < groupSize / sliceChannels; slice++) {
      for (let row = 0; row < this.#height; row++) {
        const status = kernels.codeRow(
          row,
          slice,
          groups,
          pending,
          this.#scales,
          this.#symbols,
          direction,
        );
        if (status === badEscape) throw corruptEscape();
        if (status === streamEnds) return false;
        afterRow?.();
      }
    }
    return true;
  }
}
