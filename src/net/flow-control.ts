import type { Coroutine } from '../core/coroutine.ts';
import { immediate } from '../core/immediate.ts';
import type { Scheduler } from '../core/scheduler.ts';
import { ECONNRESET } from '../io/errno.ts';
import { osError } from '../io/os-error.ts';
import { Waiters } from './waiters.ts';

/** Holds no state, so that one serves all. @internal */
export const AT_ONCE: Coroutine<void> = immediate<void>(undefined);

/** Those who wait until a transport's buffer has drained: asyncio's FlowControlMixin. */
export class FlowControl {
  #paused = false;
  #lost: { readonly error: Error | undefined } | undefined = undefined;
  readonly #scheduler: Scheduler;
  /** Made for the first who waits. */
  #waiters: Waiters | undefined = undefined;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#waiters?.wake();
  }

  /** The connection is over: waiting makes no sense any more. */
  end(error: Error | undefined): void {
    this.#lost = { error };
    if (!this.#paused) return;
    if (error === undefined) this.#waiters?.wake();
    else this.#waiters?.fail(error);
  }

  /** True when `drained` would return at once. */
  get open(): boolean {
    return !this.#paused && this.#lost === undefined;
  }

  /** Waits until writing may go on. Throws the error of the connection, or ECONNRESET, when there is none any more. */
  drained(): Coroutine<void> {
    return this.open ? AT_ONCE : this.#wait();
  }

  *#wait(): Coroutine<void> {
    if (this.#lost !== undefined) throw this.#lost.error ?? osError(-ECONNRESET, 'write');
    if (!this.#paused) return;
    this.#waiters ??= new Waiters(this.#scheduler);
    yield* this.#waiters.wait();
  }
}
