import * as A from '../../ffi/io-uring-abi.ts';
import { ioUringRegister } from '../../ffi/io-uring-calls.ts';
import { pinned } from '../../ffi/libc.ts';
import { highWord, lowWord, type Mapping, mapMemory } from '../../ffi/memory.ts';
import { driverMemory, type Memory } from '../../io/memory.ts';
import { osError } from '../../io/os-error.ts';

/**
 * Buffers lie a cache line more than their size apart. At a distance of a power of two the first lines of all would
 * compete for the same few places in the processor's cache, and small messages use only the first lines.
 */
const COLOUR_BYTES = 64;

/**
 * Memory given to the kernel in pieces: it picks one when data arrives, and gets it back by `give`.
 *
 * The memory comes in blocks. There is one at the beginning, and twice as many after each time that all were in use.
 */
export class BufferRing {
  readonly group: number;
  readonly bufferBytes: number;
  private words: Int32Array;
  private halves: Uint16Array;
  private tail = 0;
  private readonly mask: number;
  private readonly stride: number;
  private readonly ringFd: number;
  private readonly ring: Mapping;
  /** Each buffer's address, as two words. */
  private readonly lows: Int32Array;
  private readonly highs: Int32Array;
  private readonly blocks: Mapping[] = [];
  private readonly memories: Memory[] = [];
  /** In buffers, a power of two; and its logarithm. */
  private readonly blockSize: number;
  private readonly blockShift: number;
  private mostBlocks: number;
  /** Since the last `publish`: one shortage is reported by many requests. */
  private grown = false;
  private closed = false;

  /** Begins with `count` buffers and ends with `limit`, powers of two. Throws OSError when the kernel refuses. */
  constructor(ringFd: number, group: number, count: number, limit: number, bufferBytes: number) {
    this.ringFd = ringFd;
    this.group = group;
    this.bufferBytes = bufferBytes;
    this.blockSize = count;
    this.blockShift = Math.log2(count);
    this.mostBlocks = limit / count;
    this.mask = limit - 1;
    this.stride = bufferBytes + COLOUR_BYTES;
    this.lows = new Int32Array(limit);
    this.highs = new Int32Array(limit);
    this.ring = mapMemory(limit * A.BUF_BYTES);
    this.words = new Int32Array(this.ring.buffer);
    this.halves = new Uint16Array(this.ring.buffer);
    const result = registerBufferRing(ringFd, group, this.ring.address, limit);
    if (result < 0) {
      this.unmap();
      throw osError(result, 'io_uring_register');
    }
    try {
      this.addBlock();
    } catch (error) {
      this.close();
      throw error;
    }
    this.publish();
  }

  get mappedBytes(): number {
    if (this.closed) return 0;
    return this.ring.length + this.blocks.reduce((sum, { length }) => sum + length, 0);
  }

  /** The memory that has buffer `id` in it. */
  memory(id: number): Memory {
    return this.memories[id >> this.blockShift]!;
  }

  /** Where buffer `id` begins in its memory. */
  start(id: number): number {
    return (id & (this.blockSize - 1)) * this.stride;
  }

  /** Gives a buffer back; the kernel sees it after `publish`. */
  give(id: number): void {
    const entry = this.tail & this.mask;
    const at = entry * A.BUF_WORDS;
    this.words[at + A.BUF_ADDRESS] = this.lows[id]!;
    this.words[at + A.BUF_ADDRESS + 1] = this.highs[id]!;
    this.words[at + A.BUF_LENGTH] = this.bufferBytes;
    this.halves[entry * (A.BUF_BYTES >> 1) + A.BUF_ID_HALF] = id;
    this.tail = (this.tail + 1) & 0xffff;
  }

  publish(): void {
    this.grown = false;
    this.halves[A.BUF_RING_TAIL_HALF] = this.tail;
  }

  /** The kernel was short of buffers. */
  grow(): void {
    if (this.grown) return;
    this.grown = true;
    const wanted = Math.min(this.blocks.length * 2, this.mostBlocks);
    try {
      while (this.blocks.length < wanted) this.addBlock();
    } catch {
      // No memory for more is no error: with those that there are it only takes more calls.
      this.mostBlocks = this.blocks.length;
    }
  }

  /** Only when no receive is in flight. */
  close(): void {
    if (this.closed) return;
    registerBufferRing(this.ringFd, this.group, 0, 0);
    this.unmap();
  }

  private addBlock(): void {
    const block = mapMemory(this.blockSize * this.stride);
    const first = this.blocks.length * this.blockSize;
    this.blocks.push(block);
    this.memories.push(driverMemory(block.buffer));
    for (let id = first; id < first + this.blockSize; id++) {
      const address = block.address + this.start(id);
      this.lows[id] = lowWord(address);
      this.highs[id] = highWord(address);
      this.give(id);
    }
  }

  private unmap(): void {
    this.closed = true;
    // Views first: a read through one after the unmapping would be a segmentation fault.
    this.memories.length = 0;
    this.words = new Int32Array(0);
    this.halves = new Uint16Array(0);
    this.ring.release();
    for (const block of this.blocks) block.release();
    this.blocks.length = 0;
  }
}

/** Registers a ring of `count` entries as `group`, or ends the registration when `count` is 0. */
function registerBufferRing(ringFd: number, group: number, address: number, count: number): number {
  const { view, address: argument } = pinned(A.BUF_REG_BYTES);
  view.setBigUint64(0, BigInt(address), true);
  view.setUint32(8, count, true);
  view.setUint16(12, group, true);
  return ioUringRegister(ringFd, count > 0 ? A.REGISTER_PBUF_RING : A.UNREGISTER_PBUF_RING, argument, 1);
}
