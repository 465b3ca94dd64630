import type { Coroutine } from '../core/coroutine.ts';
import { CancelledError } from '../core/errors.ts';
import { Future, PENDING } from '../core/future.ts';
import type { Scheduler } from '../core/scheduler.ts';

/** Something that the system does, and that goes on whatever becomes of those who wait for it. */
export class Pending<T> {
  over = false;
  readonly #scheduler: Scheduler;
  readonly #waiters: Future<void>[] = [];
  readonly #cancel: (() => void) | undefined;
  #hook: ((value: T) => void) | undefined = undefined;
  #value: T | undefined = undefined;
  #error: unknown = undefined;
  #failed = false;

  /** `cancel` asks the system to stop; undefined when that cannot be done. */
  constructor(scheduler: Scheduler, cancel?: () => void) {
    this.#scheduler = scheduler;
    this.#cancel = cancel;
  }

  resolve(value: T): void {
    this.#value = value;
    this.#hook?.(value);
    this.#end();
  }

  reject(error: unknown): void {
    this.#error = error;
    this.#failed = true;
    this.#end();
  }

  /** Calls `hook` with the result, before those who wait go on; not when it fails. One a Pending. */
  whenResolved(hook: (value: T) => void): void {
    if (!this.over) this.#hook = hook;
    else if (!this.#failed) hook(this.#value as T);
  }

  /** Asks the system to stop. */
  cancel(): void {
    if (!this.over) this.#cancel?.();
  }

  /** A cancel ends the waiting alone. */
  *wait(): Coroutine<T> {
    if (!this.over) {
      const waiter = new Future<void>({ loop: this.#scheduler });
      this.#waiters.push(waiter);
      try {
        yield* waiter;
      } finally {
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
      }
    }
    return this.#result();
  }

  /** As `wait`, but a cancel is thrown only when it is over, and then whatever came of it. */
  *waitOut(): Coroutine<T> {
    let cancelled: CancelledError | undefined;
    while (!this.over) {
      try {
        yield* this.wait();
      } catch (error) {
        // Its own error; or the task is not meant to go on at all.
        if (!(error instanceof CancelledError)) throw error;
        cancelled ??= error;
        this.cancel();
      }
    }
    if (cancelled !== undefined) throw cancelled;
    return this.#result();
  }

  #result(): T {
    if (this.#failed) throw this.#error;
    return this.#value as T;
  }

  #end(): void {
    this.over = true;
    if (this.#scheduler.closed) return;
    for (const waiter of this.#waiters) if (waiter._state === PENDING) waiter.setResult();
  }
}
