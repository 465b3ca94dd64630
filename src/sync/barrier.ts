import type { AsyncContextManager } from '../core/async-protocols.ts';
import { type Coroutine, describeValue } from '../core/coroutine.ts';
import { RuntimeError } from '../core/errors.ts';
import { Condition } from './condition.ts';

/** The barrier was aborted, or reset while the task waited at it. */
export class BrokenBarrierError extends RuntimeError {
  override readonly name: string = 'BrokenBarrierError';
}

const FILLING = 'filling';
/** Full: those inside are on their way out, newcomers are held. */
const DRAINING = 'draining';
/** Reset with tasks inside: they leave with an error, newcomers are held. */
const RESETTING = 'resetting';
const BROKEN = 'broken';
type State = typeof FILLING | typeof DRAINING | typeof RESETTING | typeof BROKEN;

/**
 * A place where tasks wait until `parties` of them have come; then all go on, and it can be used again.
 *
 * @example
 * const table = new Barrier(4);
 * const seat = yield* table.wait(); // 0 to 3
 */
export class Barrier implements AsyncContextManager<number> {
  readonly parties: number;
  readonly #condition = new Condition();
  #state: State = FILLING;
  /** Those inside, on their way out too. */
  #count = 0;

  /** Throws TypeError for a non-integer, RangeError below 1. */
  constructor(parties: number) {
    if (!Number.isInteger(parties)) throw new TypeError(`parties must be an integer, got ${describeValue(parties)}`);
    if (parties < 1) throw new RangeError(`parties must be >= 1, got ${parties}`);
    this.parties = parties;
  }

  /** How many wait for the barrier to fill; 0 while it drains. */
  get nWaiting(): number {
    return this.#state === FILLING ? this.#count : 0;
  }

  get broken(): boolean {
    return this.#state === BROKEN;
  }

  /**
   * Waits until all have come, and gives the index of this one's arrival, from 0; the last one does not suspend.
   * Throws BrokenBarrierError when the barrier is aborted or reset.
   */
  *wait(): Coroutine<number> {
    const condition = this.#condition;
    yield* condition.acquire();
    try {
      while (this.#is(DRAINING) || this.#is(RESETTING)) yield* condition.wait();
      if (this.#is(BROKEN)) throw new BrokenBarrierError('Barrier aborted');
      try {
        const index = this.#count;
        this.#count += 1;
        if (this.#count === this.parties) this.#go(DRAINING);
        while (this.#is(FILLING)) yield* condition.wait();
        if (!this.#is(DRAINING)) throw new BrokenBarrierError('Abort or reset of barrier');
        return index;
      } finally {
        this.#leave();
      }
    } finally {
      condition.release();
    }
  }

  /** Makes those who wait throw BrokenBarrierError, and the barrier empty again. */
  *reset(): Coroutine<void> {
    yield* this.#condition.acquire();
    this.#go(this.#count > 0 ? RESETTING : FILLING);
    this.#condition.release();
  }

  /** Makes those who wait, and all who come until a `reset`, throw BrokenBarrierError. */
  *abort(): Coroutine<void> {
    yield* this.#condition.acquire();
    this.#go(BROKEN);
    this.#condition.release();
  }

  /** For `asyncWith`: waits; the body gets the index. */
  enter(): Coroutine<number> {
    return this.wait();
  }

  /** For `asyncWith`: nothing to do. */
  *exit(): Coroutine<undefined> {
    return undefined;
  }

  toString(): string {
    return `<Barrier [${this.#state}, waiters:${this.nWaiting}/${this.parties}]>`;
  }

  /** Asked again after each suspension: others change the state meanwhile. */
  #is(state: State): boolean {
    return this.#state === state;
  }

  #leave(): void {
    this.#count -= 1;
    if (this.#count > 0) return;
    if (this.#state === DRAINING || this.#state === RESETTING) this.#state = FILLING;
    this.#condition.notifyAll();
  }

  #go(state: State): void {
    this.#state = state;
    this.#condition.notifyAll();
  }
}
