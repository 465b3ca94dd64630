import type { QueueStore } from './queue-store.ts';

/** Negative when `a` comes out before `b`. */
export type Compare<T> = (a: T, b: T) => number;

/**
 * The smallest first: a binary heap. Items that compare equal come out in the order in which CPython's heapq lets them.
 *
 * A comparison may throw: all of them are made before anything is moved, so the heap stays whole.
 */
export class HeapStore<T> implements QueueStore<T> {
  readonly #items: T[] = [];
  readonly #compare: Compare<T>;

  constructor(compare: Compare<T>) {
    this.#compare = compare;
  }

  get size(): number {
    return this.#items.length;
  }

  push(item: T): void {
    const items = this.#items;
    const path: number[] = [];
    for (let at = items.length; at > 0; at = path[path.length - 1]!) {
      const parent = (at - 1) >> 1;
      if (!this.#before(item, items[parent]!)) break;
      path.push(parent);
    }
    let hole = items.length;
    for (const parent of path) {
      items[hole] = items[parent]!;
      hole = parent;
    }
    items[hole] = item;
  }

  pop(): T {
    const items = this.#items;
    const smallest = items[0]!;
    const last = items[items.length - 1]!;
    const path = this.#wayForLast(last);
    items.pop();
    let hole = 0;
    for (const child of path) {
      items[hole] = items[child]!;
      hole = child;
    }
    if (items.length > 0) items[hole] = last;
    return smallest;
  }

  /**
   * Where the last item goes when the first is gone: down along the smaller children to a leaf, then back up to its
   * place. Most last items belong near the bottom, so this compares about half as often as looking on the way down.
   */
  #wayForLast(last: T): number[] {
    const items = this.#items;
    const end = items.length - 1;
    const path: number[] = [];
    for (let child = 1; child < end; child = child * 2 + 1) {
      if (child + 1 < end && !this.#before(items[child]!, items[child + 1]!)) child += 1;
      path.push(child);
    }
    while (path.length > 0 && this.#before(last, items[path[path.length - 1]!]!)) path.pop();
    return path;
  }

  #before(a: T, b: T): boolean {
    return this.#compare(a, b) < 0;
  }
}
