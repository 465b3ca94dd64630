import { highWord, lowWord, type Mapping, mapMemory } from '../../ffi/memory.ts';
import { COPY_LIMIT } from '../../io/operation.ts';

/** A cache line more than the room of a slab, for the reason given at the buffers for receiving. */
const STRIDE = COPY_LIMIT + 64;
/** Slabs come 64 at a time: 1 MiB of address space, of which only pages that were written to cost memory. */
const SLABS_SHIFT = 6;
const SLABS = 1 << SLABS_SHIFT;

/** Memory for small sends, so that the sender's buffer is free at once and cannot move under the kernel's eyes. */
export class SendSlabs {
  private readonly mappings: Mapping[] = [];
  private memories: Uint8Array[] = [];
  /** Each slab's address, as two words. */
  readonly lows: number[] = [];
  readonly highs: number[] = [];
  /** A stack: the slab given back last is still in the processor's cache. */
  private readonly free: number[] = [];

  get mappedBytes(): number {
    return this.mappings.length * SLABS * STRIDE;
  }

  take(): number {
    if (this.free.length === 0) this.grow();
    return this.free.pop()!;
  }

  give(slab: number): void {
    this.free.push(slab);
  }

  /** Copies `data` to `offset` bytes after the beginning of the slab. */
  write(slab: number, offset: number, data: Uint8Array): void {
    this.memories[slab >> SLABS_SHIFT]!.set(data, (slab & (SLABS - 1)) * STRIDE + offset);
  }

  bytes(slab: number): Uint8Array {
    const start = (slab & (SLABS - 1)) * STRIDE;
    return this.memories[slab >> SLABS_SHIFT]!.subarray(start, start + COPY_LIMIT);
  }

  /** The slab's address as one number. */
  address(slab: number): number {
    return this.mappings[slab >> SLABS_SHIFT]!.address + (slab & (SLABS - 1)) * STRIDE;
  }

  private grow(): void {
    const first = this.mappings.length << SLABS_SHIFT;
    const mapping = mapMemory(SLABS * STRIDE);
    this.mappings.push(mapping);
    this.memories.push(new Uint8Array(mapping.buffer));
    for (let i = 0; i < SLABS; i++) {
      this.lows.push(lowWord(mapping.address + i * STRIDE));
      this.highs.push(highWord(mapping.address + i * STRIDE));
    }
    for (let slab = first + SLABS - 1; slab >= first; slab--) this.free.push(slab);
  }

  /** Only when no send is in flight. */
  close(): void {
    this.memories = [];
    for (const mapping of this.mappings.splice(0)) mapping.release();
    this.free.length = 0;
  }
}
