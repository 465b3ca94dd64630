import { CANCELLED, FINISHED, type WaitState } from '../core/waitable.ts';

/** One who stands in a queue. A waiter is its own link, so that leaving from the middle costs nothing. */
export interface Waiter {
  /** PENDING while it stands in a queue, then FINISHED when it was woken. */
  readonly _state: WaitState;
  /** The queue that it stands in; undefined once it has left. */
  _queue: WaitQueue | undefined;
  _ahead: Waiter | undefined;
  _behind: Waiter | undefined;
  _finish(state: typeof FINISHED): void;
}

/** Whether one who was cancelled keeps the place until its task has run, or leaves at once. */
export const KEEP_CANCELLED = true;

/**
 * Those who wait, first come first served: the one list under all primitives.
 *
 * Invariant: every waiter in it is pending, so that waking the next one never searches; unless it keeps the cancelled
 * ones (Lock does: while one that was cancelled stands first, nobody behind is woken; that is asyncio's order).
 */
export class WaitQueue {
  first: Waiter | undefined = undefined;
  last: Waiter | undefined = undefined;
  length = 0;
  /** Those who were not cancelled. */
  live = 0;
  private readonly keepsCancelled: boolean;

  constructor(keepsCancelled = false) {
    this.keepsCancelled = keepsCancelled;
  }

  /** At the end. */
  add(waiter: Waiter): void {
    const { last } = this;
    waiter._queue = this;
    waiter._ahead = last;
    if (last === undefined) this.first = waiter;
    else last._behind = waiter;
    this.last = waiter;
    this.length += 1;
    this.live += 1;
  }

  /** No effect on one that has left. */
  remove(waiter: Waiter): void {
    if (waiter._queue !== this) return;
    if (waiter._state !== CANCELLED) this.live -= 1;
    this.unlink(waiter);
  }

  /** Wakes the first and lets it leave. False when nobody waits. */
  wakeFirst(): boolean {
    const { first } = this;
    if (first === undefined) return false;
    this.live -= 1;
    this.unlink(first);
    first._finish(FINISHED);
    return true;
  }

  wakeAll(): void {
    while (this.wakeFirst());
  }

  /** Told by the waiter. */
  cancelled(waiter: Waiter): void {
    this.live -= 1;
    if (!this.keepsCancelled) this.unlink(waiter);
  }

  private unlink(waiter: Waiter): void {
    const { _ahead, _behind } = waiter;
    if (_ahead === undefined) this.first = _behind;
    else _ahead._behind = _behind;
    if (_behind === undefined) this.last = _ahead;
    else _behind._ahead = _ahead;
    waiter._ahead = undefined;
    waiter._behind = undefined;
    waiter._queue = undefined;
    this.length -= 1;
  }
}
