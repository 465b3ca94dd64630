import { FINISHED, Future } from '../core/future.ts';
import type { Binding, LoopBound } from './loop-bound.ts';

/** The future of one who waits; links itself into its queue, so that leaving from the middle costs nothing. */
export class Waiter extends Future<undefined> {
  /** The queue that it stands in; undefined once it has left. @internal */
  _queue: WaitQueue | undefined;
  /** @internal */ _ahead: Waiter | undefined = undefined;
  /** @internal */ _behind: Waiter | undefined = undefined;

  constructor(binding: Binding, queue: WaitQueue) {
    super(binding);
    this._queue = queue;
  }

  override cancel(message?: string): boolean {
    if (!super.cancel(message)) return false;
    this._queue?.cancelled(this);
    return true;
  }

  override get _linked(): boolean {
    return true;
  }

  /** Whoever holds what it waits for. */
  override _blocker(index: number): Future<unknown> | undefined {
    return index === 0 ? this._queue?.owner._holder : undefined;
  }

  /** What it waits for, in reports of deadlocks. */
  override toString(): string {
    return this._queue === undefined ? '[object Waiter]' : String(this._queue.owner);
  }
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
  /** What they wait at. */
  readonly owner: LoopBound;
  first: Waiter | undefined = undefined;
  last: Waiter | undefined = undefined;
  length = 0;
  /** Those who were not cancelled. */
  live = 0;
  readonly #keepsCancelled: boolean;

  constructor(owner: LoopBound, keepsCancelled = false) {
    this.owner = owner;
    this.#keepsCancelled = keepsCancelled;
  }

  /** A new waiter, at the end. Throws RuntimeError outside the owner's loop. */
  add(): Waiter {
    const waiter = new Waiter(this.owner._bind(), this);
    const { last } = this;
    waiter._ahead = last;
    if (last === undefined) this.first = waiter;
    else last._behind = waiter;
    this.last = waiter;
    this.length += 1;
    this.live += 1;
    return waiter;
  }

  /** No effect on one that has left. */
  remove(waiter: Waiter): void {
    if (waiter._queue !== this) return;
    if (!waiter.cancelled()) this.live -= 1;
    this.#unlink(waiter);
  }

  /** Wakes the first and lets it leave. False when nobody waits. */
  wakeFirst(): boolean {
    const { first } = this;
    if (first === undefined) return false;
    this.live -= 1;
    this.#unlink(first);
    first._finish(FINISHED, undefined);
    return true;
  }

  wakeAll(): void {
    while (this.wakeFirst());
  }

  /** Told by the waiter. */
  cancelled(waiter: Waiter): void {
    this.live -= 1;
    if (!this.#keepsCancelled) this.#unlink(waiter);
  }

  #unlink(waiter: Waiter): void {
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
