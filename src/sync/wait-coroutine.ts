import { NativeCoroutine } from '../core/coroutine.ts';
import { FINISHED, PENDING } from '../core/future.ts';
import type { Waiter, WaitQueue } from './wait-queue.ts';

export type Step = IteratorResult<unknown, unknown>;

const FRESH = 0;
const WAITING = 1;
const OVER = 2;

/**
 * The frame of every coroutine that may have to wait in a queue: `acquire`, `wait`, `get`, `put`.
 * Written by hand, it costs one object and, only when it has to wait, one future.
 */
export abstract class WaitCoroutine extends NativeCoroutine {
  #state: typeof FRESH | typeof WAITING | typeof OVER = FRESH;
  #waiter: Waiter | undefined = undefined;

  /** The first step: gives a result, or what `park` gives. */
  protected abstract begin(): Step;
  /** The waiter was woken: gives a result, or what `park` gives. */
  protected abstract resume(waiter: Waiter): Step;
  /** Waiting was ended by an error; `waiter` may have been woken before it came. */
  protected abstract giveUp(waiter: Waiter): void;

  /** Suspends at the end of `queue`. */
  protected park(queue: WaitQueue): Step {
    const waiter = queue.add();
    this.#waiter = waiter;
    this.#state = WAITING;
    return waiter.next();
  }

  override next(): Step {
    if (this.#state === FRESH) {
      this.#state = OVER;
      return this.begin();
    }
    const waiter = this.#waiter;
    if (waiter === undefined) return { value: undefined, done: true };
    if (waiter._state === PENDING) return waiter.next();
    this.#leave();
    if (waiter._state === FINISHED) return this.resume(waiter);
    this.giveUp(waiter);
    throw waiter._makeCancelledError();
  }

  override throw(error: unknown): never {
    this.#end();
    throw error;
  }

  override return(value?: unknown): Step {
    this.#end();
    return { value, done: true };
  }

  #end(): void {
    const waiter = this.#waiter;
    this.#leave();
    if (waiter === undefined) return;
    // Nobody may wake it any more: a wake-up would be lost. No effect on one that was woken.
    waiter.cancel();
    this.giveUp(waiter);
  }

  #leave(): void {
    this.#state = OVER;
    this.#waiter = undefined;
  }
}
