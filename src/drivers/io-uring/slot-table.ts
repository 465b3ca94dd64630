import { FILE, type Operation } from '../../io/operation.ts';
import type { Block } from './read-blocks.ts';

const FIRST_SIZE = 256;
export const NO_SLAB = -1;
/** What `kinds` has for a receive by plain calls: behind the last kind of operations. */
export const DIRECT_RECEIVE = FILE + 1;

/**
 * The operations in flight. A slot's index and generation are the user data of its requests, so that a completion finds
 * its operation without a search, and one that comes too late (which the kernel does not do) would find nothing.
 */
export class SlotTable {
  operations: (Operation | undefined)[] = [];
  generations = new Int32Array(0);
  /** Each operation's kind: a look here is cheaper than in the objects, whose classes are many. */
  kinds = new Uint8Array(0);
  /** Connects: the socket. */
  sockets = new Int32Array(0);
  /** Sends: the slab with the data (NO_SLAB: none), and the position of the request in the submission queue. */
  slabs = new Int32Array(0);
  positions = new Int32Array(0);
  /** Sends: the length of the whole, and what went already. */
  lengths = new Float64Array(0);
  sent = new Float64Array(0);
  /** Sends without a slab: where the data is, and the data itself, kept from the garbage collector. */
  addresses = new Float64Array(0);
  held: (Uint8Array | undefined)[] = [];
  /** Reads of files: their memory when a slab is too small. */
  blocks: (Block | undefined)[] = [];
  used = 0;
  /** A stack of free slots. */
  private readonly free: number[] = [];

  take(operation: Operation, kind: number): number {
    if (this.free.length === 0) this.grow();
    const slot = this.free.pop()!;
    this.operations[slot] = operation;
    this.kinds[slot] = kind;
    operation.slot = slot;
    this.used++;
    return slot;
  }

  release(slot: number): void {
    const operation = this.operations[slot]!;
    operation.slot = -1;
    this.operations[slot] = undefined;
    this.generations[slot] = (this.generations[slot]! + 1) | 0;
    this.free.push(slot);
    this.used--;
  }

  private grow(): void {
    const old = this.operations.length;
    const size = old === 0 ? FIRST_SIZE : old * 2;
    this.generations = grown(this.generations, new Int32Array(size));
    this.kinds = grown(this.kinds, new Uint8Array(size));
    this.sockets = grown(this.sockets, new Int32Array(size));
    this.slabs = grown(this.slabs, new Int32Array(size).fill(NO_SLAB));
    this.positions = grown(this.positions, new Int32Array(size));
    this.lengths = grown(this.lengths, new Float64Array(size));
    this.sent = grown(this.sent, new Float64Array(size));
    this.addresses = grown(this.addresses, new Float64Array(size));
    for (let slot = old; slot < size; slot++) {
      this.operations.push(undefined);
      this.held.push(undefined);
      this.blocks.push(undefined);
    }
    for (let slot = size - 1; slot >= old; slot--) this.free.push(slot);
  }
}

function grown<T extends Uint8Array | Int32Array | Float64Array>(old: T, larger: T): T {
  larger.set(old);
  return larger;
}
