import type { Runnable } from './ready-queue.ts';

/** Something that the loop runs at a deadline. */
export abstract class TimerEntry implements Runnable {
  /** Loop time in milliseconds. */
  deadline: number;
  /** True while it lies in the heap. @internal */
  scheduled = false;
  /** True when it need not run: it stays in the heap until it comes to the top or the heap is swept. @internal */
  dropped = false;

  constructor(deadline: number) {
    this.deadline = deadline;
  }

  abstract run(): void;
}

/** Sweeping costs one pass over the heap, so it waits until it frees at least this many entries, and half of all. */
const SWEEP_AT_LEAST = 100;
const FIRST_CAPACITY = 64;

/**
 * Timers by deadline; those with one deadline in the order in which they were made.
 *
 * Keys lie in typed arrays of their own, so that sifting touches no objects. Invariant: `#keys[i] <= #keys[children of i]`,
 * compared by (deadline, sequence); entry i is `#entries[i]`.
 */
export class TimerHeap {
  #keys = new Float64Array(FIRST_CAPACITY);
  #orders = new Float64Array(FIRST_CAPACITY);
  #entries: (TimerEntry | undefined)[] = [];
  #sequence = 0;
  #droppedCount = 0;
  size = 0;

  push(entry: TimerEntry): void {
    if (this.size === this.#keys.length) this.#grow();
    entry.scheduled = true;
    this.#siftUp(this.size, entry, entry.deadline, (this.#sequence += 1));
    this.size += 1;
  }

  /** Marks an entry that lies in the heap as not to be run. */
  drop(entry: TimerEntry): void {
    if (entry.dropped) return;
    entry.dropped = true;
    if (!entry.scheduled) return;
    this.#droppedCount += 1;
    if (this.#droppedCount > SWEEP_AT_LEAST && this.#droppedCount * 2 > this.size) this.#sweep();
  }

  /** The earliest deadline of those still to be run; undefined when there is none. */
  next(): number | undefined {
    while (this.size > 0 && this.#entries[0]!.dropped) {
      this.#droppedCount -= 1;
      this.#removeTop();
    }
    return this.size > 0 ? this.#keys[0] : undefined;
  }

  /** Takes the earliest entry that is due at `now`, or undefined. */
  popDue(now: number): TimerEntry | undefined {
    const deadline = this.next();
    if (deadline === undefined || deadline > now) return undefined;
    const entry = this.#entries[0]!;
    this.#removeTop();
    return entry;
  }

  /** Number of entries that are still to be run. */
  get pending(): number {
    return this.size - this.#droppedCount;
  }

  clear(): void {
    for (let i = 0; i < this.size; i += 1) this.#entries[i]!.scheduled = false;
    this.#entries.length = 0;
    this.size = 0;
    this.#droppedCount = 0;
  }

  #removeTop(): void {
    const entries = this.#entries;
    entries[0]!.scheduled = false;
    const last = (this.size -= 1);
    const entry = entries[last]!;
    entries.pop();
    if (last > 0) this.#siftDown(0, entry, this.#keys[last]!, this.#orders[last]!);
  }

  #siftUp(index: number, entry: TimerEntry, key: number, order: number): void {
    const keys = this.#keys;
    const orders = this.#orders;
    const entries = this.#entries;
    // A new entry has the highest sequence number, so a parent with the same key stays above it.
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (keys[parent]! <= key) break;
      keys[index] = keys[parent]!;
      orders[index] = orders[parent]!;
      entries[index] = entries[parent];
      index = parent;
    }
    keys[index] = key;
    orders[index] = order;
    entries[index] = entry;
  }

  #siftDown(index: number, entry: TimerEntry, key: number, order: number): void {
    const keys = this.#keys;
    const orders = this.#orders;
    const entries = this.#entries;
    const size = this.size;
    for (;;) {
      let child = index * 2 + 1;
      if (child >= size) break;
      const right = child + 1;
      if (
        right < size &&
        (keys[right]! < keys[child]! || (keys[right] === keys[child] && orders[right]! < orders[child]!))
      ) {
        child = right;
      }
      if (key < keys[child]! || (key === keys[child] && order < orders[child]!)) break;
      keys[index] = keys[child]!;
      orders[index] = orders[child]!;
      entries[index] = entries[child];
      index = child;
    }
    keys[index] = key;
    orders[index] = order;
    entries[index] = entry;
  }

  #grow(): void {
    const keys = new Float64Array(this.#keys.length * 2);
    const orders = new Float64Array(keys.length);
    keys.set(this.#keys);
    orders.set(this.#orders);
    this.#keys = keys;
    this.#orders = orders;
  }

  /** Throws the dropped entries out and builds the heap anew from the rest. */
  #sweep(): void {
    let kept = 0;
    for (let i = 0; i < this.size; i += 1) {
      const entry = this.#entries[i]!;
      if (entry.dropped) {
        entry.scheduled = false;
        continue;
      }
      this.#keys[kept] = this.#keys[i]!;
      this.#orders[kept] = this.#orders[i]!;
      this.#entries[kept] = entry;
      kept += 1;
    }
    this.#entries.length = kept;
    this.size = kept;
    this.#droppedCount = 0;
    for (let i = (kept >> 1) - 1; i >= 0; i -= 1) {
      this.#siftDown(i, this.#entries[i]!, this.#keys[i]!, this.#orders[i]!);
    }
  }
}
