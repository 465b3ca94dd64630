import * as A from '../../ffi/io-uring-abi.ts';
import { ioUringRegister } from '../../ffi/io-uring-calls.ts';
import { pinned } from '../../ffi/libc.ts';
import { highWord, lowWord, type Mapping, mapMemory } from '../../ffi/memory.ts';
import { osError } from '../../io/os-error.ts';

/**
 * Buffers lie a cache line more than their size apart. At a distance of a power of two the first lines of all would
 * compete for the same few places in the processor's cache, and small messages use only the first lines.
 */
const COLOUR_BYTES = 64;

/** Memory given to the kernel in pieces: it picks one when data arrives, and gets it back by `give`. */
export class BufferRing {
  readonly group: number;
  readonly bufferBytes: number;
  /** All the buffers as one. Empty once closed. */
  memory: Buffer;
  private words: Int32Array;
  private halves: Uint16Array;
  private tail = 0;
  private readonly mask: number;
  private readonly stride: number;
  private readonly lows: Int32Array;
  private readonly highs: Int32Array;
  private readonly ringFd: number;
  private readonly ring: Mapping;
  private readonly buffers: Mapping;
  private closed = false;

  /** `count` is a power of two. Throws OSError when the kernel refuses. */
  constructor(ringFd: number, group: number, count: number, bufferBytes: number) {
    this.ringFd = ringFd;
    this.group = group;
    this.bufferBytes = bufferBytes;
    this.mask = count - 1;
    this.stride = bufferBytes + COLOUR_BYTES;
    this.ring = mapMemory(count * A.BUF_BYTES);
    this.buffers = mapMemory(count * this.stride);
    this.words = new Int32Array(this.ring.buffer);
    this.halves = new Uint16Array(this.ring.buffer);
    this.memory = Buffer.from(this.buffers.buffer);
    this.lows = new Int32Array(count);
    this.highs = new Int32Array(count);
    const result = registerBufferRing(ringFd, group, this.ring.address, count);
    if (result < 0) {
      this.unmap();
      throw osError(result, 'io_uring_register');
    }
    for (let id = 0; id < count; id++) {
      this.lows[id] = lowWord(this.buffers.address + id * this.stride);
      this.highs[id] = highWord(this.buffers.address + id * this.stride);
      this.give(id);
    }
    this.publish();
  }

  get mappedBytes(): number {
    return this.closed ? 0 : this.ring.length + this.buffers.length;
  }

  /** Where buffer `id` begins in `memory`. */
  start(id: number): number {
    return id * this.stride;
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
    this.halves[A.BUF_RING_TAIL_HALF] = this.tail;
  }

  /** Only when no receive is in flight. */
  close(): void {
    if (this.closed) return;
    registerBufferRing(this.ringFd, this.group, 0, 0);
    this.unmap();
  }

  private unmap(): void {
    this.closed = true;
    this.memory = Buffer.alloc(0);
    this.words = new Int32Array(0);
    this.halves = new Uint16Array(0);
    this.ring.release();
    this.buffers.release();
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
