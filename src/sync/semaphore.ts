import type { AsyncContextManager } from '../core/async-protocols.ts';
import { type Coroutine, describeValue } from '../core/coroutine.ts';
import { trackAwaited } from '../core/never-awaited.ts';
import { FINISHED } from '../core/waitable.ts';
import type { Hold } from './hold.ts';
import { LoopBound } from './loop-bound.ts';
import { ReleaseOnExit } from './release-on-exit.ts';
import { type Step, type WaitCoroutine, type WaitKind, waitCoroutine } from './wait-coroutine.ts';
import { WaitQueue } from './wait-queue.ts';

class SemaphoreHold implements Hold {
  private readonly semaphore: Semaphore;
  held = true;

  constructor(semaphore: Semaphore) {
    this.semaphore = semaphore;
  }

  [Symbol.dispose](): void {
    if (!this.held) return;
    this.held = false;
    this.semaphore.release();
  }
}

type Acquire = WaitCoroutine<Semaphore, boolean>;

/** Each keeps whether it gives a hold or, for `asyncWith`, nothing. */
const ACQUIRE: WaitKind<Semaphore, boolean> = {
  linked: false,

  begin(wait: Acquire): Step {
    const semaphore = wait._owner;
    if (semaphore.locked()) return wait.park(semaphore._waiters);
    semaphore._value -= 1;
    return taken(wait);
  },

  resume(wait: Acquire): Step {
    const semaphore = wait._owner;
    semaphore._woken -= 1;
    semaphore._wakeMore();
    return taken(wait);
  },

  giveUp(wait: Acquire): void {
    const semaphore = wait._owner;
    if (wait._state === FINISHED) {
      // The permit had arrived: it goes back.
      semaphore._woken -= 1;
      semaphore._value += 1;
    }
    semaphore._wakeMore();
  },
};

function taken(wait: Acquire): Step {
  return { value: wait._own ? new SemaphoreHold(wait._owner) : undefined, done: true };
}

/**
 * A number of permits, given out first come first served.
 *
 * Differs from asyncio: `acquire` gives a hold (true in a condition) that `using` releases, once. Use either the hold or
 * `release`, not both for one permit.
 *
 * @example
 * const seats = new Semaphore(10);
 * using seat = yield* seats.acquire();
 */
export class Semaphore extends LoopBound implements AsyncContextManager<void> {
  /** Permits left. Goes down when a waiter is woken, not when it runs. @internal */
  _value: number;
  /** Those that were woken and have not run yet: newcomers stay behind them. @internal */
  _woken = 0;
  /** @internal */ readonly _waiters: WaitQueue = new WaitQueue();

  /** `value`: permits to begin with, 1 by default. Throws TypeError for a non-integer, RangeError below 0. */
  constructor(value = 1) {
    super();
    if (!Number.isInteger(value))
      throw new TypeError(`Semaphore value must be an integer, got ${describeValue(value)}`);
    if (value < 0) throw new RangeError(`Semaphore initial value must be >= 0, got ${value}`);
    this._value = value;
  }

  /** True when `acquire` would have to wait: no permit is left, or somebody waits. */
  locked(): boolean {
    return this._value === 0 || this._waiters.live > 0 || this._woken > 0;
  }

  /** Waits for a permit. Does not suspend when one is left and nobody waits. */
  acquire(): Coroutine<Hold> {
    return trackAwaited(waitCoroutine<Semaphore, boolean, Hold>(this, ACQUIRE, true), 'Semaphore.acquire');
  }

  /** Gives a permit back, or one more, and wakes the first who waits. */
  release(): void {
    this._value += 1;
    this._wakeNext();
  }

  /** For `asyncWith`: acquires. */
  enter(): Coroutine<void> {
    return waitCoroutine(this, ACQUIRE, false);
  }

  /** For `asyncWith`: releases. */
  exit(): Coroutine<undefined> {
    return new ReleaseOnExit(this) as unknown as Coroutine<undefined>;
  }

  override toString(): string {
    const waiting = this._waiters.length + this._woken;
    const state = this.locked() ? 'locked' : `unlocked, value:${this._value}`;
    return `<${this.constructor.name} [${state}${waiting > 0 ? `, waiters:${waiting}` : ''}]>`;
  }

  /** Gives a permit to the first who waits. @internal */
  _wakeNext(): boolean {
    if (!this._waiters.wakeFirst()) return false;
    this._value -= 1;
    this._woken += 1;
    return true;
  }

  /** Permits may have come while nobody but a woken one could see them. @internal */
  _wakeMore(): void {
    while (this._value > 0 && this._wakeNext());
  }
}
