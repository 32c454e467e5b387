/**
 * Memory of the SIMD engine: one WebAssembly.Memory with permanent blocks (weights) at its start and a
 * transient region behind them, in which a run allocates and frees its tensors. Blocks start at multiples of
 * 64 bytes. The memory grows to the largest run so far and never shrinks.
 */
import { fromAllocationFailure } from '../errors.ts';

const alignment = 64;
const pageSize = 65536;
/** The compiler of the kernels reserves the first bytes. */
const firstByte = 1024;

interface Block {
  readonly start: number;
  readonly end: number;
}

export class Arena {
  readonly memory = new WebAssembly.Memory({ initial: 1 });
  #permanentEnd = firstByte;
  /** Transient blocks in use, by address. */
  #blocks: Block[] = [];

  /** Bytes of the memory. */
  get size(): number {
    return this.memory.buffer.byteLength;
  }

  /** A block that stays; only while no transient block is in use. */
  allocatePermanent(bytes: number): number {
    const start = this.#permanentEnd;
    this.#permanentEnd = start + align(bytes);
    this.#ensure(this.#permanentEnd);
    return start;
  }

  /** A transient block, in the first gap that is large enough. */
  allocate(bytes: number): number {
    const size = align(bytes);
    let start = this.#permanentEnd;
    let index = 0;
    while (index < this.#blocks.length && this.#blocks[index].start - start < size) {
      start = this.#blocks[index].end;
      index++;
    }
    this.#ensure(start + size);
    this.#blocks.splice(index, 0, { start, end: start + size });
    return start;
  }

  /** Frees the transient block that starts at `start`. */
  free(start: number): void {
    this.#blocks = this.#blocks.filter((block) => block.start !== start);
  }

  /** Frees all transient blocks. */
  reset(): void {
    this.#blocks = [];
  }

  /** A view that is valid until the next allocation. */
  bytes(start: number, length: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.memory.buffer as ArrayBuffer, start, length);
  }

  /** A view that is valid until the next allocation. */
  int16(start: number, length: number): Int16Array {
    return new Int16Array(this.memory.buffer, start, length);
  }

  /** A view that is valid until the next allocation. */
  int32(start: number, length: number): Int32Array {
    return new Int32Array(this.memory.buffer, start, length);
  }

  /** A view that is valid until the next allocation. */
  float64(start: number, length: number): Float64Array {
    return new Float64Array(this.memory.buffer, start, length);
  }

  #ensure(end: number): void {
    const missing = end - this.size;
    if (missing <= 0) return;
    try {
      this.memory.grow(Math.ceil(missing / pageSize));
    } catch (error) {
      throw fromAllocationFailure(error, `the engine (${end} bytes)`);
    }
  }
}

function align(bytes: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}
