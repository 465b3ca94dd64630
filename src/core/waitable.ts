import type { CancelledError } from './errors.ts';
import type { Runnable } from './ready-queue.ts';
import type { Scheduler } from './scheduler.ts';

export const PENDING = 0;
export const CANCELLED = 1;
export const FINISHED = 2;
export const FAILED = 3;
export type WaitState = typeof PENDING | typeof CANCELLED | typeof FINISHED | typeof FAILED;

/** What a task can be suspended on: a future, or a leaf that saves itself one. @internal */
export interface Waitable {
  readonly _scheduler: Scheduler;
  readonly _state: WaitState;
  /** The result or the error. */
  readonly _value: unknown;
  cancel(message?: string): boolean;
  _addWaiter(waiter: Runnable): void;
  _removeWaiter(waiter: Runnable): void;
  _makeCancelledError(): CancelledError;
  /** Its error, if any, has been seen. */
  _retrieve(): void;
  /** True where `_blocker` may give something; a constant of the class, for a cheap look. */
  readonly _linked: boolean;
  /** One by one, what must end before this can end, as far as that is known; undefined after the last. */
  _blocker(index: number): Waitable | undefined;
}
