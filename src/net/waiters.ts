import type { Coroutine } from '../core/coroutine.ts';
import { Future, PENDING } from '../core/future.ts';
import type { Scheduler } from '../core/scheduler.ts';

/** Those who wait for one event. Each has a future of its own, so that cancelling one leaves the others alone. */
export class Waiters {
  readonly #scheduler: Scheduler;
  /** Made for the first one: mostly nobody ever waits. */
  #futures: Set<Future<void>> | undefined = undefined;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /** Suspends until the next `wake` or `fail`. */
  *wait(): Coroutine<void> {
    const future = new Future<void>({ loop: this.#scheduler });
    this.#futures ??= new Set();
    this.#futures.add(future);
    try {
      yield* future;
    } finally {
      this.#futures.delete(future);
    }
  }

  wake(): void {
    for (const future of this.#futures ?? []) if (future._state === PENDING) future.setResult();
  }

  /** They get `error` thrown in. */
  fail(error: Error): void {
    for (const future of this.#futures ?? []) if (future._state === PENDING) future.setException(error);
  }
}
