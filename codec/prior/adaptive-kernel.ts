/**
 * The prior `adaptive` in a kernel (kernels/assembly/adaptive.ts): what PriorCoder does with an AdaptivePrior, with the same numbers and
 * several times as fast.
 */
import { Arena } from '../engine/arena.ts';
import { type Engine, groupsOfStep } from '../engine/engine.ts';
import { createKernels } from '../engine/kernels/kernels.ts';
import type { Model } from '../engine/model.ts';
import { DecisionReader } from '../entropy/decision-reader.ts';
import { type DecisionTables, decisionTables, nodeCount } from '../entropy/decision-tables.ts';
import type { DecisionWriter } from '../entropy/decision-writer.ts';
import { squashTable, stretchTable } from '../entropy/logistic.ts';
import type { StepParameters } from '../latent/hyper-prior.ts';
import { mixerStart } from './adaptive.ts';
import { cellClasses, cellCounts } from './adaptive-cells.ts';
import { activityClasses, aroundClasses, balanceClasses } from './contexts.ts';
import { sliceChannels } from './slice-view.ts';
import { corruptEscape } from './symbol-path.ts';

/** Bytes of the longest path of a symbol: 12 nodes, a magnitude and an escape of 32 intervals. */
const pathBytes = 4 * 45;
/** What codeRow gives where not all went well. */
const streamEnds = 1;
const badEscape = 2;

/** The memory of a kernel, laid out for one tile after the other. */
interface KernelMemory {
  readonly arena: Arena;
  readonly kernels: ReturnType<typeof createKernels>;
  /** Addresses of the tables, in the order of beginTile. */
  readonly tables: readonly number[];
}

const memories = new WeakMap<Engine, KernelMemory>();

function memoryOf(engine: Engine): KernelMemory {
  const known = memories.get(engine);
  if (known) return known;
  const arena = new Arena();
  const kernels = createKernels(arena.memory);
  const tables = tablesOf(engine.model, decisionTables(engine.model)).map((table) => {
    const start = arena.allocatePermanent(table.byteLength);
    const bytes = new Uint8Array(table.buffer, table.byteOffset, table.byteLength);
    arena.bytes(start, bytes.length).set(bytes);
    return start;
  });
  const memory = { arena, kernels, tables };
  memories.set(engine, memory);
  return memory;
}

function tablesOf({ tensors, manifest }: Model, tables: DecisionTables): ArrayBufferView[] {
  const { around, activity, balance } = manifest.entropy.contexts.latents;
  const biases = [around, activity, balance].map((name) => tensors.get(name) as Int16Array);
  const { probability, logit, cumulative, first, radius, excessFactor, end } = tables;
  return [
    ...[probability, logit, stretchTable, ...biases],
    ...[cumulative, first, radius, excessFactor, squashTable],
    ...[end, aroundClasses, activityClasses, balanceClasses, cellClasses],
  ];
}

/** Codes a tile of `height` x `width` positions, one at a time with an engine. */
export class AdaptiveKernel {
  readonly #coder: DecisionReader | DecisionWriter;
  readonly #memory: KernelMemory;
  readonly #height: number;
  readonly #groupSize: number;
  readonly #stream: number;
  readonly #scales: number;
  readonly #symbols: number;
  /** Of a reader the bytes of the stream, of a writer the intervals of a row. */
  readonly #coded: number;

  constructor(
    coder: DecisionReader | DecisionWriter,
    engine: Engine,
    { height, width }: { readonly height: number; readonly width: number },
  ) {
    const { latentChannels: channels, entropy } = engine.model.manifest;
    const memory = memoryOf(engine);
    const { arena, tables } = memory;
    const positions = height * width;
    this.#coder = coder;
    this.#memory = memory;
    this.#height = height;
    this.#groupSize = channels / 4;
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
    this.#stream = arena.allocate(12);
    const { maxMagnitude } = decisionTables(engine.model);
    const numbers = [height, width, channels, entropy.skipBelow, maxMagnitude];
    const layout = [...tables, ...cells, weights, surprised, excesses, this.#stream, ...numbers];
    const layoutAt = arena.allocate(4 * layout.length);
    this.#scales = arena.allocate(positions * this.#groupSize);
    this.#symbols = arena.allocate(2 * positions * this.#groupSize);
    const reads = coder instanceof DecisionReader;
    const { bytes } = reads ? coder.decoder.cursor : { bytes: undefined };
    this.#coded = arena.allocate(bytes ? bytes.length : width * sliceChannels * pathBytes);

    if (bytes) arena.bytes(this.#coded, bytes.length).set(bytes);
    const starts = arena.int32(weights, nodeCount * mixerStart.length);
    for (let node = 0; node < nodeCount; node++) starts.set(mixerStart, node * mixerStart.length);
    arena.int32(layoutAt, layout.length).set(layout);
    memory.kernels.beginTile(layoutAt);
  }

  /** As PriorCoder does it. */
  codeStep(step: number, { scales }: StepParameters, symbols: Int16Array): void {
    const { arena } = this.#memory;
    arena.bytes(this.#scales, scales.length).set(scales);
    if (this.#coder instanceof DecisionReader) {
      this.#readStep(step, this.#coder);
      symbols.set(arena.int16(this.#symbols, symbols.length));
    } else {
      arena.int16(this.#symbols, symbols.length).set(symbols);
      this.#writeStep(step, this.#coder);
    }
  }

  #readStep(step: number, { decoder }: DecisionReader): void {
    const { bytes, position, state } = decoder.cursor;
    const stream = this.#memory.arena.int32(this.#stream, 3);
    stream.set([state, this.#coded + position, this.#coded + bytes.length]);
    const isWhole = this.#codeRows(step, true);
    decoder.moveTo(stream[1] - this.#coded, stream[0]);
    if (!isWhole) throw decoder.endsEarly();
  }

  #writeStep(step: number, writer: DecisionWriter): void {
    const { arena } = this.#memory;
    const stream = arena.int32(this.#stream, 3);
    stream[1] = this.#coded;
    this.#codeRows(step, false, () => {
      const intervals = new Uint32Array(
        arena.memory.buffer,
        this.#coded,
        (stream[1] - this.#coded) / 4,
      );
      writer.append(intervals);
      stream[1] = this.#coded;
    });
  }

  /** False where the stream ended before the last symbol. CORRUPT_LATENTS for an escape out of range. */
  #codeRows(step: number, isReader: boolean, afterRow?: () => void): boolean {
    const { kernels } = this.#memory;
    const groups = groupsOfStep(step).reduce(
      (bits, group, parity) => bits | (group << (2 * parity)),
      0,
    );
    const direction = isReader ? 1 : 0;
    for (let slice = 0; slice < this.#groupSize / sliceChannels; slice++) {
      for (let row = 0; row < this.#height; row++) {
        const status = kernels.codeRow(row, slice, groups, this.#scales, this.#symbols, direction);
        if (status === badEscape) throw corruptEscape();
        if (status === streamEnds) return false;
        afterRow?.();
      }
    }
    return true;
  }
}
