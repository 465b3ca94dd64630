import type { Operation } from '../../io/operation.ts';
import { DatagramRunner } from '../datagram-runner.ts';
import { LongReceiver } from '../long-receiver.ts';
import { BufferRing } from './buffer-ring.ts';
import { DescriptorTable } from './descriptor-table.ts';
import { ReadBlocks } from './read-blocks.ts';
import { Ring } from './ring.ts';
import { SendSlabs } from './send-slabs.ts';
import { SlotTable } from './slot-table.ts';

/** User data (low word) of requests of the driver's own: negative, so no operation's slot. */
export const IGNORED = -1;
export const DEADLINE = -2;

/** `Operation.mark` of an operation that ended at its submit; the result waits in `Engine.deferred`. */
export const DEFERRED = 1;

export interface EngineOptions {
  /** Requests that one call can hand over; more in a turn cost another call. 64 bytes each. */
  readonly entries: number;
  /** Completions that fit before the kernel must keep them aside. 16 bytes each. */
  readonly completionEntries: number;
  /** Receive buffers at the beginning, and at the most. Powers of two. */
  readonly bufferCount: number;
  readonly bufferLimit: number;
  readonly bufferBytes: number;
}

/**
 * 512 requests: all that a busy turn of some hundred connections makes. Four times as many completions, since one
 * multishot request makes many. Buffers of 64 KiB, as in Node: a fast sender's data comes in a quarter of the pieces
 * that 16 KiB make, and small messages touch only the first page of each. 128 of them, some three times what the kernel
 * fills in one call. When they run out nothing is lost, but each receive has to be armed again, and thousands of
 * connections would do nothing else: so there are more and more, up to 4,096.
 */
export const DEFAULT_OPTIONS: EngineOptions = {
  entries: 512,
  completionEntries: 2048,
  bufferCount: 128,
  bufferLimit: 4096,
  bufferBytes: 65_536,
};

const BUFFER_GROUP = 0;

/** What the functions that start and complete operations share. */
export class Engine {
  readonly ring: Ring;
  readonly buffers: BufferRing;
  readonly slabs = new SendSlabs();
  readonly blocks = new ReadBlocks();
  readonly slots = new SlotTable();
  readonly descriptors = new DescriptorTable();
  readonly datagrams = new DatagramRunner();
  private longReceiver: LongReceiver | undefined = undefined;
  /** Results of operations that ended at their submit: slot, result, slot, result, … */
  readonly deferred: number[] = [];
  /** When the armed request of the sleep fires, in ms of performance.now; Infinity: none is armed. */
  deadline = Number.POSITIVE_INFINITY;
  completions = 0;

  /** Throws OSError when the kernel refuses. */
  constructor(options: EngineOptions) {
    this.ring = new Ring(options.entries, options.completionEntries);
    try {
      const { bufferCount, bufferLimit, bufferBytes } = options;
      this.buffers = new BufferRing(this.ring.fd, BUFFER_GROUP, bufferCount, bufferLimit, bufferBytes);
    } catch (error) {
      this.ring.close();
      throw error;
    }
  }

  /** Made at its first use: most programs never have long data. */
  get receiver(): LongReceiver {
    this.longReceiver ??= new LongReceiver();
    return this.longReceiver;
  }

  defer(operation: Operation, slot: number, result: number): void {
    operation.mark = DEFERRED;
    this.deferred.push(slot, result);
  }

  get mappedBytes(): number {
    return this.ring.mappedBytes + this.buffers.mappedBytes + this.slabs.mappedBytes + this.blocks.mappedBytes;
  }

  /** Only when nothing is in flight. */
  close(): void {
    this.buffers.close();
    this.ring.close();
    this.slabs.close();
    this.blocks.close();
  }
}
