import { type Mapping, mapMemory } from '../../ffi/memory.ts';
import { COPY_LIMIT, LARGEST_READ } from '../../io/operation.ts';
import type { SlotTable } from './slot-table.ts';

/** In bytes, kept for the next reads; what is more goes back to the system. */
const KEPT = 8 * LARGEST_READ;

/** Memory for one read of a file. */
export interface Block {
  readonly mapping: Mapping;
  memory: Buffer;
}

/**
 * Memory for reads of files that are longer than a slab: never the reader's own, which the garbage collector could take
 * away while the kernel writes. Sizes are powers of two.
 */
export class ReadBlocks {
  mappedBytes = 0;
  private readonly free = new Map<number, Block[]>();
  private freeBytes = 0;

  take(length: number): Block {
    let size = COPY_LIMIT * 2;
    while (size < length) size *= 2;
    const kept = this.free.get(size)?.pop();
    if (kept !== undefined) {
      this.freeBytes -= size;
      return kept;
    }
    const mapping = mapMemory(size);
    this.mappedBytes += size;
    return { mapping, memory: Buffer.from(mapping.buffer) };
  }

  /** Takes the block of a slot back, if it has one. */
  give(slots: SlotTable, slot: number): void {
    const block = slots.blocks[slot];
    if (block === undefined) return;
    slots.blocks[slot] = undefined;
    const { length } = block.mapping;
    if (this.freeBytes + length > KEPT) {
      this.release(block);
      return;
    }
    this.freeBytes += length;
    const list = this.free.get(length);
    if (list === undefined) this.free.set(length, [block]);
    else list.push(block);
  }

  /** Only when no read is in flight. */
  close(): void {
    for (const list of this.free.values()) for (const block of list) this.release(block);
    this.free.clear();
    this.freeBytes = 0;
  }

  private release(block: Block): void {
    // The view first: a read through it after the unmapping would be a segmentation fault.
    block.memory = Buffer.alloc(0);
    this.mappedBytes -= block.mapping.length;
    block.mapping.release();
  }
}
