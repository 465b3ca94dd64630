import type { Runnable } from './ready-queue.ts';

/** Something that the loop runs at a deadline. No base class: see "What costs what" in docs/design/scheduler.md. */
export interface TimerEntry extends Runnable {
  /** IN_HEAP and DROPPED are the heap's, what is from OWN_FLAGS on is the entry's own; 0 to begin with. @internal */
  _timerFlags: number;
}

const IN_HEAP = 1;
/** It need not run: it stays in the heap until it comes to the top or the heap is swept. */
const DROPPED = 2;
/** The first of the flags that an entry may use for itself. */
export const OWN_FLAGS = 4;

/** Whether the entry was dropped: in the heap, or on its way from there to its turn. */
export const isDropped = (entry: TimerEntry): boolean => (entry._timerFlags & DROPPED) !== 0;

/** Sweeping costs one pass over the heap, so it waits until it frees at least this many entries, and half of all. */
const SWEEP_AT_LEAST = 100;
const FIRST_CAPACITY = 64;
/** Children of a node: half the levels of a binary heap, and the keys of all four lie in one line of the cache. */
const ARITY = 4;

/**
 * Timers by deadline; those with one deadline in the order in which they were made.
 *
 * An entry lies in a slot and stays there. What the heap moves are keys and the numbers of slots, in typed arrays: sifting
 * touches no object, and the collector has no pointers to follow. Invariants: `#keys[i] <= #keys[children of i]`,
 * compared by (deadline, order of making); `#slotOf` is a permutation, whose part from `size` on are the free slots.
 */
export class TimerHeap {
  #keys = new Float64Array(FIRST_CAPACITY);
  #slotOf = Int32Array.from({ length: FIRST_CAPACITY }, (_, i) => i);
  /** By slot. */
  #orders = new Float64Array(FIRST_CAPACITY);
  #entries: (TimerEntry | undefined)[] = new Array(FIRST_CAPACITY).fill(undefined);
  #sequence = 0;
  #droppedCount = 0;
  size = 0;

  /** `deadline`: loop time in milliseconds. */
  push(entry: TimerEntry, deadline: number): void {
    if (this.size === this.#keys.length) this.#grow();
    entry._timerFlags |= IN_HEAP;
    const slot = this.#slotOf[this.size]!;
    this.#entries[slot] = entry;
    this.#orders[slot] = this.#sequence += 1;
    this.#siftUp(this.size, slot, deadline);
    this.size += 1;
  }

  /** Marks an entry that lies in the heap as not to be run. */
  drop(entry: TimerEntry): void {
    const flags = entry._timerFlags;
    if ((flags & DROPPED) !== 0) return;
    entry._timerFlags = flags | DROPPED;
    if ((flags & IN_HEAP) === 0) return;
    this.#droppedCount += 1;
    if (this.#droppedCount > SWEEP_AT_LEAST && this.#droppedCount * 2 > this.size) this.#sweep();
  }

  /** The earliest deadline of those still to be run; undefined when there is none. */
  next(): number | undefined {
    while (this.size > 0 && isDropped(this.#entries[this.#slotOf[0]!]!)) {
      this.#droppedCount -= 1;
      this.#removeTop();
    }
    return this.size > 0 ? this.#keys[0] : undefined;
  }

  /** Takes the earliest entry that is due at `now`, or undefined. */
  popDue(now: number): TimerEntry | undefined {
    const deadline = this.next();
    if (deadline === undefined || deadline > now) return undefined;
    return this.#removeTop();
  }

  /** Number of entries that are still to be run. */
  get pending(): number {
    return this.size - this.#droppedCount;
  }

  clear(): void {
    for (let i = 0; i < this.size; i += 1) this.#free(this.#slotOf[i]!);
    this.size = 0;
    this.#droppedCount = 0;
  }

  #free(slot: number): TimerEntry {
    const entry = this.#entries[slot]!;
    entry._timerFlags &= ~IN_HEAP;
    this.#entries[slot] = undefined;
    return entry;
  }

  #removeTop(): TimerEntry {
    const slotOf = this.#slotOf;
    const top = slotOf[0]!;
    const last = (this.size -= 1);
    const slot = slotOf[last]!;
    slotOf[last] = top;
    if (last > 0) this.#siftDown(0, slot, this.#keys[last]!);
    return this.#free(top);
  }

  #siftUp(index: number, slot: number, key: number): void {
    const keys = this.#keys;
    const slotOf = this.#slotOf;
    // A new entry has the highest sequence number, so a parent with the same key stays above it.
    while (index > 0) {
      const parent = ((index - 1) / ARITY) | 0;
      if (keys[parent]! <= key) break;
      keys[index] = keys[parent]!;
      slotOf[index] = slotOf[parent]!;
      index = parent;
    }
    keys[index] = key;
    slotOf[index] = slot;
  }

  #siftDown(index: number, slot: number, key: number): void {
    const keys = this.#keys;
    const slotOf = this.#slotOf;
    const orders = this.#orders;
    const size = this.size;
    for (let first = index * ARITY + 1; first < size; first = index * ARITY + 1) {
      let least = first;
      let leastKey = keys[first]!;
      const end = Math.min(first + ARITY, size);
      for (let child = first + 1; child < end; child += 1) {
        const childKey = keys[child]!;
        if (childKey > leastKey) continue;
        if (childKey === leastKey && orders[slotOf[child]!]! > orders[slotOf[least]!]!) continue;
        least = child;
        leastKey = childKey;
      }
      if (key < leastKey || (key === leastKey && orders[slot]! < orders[slotOf[least]!]!)) break;
      keys[index] = leastKey;
      slotOf[index] = slotOf[least]!;
      index = least;
    }
    keys[index] = key;
    slotOf[index] = slot;
  }

  #grow(): void {
    const before = this.#keys.length;
    const capacity = before * 2;
    const keys = new Float64Array(capacity);
    const orders = new Float64Array(capacity);
    const slotOf = new Int32Array(capacity);
    keys.set(this.#keys);
    orders.set(this.#orders);
    slotOf.set(this.#slotOf);
    for (let i = before; i < capacity; i += 1) {
      slotOf[i] = i;
      this.#entries.push(undefined);
    }
    this.#keys = keys;
    this.#orders = orders;
    this.#slotOf = slotOf;
  }

  /** Throws the dropped entries out and builds the heap anew from the rest. */
  #sweep(): void {
    const keys = this.#keys;
    const slotOf = this.#slotOf;
    let kept = 0;
    for (let i = 0; i < this.size; i += 1) {
      const slot = slotOf[i]!;
      if (isDropped(this.#entries[slot]!)) {
        this.#free(slot);
        continue;
      }
      slotOf[i] = slotOf[kept]!;
      slotOf[kept] = slot;
      keys[kept] = keys[i]!;
      kept += 1;
    }
    this.size = kept;
    this.#droppedCount = 0;
    for (let i = ((kept - 2) / ARITY) | 0; i >= 0; i -= 1) this.#siftDown(i, slotOf[i]!, keys[i]!);
  }
}
