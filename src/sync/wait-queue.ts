import { NativeCoroutine } from '../core/coroutine.ts';
import type { CancelledError } from '../core/errors.ts';
import type { Runnable } from '../core/ready-queue.ts';
import type { Scheduler } from '../core/scheduler.ts';
import { suspendOn } from '../core/suspension.ts';
import { CANCELLED, FINISHED, PENDING, type Waitable, type WaitState } from '../core/waitable.ts';
import type { LoopBound } from './loop-bound.ts';

export type Step = IteratorResult<unknown, unknown>;

/**
 * One who waits: the coroutine of `acquire`, `wait`, `get` or `put`, its place in the queue, and what its task is
 * suspended on, all in one object. It behaves as a coroutine that awaits a future of its own, with the same hops.
 *
 * No more than four subclasses, and fields with initializers: V8 defines the fields of a class with more subclasses by a
 * slow path (2 µs an object), and throws optimized code away again and again where a constructor assigns them instead.
 */
export abstract class Waiter<O extends LoopBound = LoopBound> extends NativeCoroutine implements Waitable {
  /** What it waits at. @internal */
  readonly _owner: O;
  /** PENDING while it stands in a queue, then FINISHED when it was woken. @internal */
  _state: WaitState = PENDING;
  /** The queue that it stands in; undefined once it has left. @internal */
  _queue: WaitQueue | undefined = undefined;
  /** @internal */ _ahead: Waiter | undefined = undefined;
  /** @internal */ _behind: Waiter | undefined = undefined;
  /** Runs when the wait is over: the task. */
  private task: Runnable | undefined = undefined;
  /** Made at the cancel, for it says who cancelled. */
  private cancelledError: CancelledError | undefined = undefined;

  constructor(owner: O) {
    super();
    this._owner = owner;
  }

  /** Suspends at the end of `queue`. Throws RuntimeError outside the owner's loop. */
  park(queue: WaitQueue): Step {
    queue.add(this);
    this._state = PENDING;
    return suspendOn(this);
  }

  /** Leaves without having been woken, when the coroutine is ended from outside. */
  protected abandon(): void {
    this.task = undefined;
    if (this._state !== PENDING) return;
    this._state = CANCELLED;
    this._queue?.cancelled(this);
  }

  get _scheduler(): Scheduler {
    return this._owner._loop as Scheduler;
  }

  get _value(): undefined {
    return undefined;
  }

  cancel(message?: string): boolean {
    if (this._state !== PENDING) return false;
    this.cancelledError = this._scheduler.cancelledError(message);
    this._finish(CANCELLED);
    this._queue?.cancelled(this);
    return true;
  }

  /** @internal */
  _finish(state: typeof CANCELLED | typeof FINISHED): void {
    const { task } = this;
    this._state = state;
    this.task = undefined;
    if (task !== undefined) this._scheduler.push(task);
  }

  _addWaiter(task: Runnable): void {
    this.task = task;
  }

  _removeWaiter(): void {
    this.task = undefined;
  }

  _makeCancelledError(): CancelledError {
    return this.cancelledError!;
  }

  _retrieve(): void {}

  get _linked(): boolean {
    return false;
  }

  _blocker(_index: number): Waitable | undefined {
    return undefined;
  }

  /** What it waits for, in reports of deadlocks. */
  override toString(): string {
    return String(this._owner);
  }
}

/** Whether one who was cancelled keeps the place until its task has run, or leaves at once. */
export const KEEP_CANCELLED = true;

/**
 * Those who wait, first come first served: the one list under all primitives. A waiter is its own link, so that leaving
 * from the middle costs nothing.
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

  /** At the end. Throws RuntimeError outside the owner's loop. */
  add(waiter: Waiter): void {
    waiter._owner._bind();
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
