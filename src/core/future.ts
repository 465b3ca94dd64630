import type { AbstractEventLoop } from './abstract-loop.ts';
import { type Context, contextGiven, enterStep, leaveStep, type Values } from './context.ts';
import { type Awaitable, type Coroutine, describeValue, type Suspension } from './coroutine.ts';
import { type CancelledError, type Canceller, cancelledErrorOfLoop, InvalidStateError, thrownBy } from './errors.ts';
import type { FutureNotes } from './future-notes.ts';
import type { Runnable } from './ready-queue.ts';
import type { Scheduler } from './scheduler.ts';
import { runningScheduler } from './scheduler.ts';
import { sources } from './sources.ts';
import { suspendOn } from './suspension.ts';
import { forgetUnretrieved } from './unretrieved.ts';
import { CANCELLED, FAILED, FINISHED, PENDING, type Waitable, type WaitState } from './waitable.ts';

export { CANCELLED, FAILED, FINISHED, PENDING };

/** Something that leads to a scheduler: an event loop. */
export interface LoopRef {
  readonly scheduler: Scheduler;
}

/** A callback added from outside, with the context in which it was added. @internal */
export class DoneCallback<T> implements Runnable {
  readonly future: Future<T>;
  /** What it is removed by. */
  readonly fn: (future: Future<T>) => void;
  /** `fn`, or `fn` within its surroundings. */
  readonly bound: (future: Future<T>) => void;
  /** @internal */ _context: Context | Values;

  constructor(future: Future<T>, fn: (future: Future<T>) => void, context: Context | Values) {
    const { ambient } = future._scheduler;
    this.future = future;
    this.fn = fn;
    this.bound = ambient === undefined ? fn : ambient.bind(fn);
    this._context = context;
  }

  run(): void {
    try {
      const previous = enterStep(this);
      try {
        this.bound(this.future);
      } finally {
        leaveStep(this, previous);
      }
    } catch (error) {
      this.future._scheduler.diagnostics.doneCallbackFailed(this as DoneCallback<unknown>, error);
    }
  }
}

/**
 * The state of something that is not finished yet. `yield* future` waits for it.
 *
 * A future is its own iterator: `next` suspends while it is pending and gives the result afterwards, so that awaiting
 * one allocates nothing. Invariant: `_callbacks` is undefined unless PENDING; `_value` is the result or the error.
 *
 * @example
 * const order = new Future<string>();
 * loop.callLater(100, () => order.setResult('a beer'));
 * const beer = yield* order;
 */
export class Future<T> implements Awaitable<T>, PromiseLike<T>, Waitable {
  /** @internal */ readonly _scheduler: Scheduler;
  /** @internal */ _state: WaitState = PENDING;
  /** @internal */ _value: unknown = undefined;
  /** One runnable, or several in the order of adding. @internal */
  _callbacks: Runnable | Runnable[] | undefined = undefined;
  /** @internal */ _notes: FutureNotes | undefined = undefined;

  /** `loop` defaults to the running one; throws RuntimeError when there is none. */
  constructor(options?: { readonly loop?: LoopRef | object | undefined }) {
    const loop = options?.loop as LoopRef | undefined;
    this._scheduler = loop === undefined ? runningScheduler() : loop.scheduler;
    if (this._scheduler.debug) sources.set(this, new Error().stack);
  }

  getLoop(): AbstractEventLoop {
    return this._scheduler.loop as AbstractEventLoop;
  }

  done(): boolean {
    return this._state !== PENDING;
  }

  cancelled(): boolean {
    return this._state === CANCELLED;
  }

  /** The result. Throws the exception, CancelledError, or InvalidStateError while it is pending. */
  result(): T {
    if (this._state === FINISHED) return this._value as T;
    if (this._state === PENDING) throw new InvalidStateError('Result is not ready.');
    if (this._state === CANCELLED) throw this._makeCancelledError();
    this._retrieve();
    throw this._value;
  }

  /** The exception, or undefined. Throws CancelledError, or InvalidStateError while it is pending. */
  exception(): unknown {
    if (this._state === PENDING) throw new InvalidStateError('Exception is not set.');
    if (this._state === CANCELLED) throw this._makeCancelledError();
    this._retrieve();
    return this._state === FAILED ? this._value : undefined;
  }

  /** Throws InvalidStateError when it is done already. */
  setResult(value: T): void {
    this._mustBePending('setResult');
    this._finish(FINISHED, value);
  }

  /** Throws InvalidStateError when it is done already, TypeError when `error` is no Error. */
  setException(error: Error): void {
    this._mustBePending('setException');
    if (!(error instanceof Error)) throw new TypeError(`setException expects an Error, got ${describeValue(error)}`);
    this._fail(error);
  }

  /**
   * Cancels it, with a message for the CancelledError. Returns false when it is done already.
   */
  cancel(message?: string): boolean {
    this._retrieve();
    if (this._state !== PENDING) return false;
    this._cancelMessage = message;
    const scheduler = this._scheduler;
    if (scheduler.debug) this._noteCancel(message);
    this._finish(CANCELLED, scheduler.canceller());
    return true;
  }

  /** Calls `fn` with the future through the loop once it is done; in `context`, or a copy of the current one. */
  addDoneCallback(fn: (future: this) => void, options?: { readonly context?: Context | undefined }): void {
    if (typeof fn !== 'function') {
      throw new TypeError(`addDoneCallback expects a function, got ${describeValue(fn)}`);
    }
    const callback = fn as unknown as (future: Future<T>) => void;
    this._addWaiter(new DoneCallback<T>(this, callback, contextGiven(options?.context)));
  }

  /** Removes all callbacks equal to `fn`, and says how many. */
  removeDoneCallback(fn: (future: this) => void): number {
    const list = this._callbacks;
    if (list === undefined) return 0;
    const all = Array.isArray(list) ? list : [list];
    const kept = all.filter((one) => !(one instanceof DoneCallback && one.fn === (fn as unknown)));
    this._callbacks = kept.length === 0 ? undefined : kept;
    return all.length - kept.length;
  }

  /** For `await` in async functions; a cancelled future rejects with CancelledError. */
  then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return new Promise<T>((resolve, reject) => {
      const settle = (): void => {
        try {
          resolve(this.result());
        } catch (error) {
          reject(error);
        }
      };
      if (this._state === PENDING) this.addDoneCallback(settle);
      else settle();
    }).then(onFulfilled, onRejected);
  }

  [Symbol.iterator](): Coroutine<T> {
    return this as unknown as Coroutine<T>;
  }

  /** The iterator's half of `yield* future`. @internal */
  next(): IteratorResult<Suspension, T> {
    if (this._state === PENDING) return suspendOn(this);
    return { value: this._state === FINISHED ? (this._value as T) : this.result(), done: true };
  }

  /** @internal */
  throw(error: unknown): never {
    throw error;
  }

  /** @internal */
  return(value: T): IteratorResult<Suspension, T> {
    return { value, done: true };
  }

  /** @internal */
  get _cancelMessage(): string | undefined {
    return this._notes?.cancelMessage;
  }

  set _cancelMessage(message: string | undefined) {
    if (message !== undefined || this._notes !== undefined) this._ownNotes().cancelMessage = message;
  }

  /** @internal */
  get _cancelledError(): CancelledError | undefined {
    return this._notes?.cancelledError;
  }

  set _cancelledError(error: CancelledError | undefined) {
    if (error !== undefined || this._notes !== undefined) this._ownNotes().cancelledError = error;
  }

  private _ownNotes(): FutureNotes {
    return (this._notes ??= {});
  }

  get [Symbol.toStringTag](): string {
    return 'Future';
  }

  /** @internal */
  get _linked(): boolean {
    return false;
  }

  /** @internal */
  _blocker(_index: number): Waitable | undefined {
    return undefined;
  }

  /** Puts `waiter` into the ready queue when it is done: now, if it is done already. @internal */
  _addWaiter(waiter: Runnable): void {
    if (this._state !== PENDING) {
      this._scheduler.checkOpen();
      this._scheduler.push(waiter);
      return;
    }
    const list = this._callbacks;
    if (list === undefined) this._callbacks = waiter;
    else if (Array.isArray(list)) list.push(waiter);
    else this._callbacks = [list, waiter];
  }

  /** @internal */
  _removeWaiter(waiter: Runnable): void {
    const list = this._callbacks;
    if (list === waiter) {
      this._callbacks = undefined;
    } else if (Array.isArray(list)) {
      const index = list.indexOf(waiter);
      if (index >= 0) list.splice(index, 1);
    }
  }

  /** Ends it and schedules its callbacks, one ready slot each. @internal */
  _finish(state: WaitState, value: unknown): void {
    this._state = state;
    this._value = value;
    const list = this._callbacks;
    if (list === undefined) return;
    this._callbacks = undefined;
    const scheduler = this._scheduler;
    if (Array.isArray(list)) for (const waiter of list) scheduler.push(waiter);
    else scheduler.push(list);
  }

  /** @internal */
  _fail(error: unknown): void {
    // JavaScript can throw or reject with nothing, but an exception of undefined means none.
    error = thrownBy(error);
    this._finish(FAILED, error);
    this._ownNotes().unretrieved = this._scheduler.diagnostics.watchFailure(this as Future<unknown>, error);
  }

  /** Where it was made (debug mode). */
  get sourceTraceback(): string | undefined {
    return sources.get(this);
  }

  /** Somebody has asked for the exception. @internal */
  _retrieve(): void {
    const notes = this._notes;
    if (notes?.unretrieved === undefined) return;
    forgetUnretrieved(notes.unretrieved);
    notes.unretrieved = undefined;
  }

  /** The error of a cancelled future: the original one for the first who asks, a fresh one for each later. @internal */
  _makeCancelledError(): CancelledError {
    const original = this._cancelledError;
    if (original !== undefined) {
      this._cancelledError = undefined;
      return original;
    }
    return cancelledErrorOfLoop(this._cancelMessage, this._value as Canceller);
  }

  /** Debug mode: keeps who cancelled and where, in the error that the first who asks will get. @internal */
  _noteCancel(message: string | undefined): void {
    this._cancelledError = this._scheduler.cancelledError(message);
  }

  private _mustBePending(method: string): void {
    if (this._state !== PENDING) {
      const state = this._state === CANCELLED ? 'cancelled' : 'done';
      throw new InvalidStateError(`invalid state: ${method} on a future that is ${state} already`);
    }
  }
}

/** True for futures and tasks. */
export function isFuture(value: unknown): value is Future<unknown> {
  return value instanceof Future;
}
