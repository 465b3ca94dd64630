import type { Coroutine } from './coroutine.ts';
import { type CancelledError, RuntimeError } from './errors.ts';
import { trackAwaited } from './never-awaited.ts';
import { alsoRun, type Runnable } from './ready-queue.ts';
import { checkTime, runningScheduler, type Scheduler } from './scheduler.ts';
import { isProbing, suspendOn, suspendOnce } from './suspension.ts';
import { isDropped, OWN_FLAGS, type TimerEntry } from './timer-heap.ts';
import { CANCELLED, FINISHED, PENDING, type Waitable, type WaitState } from './waitable.ts';

/** Of a Sleep. */
const BEGUN = OWN_FLAGS;
const ENDED = OWN_FLAGS * 2;

/** Of a Cede. */
const FRESH = 0;
const STARTED = 1;
const OVER = 2;

/** What `yield*` gets from a sleep without a result: nobody sees the object itself. */
const DONE: IteratorResult<never, undefined> = Object.freeze({ value: undefined, done: true });

const ended = <T>(value: T): IteratorResult<never, T> =>
  value === undefined ? (DONE as IteratorResult<never, T>) : { value, done: true };

/** `sleep(0)`: lets the others go first, once. */
class Cede<T> {
  private readonly result: T;
  private step: typeof FRESH | typeof STARTED | typeof OVER = FRESH;

  constructor(result: T) {
    this.result = result;
  }

  next(): IteratorResult<unknown, T | undefined> {
    if (this.step === FRESH) {
      this.step = STARTED;
      return suspendOnce();
    }
    if (this.step === OVER) return DONE;
    if (isProbing()) return suspendOnce();
    this.step = OVER;
    return ended(this.result);
  }

  throw(error: unknown): never {
    this.step = OVER;
    throw error;
  }

  return(value?: unknown): IteratorResult<unknown, unknown> {
    this.step = OVER;
    return { value, done: true };
  }

  [Symbol.iterator](): this {
    if (this.step === OVER) throw new RuntimeError('cannot reuse already awaited coroutine');
    return this;
  }

  get [Symbol.toStringTag](): string {
    return 'Coroutine';
  }

  toString(): string {
    return 'sleep';
  }
}

/**
 * A sleep is its own coroutine, its own timer and what the task waits for, all in one object: it behaves as a coroutine
 * that makes a future and a timer and awaits the future, with the same hops, at a third of the memory.
 */
class Sleep<T> implements Waitable, TimerEntry {
  /** With BEGUN and ENDED. */
  _timerFlags = 0;
  /** The result; after a cancel the error, made then as it says who cancelled. */
  _value: T | CancelledError;
  _scheduler!: Scheduler;
  _state: WaitState = PENDING;
  /** Its length in milliseconds until it begins, then who waits for it. */
  private slot: number | Runnable | undefined;

  constructor(ms: number, result: T) {
    this._value = result;
    this.slot = ms;
  }

  next(): IteratorResult<unknown, T | undefined> {
    const flags = this._timerFlags;
    if ((flags & BEGUN) === 0) return this.begin();
    if ((flags & ENDED) !== 0) return DONE;
    if (this._state === PENDING) return suspendOn(this);
    this.end();
    if (this._state === CANCELLED) throw this._makeCancelledError();
    return ended(this._value as T);
  }

  throw(error: unknown): never {
    this.end();
    throw error;
  }

  return(value?: unknown): IteratorResult<unknown, unknown> {
    this.end();
    return { value, done: true };
  }

  [Symbol.iterator](): this {
    if ((this._timerFlags & ENDED) !== 0) throw new RuntimeError('cannot reuse already awaited coroutine');
    return this;
  }

  get [Symbol.toStringTag](): string {
    return 'Coroutine';
  }

  toString(): string {
    return 'sleep';
  }

  /** The timer is due. */
  run(): void {
    if (!isDropped(this) && this._state === PENDING) this.finish(FINISHED);
  }

  cancel(message?: string): boolean {
    if (this._state !== PENDING) return false;
    this._value = this._scheduler.cancelledError(message);
    this.finish(CANCELLED);
    return true;
  }

  _addWaiter(waiter: Runnable): void {
    this.slot = alsoRun(this.slot as Runnable | undefined, waiter);
  }

  _removeWaiter(): void {
    this.slot = undefined;
  }

  _makeCancelledError(): CancelledError {
    return this._value as CancelledError;
  }

  _retrieve(): void {}

  get _linked(): boolean {
    return false;
  }

  _blocker(): undefined {}

  private begin(): IteratorResult<unknown, T> {
    const scheduler = runningScheduler();
    this._scheduler = scheduler;
    scheduler.addTimer(this, scheduler.time() + (this.slot as number));
    this.slot = undefined;
    this._timerFlags |= BEGUN;
    return suspendOn(this);
  }

  private finish(state: WaitState): void {
    this._state = state;
    const waiter = this.slot as Runnable | undefined;
    this.slot = undefined;
    if (waiter !== undefined) this._scheduler.push(waiter);
  }

  private end(): void {
    if ((this._timerFlags & (BEGUN | ENDED)) === BEGUN) this._scheduler.timerCancelled(this);
    this._timerFlags |= BEGUN | ENDED;
  }
}

/**
 * Suspends for `ms` milliseconds, then gives `result`. `sleep(0)`, and a negative time, lets every other handle that is
 * ready go first, exactly once. Throws TypeError or RangeError at once for a time that is no number.
 *
 * @example
 * yield* sleep(250);
 */
export function sleep(ms: number): Coroutine<void>;
export function sleep<T>(ms: number, result: T): Coroutine<T>;
export function sleep<T>(ms: number, result?: T): Coroutine<T | undefined> {
  checkTime(ms, 'sleep: ms');
  const coroutine = ms <= 0 ? new Cede(result) : new Sleep(ms, result);
  return trackAwaited(coroutine as unknown as Coroutine<T | undefined>, 'sleep');
}
