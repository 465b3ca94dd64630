import type { Runnable } from '../core/ready-queue.ts';
import type { Scheduler } from '../core/scheduler.ts';

/**
 * What an engine reports, handled in order, and in the loop's turns only: at once after the call into the engine that
 * brought it about, so that no callback runs in the middle of the engine's work; what comes of itself gets a turn.
 */
export class DeferredEvents implements Runnable {
  readonly #scheduler: Scheduler;
  readonly #events: (() => void)[] = [];
  #depth = 0;
  #handling = false;
  #scheduled = false;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /** Calls into the engine, in a turn of the loop. */
  during(call: () => void): void {
    this.#depth += 1;
    try {
      call();
    } finally {
      this.#depth -= 1;
    }
    this.#handle();
  }

  /** Reported by the engine. `event` must not throw. */
  add(event: () => void): void {
    // The loop is gone, and with it all who could be told.
    if (this.#scheduler.closed) return;
    this.#events.push(event);
    if (this.#depth > 0 || this.#handling || this.#scheduled) return;
    this.#scheduled = true;
    this.#scheduler.push(this);
  }

  run(): void {
    this.#scheduled = false;
    this.#handle();
  }

  #handle(): void {
    // What came of itself before has its turn coming: nothing overtakes it, and no caller is surprised by it.
    if (this.#handling || this.#depth > 0 || this.#scheduled) return;
    this.#handling = true;
    for (let i = 0; i < this.#events.length; i += 1) this.#events[i]!();
    this.#events.length = 0;
    this.#handling = false;
  }
}
