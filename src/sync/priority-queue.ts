import { describeValue } from '../core/coroutine.ts';
import { compareValues } from './compare.ts';
import { type Compare, HeapStore } from './heap-store.ts';
import { Queue } from './queue.ts';

export interface PriorityQueueOptions<T> {
  /** Negative when `a` comes out before `b`, as for `Array.sort`. Default: `<`, and arrays item by item. */
  readonly compare?: Compare<T> | undefined;
}

/**
 * A queue that gives the smallest item first. The order of equal ones is not defined.
 *
 * @example
 * const jobs = new PriorityQueue<[priority: number, name: string]>();
 * const patients = new PriorityQueue<Patient>(0, { compare: (a, b) => a.urgency - b.urgency });
 */
export class PriorityQueue<T> extends Queue<T> {
  /** `maxsize` as for Queue. Throws TypeError for a bad `maxsize` or `compare`. */
  constructor(maxsize = 0, { compare = compareValues }: PriorityQueueOptions<T> = {}) {
    if (typeof compare !== 'function') {
      throw new TypeError(`PriorityQueue compare must be a function, got ${describeValue(compare)}`);
    }
    super(maxsize, new HeapStore<T>(compare));
  }
}
