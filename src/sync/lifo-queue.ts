import { Queue } from './queue.ts';
import { LifoStore } from './queue-store.ts';

/**
 * A queue that gives the youngest item first.
 *
 * @example
 * const stack = new LifoQueue<string>();
 */
export class LifoQueue<T> extends Queue<T> {
  /** `maxsize` as for Queue. Throws TypeError for a non-integer. */
  constructor(maxsize = 0) {
    super(maxsize, new LifoStore<T>());
  }
}
