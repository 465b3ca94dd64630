import type { Coroutine } from '../core/coroutine.ts';
import { type CancelledError, RuntimeError } from '../core/errors.ts';
import { alsoRun, type Runnable } from '../core/ready-queue.ts';
import type { Scheduler } from '../core/scheduler.ts';
import { suspendOn } from '../core/suspension.ts';
import { CANCELLED, FINISHED, PENDING, type Waitable, type WaitState } from '../core/waitable.ts';
import type { LoopBound } from './loop-bound.ts';
import type { Waiter, WaitQueue } from './wait-queue.ts';

export type Step = IteratorResult<unknown, unknown>;

const FRESH = 0;
const WAITING = 1;
const OVER = 2;

/** What tells `acquire`, `get`, `put` and `wait` apart. `X` is what each wait keeps for itself. */
export interface WaitKind<O extends LoopBound, X> {
  /** The first step: gives a result, or what `park` gives. */
  begin(wait: WaitCoroutine<O, X>): Step;
  /** It was woken: gives a result, or what `park` gives. */
  resume(wait: WaitCoroutine<O, X>): Step;
  /** Waiting was ended by an error; `wait._state` is FINISHED when it had been woken before the error came. */
  giveUp(wait: WaitCoroutine<O, X>): void;
  /** Whether the owner has a holder that it waits for. */
  readonly linked: boolean;
}

/**
 * One who waits: the coroutine of `acquire`, `wait`, `get` or `put`, its place in the queue (perhaps several times over),
 * and what its task is suspended on, all in one object. It behaves as a coroutine that awaits a future of its own, with
 * the same hops.
 *
 * One class for all primitives, told apart by their kinds, and no base class: docs/design/scheduler.md, "What costs what".
 */
export class WaitCoroutine<O extends LoopBound, X> implements Waiter, Waitable {
  /** What it waits at. @internal */
  readonly _owner: O;
  _own: X;
  private readonly kind: WaitKind<O, X>;
  private step: typeof FRESH | typeof WAITING | typeof OVER = FRESH;
  _state: WaitState = PENDING;
  _queue: WaitQueue | undefined = undefined;
  _ahead: Waiter | undefined = undefined;
  _behind: Waiter | undefined = undefined;
  /** Runs when the wait is over: the task. */
  private task: Runnable | undefined = undefined;
  /** Made at the cancel, for it says who cancelled. */
  private cancelledError: CancelledError | undefined = undefined;

  constructor(owner: O, kind: WaitKind<O, X>, own: X) {
    this._owner = owner;
    this._own = own;
    this.kind = kind;
  }

  /** Suspends at the end of `queue`. Throws RuntimeError outside the owner's loop. */
  park(queue: WaitQueue): Step {
    this._owner._bind();
    queue.add(this);
    this._state = PENDING;
    this.step = WAITING;
    return suspendOn(this);
  }

  next(): Step {
    if (this.step === FRESH) {
      this.step = OVER;
      return this.kind.begin(this);
    }
    if (this.step === OVER) return { value: undefined, done: true };
    if (this._state === PENDING) return suspendOn(this);
    this.step = OVER;
    if (this._state === FINISHED) return this.kind.resume(this);
    this.kind.giveUp(this);
    throw this._makeCancelledError();
  }

  throw(error: unknown): never {
    this.end();
    throw error;
  }

  return(value?: unknown): Step {
    this.end();
    return { value, done: true };
  }

  [Symbol.iterator](): this {
    if (this.step === OVER) throw new RuntimeError('cannot reuse already awaited coroutine');
    return this;
  }

  get [Symbol.toStringTag](): string {
    return 'Coroutine';
  }

  /** Ended from outside, perhaps without having been woken. */
  private end(): void {
    const waiting = this.step === WAITING;
    this.step = OVER;
    if (!waiting) return;
    this.task = undefined;
    if (this._state === PENDING) {
      this._state = CANCELLED;
      this._queue?.cancelled(this);
    }
    this.kind.giveUp(this);
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
    this.task = alsoRun(this.task, task);
  }

  _removeWaiter(): void {
    this.task = undefined;
  }

  _makeCancelledError(): CancelledError {
    return this.cancelledError!;
  }

  _retrieve(): void {}

  get _linked(): boolean {
    return this.kind.linked;
  }

  _blocker(index: number): Waitable | undefined {
    return index === 0 ? this._owner._holder : undefined;
  }

  /** What it waits for, in reports of deadlocks. */
  toString(): string {
    return String(this._owner);
  }
}

/** A coroutine of the given kind. */
export function waitCoroutine<O extends LoopBound, X, R>(owner: O, kind: WaitKind<O, X>, own: X): Coroutine<R> {
  return new WaitCoroutine(owner, kind, own) as unknown as Coroutine<R>;
}
