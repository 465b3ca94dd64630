import { Semaphore } from './semaphore.ts';

/**
 * A semaphore that never has more permits than it began with.
 *
 * @example
 * const seats = new BoundedSemaphore(10);
 */
export class BoundedSemaphore extends Semaphore {
  readonly #bound: number;

  /** `value`: permits to begin with, 1 by default. Throws TypeError for a non-integer, RangeError below 0. */
  constructor(value = 1) {
    super(value);
    this.#bound = value;
  }

  /** As Semaphore's. Throws RangeError when all permits are back already. */
  override release(): void {
    if (this._value >= this.#bound) throw new RangeError('BoundedSemaphore released too many times');
    super.release();
  }
}
