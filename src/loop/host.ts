import type { Clock, Scheduler } from '../core/scheduler.ts';

/** Gives the loop its turns and its time. A real one lives inside Node's own loop; a virtual one runs at once. */
export interface Host {
  readonly clock: Clock;
  /**
   * Runs turns until `stopping()` is true after a turn, as asyncio's `run_forever`. A synchronous host returns undefined
   * when it is over; an asynchronous one a promise. Rejects (throws) with what `onStuck` throws when nothing can go on.
   */
  run(scheduler: Scheduler, stopping: () => boolean, onStuck: () => void): Promise<void> | undefined;
  /** Releases what it holds. Called once, when the loop is closed. */
  close(): void;
}
