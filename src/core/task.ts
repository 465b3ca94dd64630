import { Context, contextGiven, contextOf, enterStep, leaveStep, type Values } from './context.ts';
import { type Coroutine, describeValue, isCoroutine, isGenerator, nextOfGenerator } from './coroutine.ts';
import { coroutineWatch } from './coroutine-watch.ts';
import { CancelledError, type Canceller, RuntimeError } from './errors.ts';
import type { Frame } from './frames.ts';
import { CANCELLED, FAILED, FINISHED, Future, type LoopRef, PENDING } from './future.ts';
import { runningHandle } from './handle.ts';
import type { Runnable } from './ready-queue.ts';
import { runningScheduler, runningSchedulerOrUndefined, type Scheduler } from './scheduler.ts';
import { SUSPENDED, SUSPENDED_VALUE, takeWaitingFor } from './suspension.ts';
import type { TaskNode } from './task-list.ts';
import type { Waitable } from './waitable.ts';
import { tellOwner, type WatcherOwner } from './watcher.ts';

export interface TaskOptions {
  /** Default: Task-1, Task-2, … */
  readonly name?: string | undefined;
  /** The context to run in, used as it is; default: a copy of the current one. */
  readonly context?: Context | undefined;
  /** Runs up to the first suspension inside the call; default: as the loop's task factory says, which is false. */
  readonly eagerStart?: boolean | undefined;
}

/** The coroutine is a generator, which is resumed without a look for its `next`. @internal */
export const GENERATOR = 1;
/** Inside `cancel`, while it goes down the chain of what is waited for. */
const BEING_CANCELLED = 2;
/** A cancel is still to be thrown in. */
const MUST_CANCEL = 4;
/** What stands above the flags, in the same field, counts the cancels that were asked and not taken back. */
const CANCEL_REQUEST = 8;

/** The name given, as text; a number stands for the default one. @internal */
export function taskName(scheduler: Scheduler, given: string | null | undefined): string | number {
  return given === undefined || given === null ? (scheduler.tasksMade += 1) : String(given);
}

/** A step that throws an error of the library's own in at the task's `yield`. */
class ThrowIn implements Runnable {
  readonly task: Task<unknown>;
  readonly error: Error;

  constructor(task: Task<unknown>, error: Error) {
    this.task = task;
    this.error = error;
  }

  run(): void {
    this.task._step(this.error);
  }
}

/**
 * A coroutine that the loop keeps track of, side by side with others. Await it with `yield*`.
 *
 * A task is its own entry in the ready queue and its own callback on what it waits for: a hop allocates nothing.
 * Invariants: it lies in the ready queue at most once; `_waiter` is what it waits for, undefined while it is ready or runs.
 */
export class Task<T> extends Future<T> implements TaskNode {
  /** @internal */ readonly _coroutine: Coroutine<T>;
  /** And the number of cancels. @internal */
  _flags: number;
  /** @internal */ _context: Context | Values;
  /** What it waits for. @internal */
  _waiter: Waitable | undefined = undefined;
  /** A number stands for the default name. @internal */
  _name: string | number;
  /** @internal */ listIndex = -1;
  /** Told of its end in its own turn of the ready queue, as if by a Watcher: the `gather` or TaskGroup that made it. @internal */
  _owner: WatcherOwner | undefined = undefined;

  /** Throws TypeError unless `coroutine` is one. Use `createTask`; the third parameter is the library's own. */
  constructor(
    coroutine: Coroutine<T>,
    options?: TaskOptions & { readonly loop?: LoopRef | object | undefined },
    scheduler?: Scheduler,
  ) {
    super(scheduler === undefined ? options : scheduler);
    if (!isCoroutine(coroutine)) {
      throw new TypeError(
        `a coroutine was expected, got ${describeValue(coroutine)}${typeof coroutine === 'function' ? ' (call it to make a coroutine)' : ''}`,
      );
    }
    this._coroutine = coroutine as Coroutine<T>;
    this._flags = isGenerator(coroutine) ? GENERATOR : 0;
    this._context = contextGiven(options?.context);
    this._name = taskName(this._scheduler, options?.name);
    this._begin(options?.eagerStart);
  }

  /** @internal */
  _begin(eagerStart: boolean | undefined): void {
    const scheduler = this._scheduler;
    if (eagerStart === true && runningSchedulerOrUndefined() === scheduler) {
      this._eagerStart();
    } else {
      scheduler.checkOpen();
      scheduler.tasks.add(this);
      scheduler.push(this);
    }
  }

  getName(): string {
    return typeof this._name === 'number' ? `Task-${this._name}` : this._name;
  }

  setName(name: string): void {
    this._name = String(name);
  }

  getCoro(): Coroutine<T> {
    return this._coroutine;
  }

  getContext(): Context {
    return contextOf(this, this._scheduler.currentTask === this);
  }

  /**
   * Asks for the task's end: CancelledError is thrown in where it is suspended, at the latest when it suspends next.
   * Returns false when it is done already.
   */
  override cancel(message?: string): boolean {
    this._retrieve();
    if (this._state !== PENDING) return false;
    if ((this._flags & BEING_CANCELLED) !== 0) return this._cutCycle(message);
    this._flags += CANCEL_REQUEST;
    if (this._waiter === undefined || !this._cancelWaiter(this._waiter, message)) {
      this._mustCancel = true;
      this._cancelMessage = message;
      // Until it ends it has no value: the slot keeps who asked.
      this._value = this._scheduler.canceller();
      if (this._scheduler.debug) this._noteCancel(message);
    }
    this._scheduler.onCancel?.(this, message);
    return true;
  }

  private _cancelWaiter(waiter: Waitable, message: string | undefined): boolean {
    if (!waiter._linked) return waiter.cancel(message);
    this._flags |= BEING_CANCELLED;
    const cancelled = waiter.cancel(message);
    this._flags &= ~BEING_CANCELLED;
    return cancelled;
  }

  /** The cancel has come round a cycle of tasks that wait for each other: it is thrown in here, or it would go on for ever. */
  private _cutCycle(message: string | undefined): boolean {
    this._waiter!._removeWaiter(this);
    this._waiter = undefined;
    this._mustCancel = true;
    this._cancelMessage = message;
    this._scheduler.push(this);
    return true;
  }

  /** A cancel that is still to be thrown in. @internal */
  get _mustCancel(): boolean {
    return (this._flags & MUST_CANCEL) !== 0;
  }

  set _mustCancel(must: boolean) {
    this._flags = must ? this._flags | MUST_CANCEL : this._flags & ~MUST_CANCEL;
  }

  /** @internal */
  get _cancelRequests(): number {
    return (this._flags / CANCEL_REQUEST) | 0;
  }

  /** How many cancels were asked and not taken back by `uncancel`. */
  cancelling(): number {
    return this._cancelRequests;
  }

  /** Takes one cancel back and returns how many are left; at 0 a cancel not yet thrown in is forgotten. */
  uncancel(): number {
    if (this._cancelRequests > 0) {
      this._flags -= CANCEL_REQUEST;
      if (this._cancelRequests === 0 && this._mustCancel) {
        this._mustCancel = false;
        // A task that is over keeps the error that it ended with.
        if (this._state === PENDING) this._cancelledError = undefined;
      }
    }
    return this._cancelRequests;
  }

  /** Tasks end by their coroutine: always throws RuntimeError. */
  override setResult(_value: T): never {
    throw new RuntimeError('Task does not support setResult operation');
  }

  /** Tasks end by their coroutine: always throws RuntimeError. */
  override setException(_error: Error): never {
    throw new RuntimeError('Task does not support setException operation');
  }

  override get [Symbol.toStringTag](): string {
    return 'Task';
  }

  override toString(): string {
    return `<Task ${this.getName()}>`;
  }

  override get _linked(): boolean {
    return true;
  }

  override _blocker(index: number): Waitable | undefined {
    return index === 0 ? this._waiter : undefined;
  }

  /** The program's frames inside the suspended coroutine, or where it failed, innermost first; empty when it runs, has not begun or ended otherwise. */
  getStack(options: { readonly limit?: number | undefined } = {}): Frame[] {
    return this._scheduler.diagnostics.framesOf(this as Task<unknown>).slice(0, options.limit);
  }

  /** Writes the stack with `write`, by default to standard error. */
  printStack(
    options: { readonly limit?: number | undefined; readonly write?: ((text: string) => void) | undefined } = {},
  ): void {
    this._scheduler.diagnostics.printStack(this as Task<unknown>, this.getStack(options), options.write);
  }

  /** @internal */
  _isRunning(): boolean {
    return this._scheduler.currentTask === this;
  }

  /** Its turn in the ready queue: the first step, what it waited for is done, or its owner is to be told. @internal */
  run(): void {
    if (this._state === PENDING) this._step(undefined);
    else tellOwner(this as Task<unknown>, this._owner!);
  }

  /** Once: as a Watcher on this task for `owner`, but without an object of its own. @internal */
  _setOwner(owner: WatcherOwner): void {
    this._owner = owner;
    this._addWaiter(this);
  }

  /** @internal */
  _step(error: Error | undefined): void {
    const waiter = this._waiter;
    this._waiter = undefined;
    if (this._mustCancel) error = this._takeMark(waiter, error);
    const scheduler = this._scheduler;
    const before = scheduler.currentTask;
    scheduler.currentTask = this;
    const previous = enterStep(this);
    let result: IteratorResult<unknown, T>;
    try {
      if (error !== undefined) result = this._coroutine.throw(error);
      else if ((this._flags & GENERATOR) !== 0)
        result = nextOfGenerator.call(this._coroutine) as IteratorResult<unknown, T>;
      else result = this._coroutine.next();
    } catch (thrown) {
      leaveStep(this, previous);
      scheduler.currentTask = before;
      this._ended(thrown);
      return;
    }
    leaveStep(this, previous);
    scheduler.currentTask = before;
    if ((result as unknown) === SUSPENDED) this._suspended(takeWaitingFor());
    else if (result.done === true) this._returned(result.value);
    else if (result.value === SUSPENDED_VALUE) this._suspended(takeWaitingFor());
    else this._throwSoon(this._scheduler.diagnostics.badYield(this as Task<unknown>, result.value));
  }

  /** The mark of a cancel is delivered now, or dropped when a CancelledError is under way anyway. */
  private _takeMark(waiter: Waitable | undefined, error: Error | undefined): Error {
    this._mustCancel = false;
    // Without a waiter it may not have begun, and then it never will.
    if (waiter === undefined && this._scheduler.debug) coroutineWatch.closing?.(this._coroutine);
    if (error instanceof CancelledError) return error;
    if (waiter !== undefined) {
      if (waiter._state === CANCELLED) return waiter._makeCancelledError();
      // Another error is lost to the cancel, as in asyncio; it counts as retrieved.
      waiter._retrieve();
      if (waiter._state === FAILED && waiter._value instanceof CancelledError) return waiter._value;
    }
    return this._makeCancelledError();
  }

  private _suspended(waiter: Waitable | undefined): void {
    if (waiter === undefined) {
      this._scheduler.push(this);
      return;
    }
    if (waiter._scheduler !== this._scheduler || (waiter as unknown) === this) {
      this._throwSoon(this._scheduler.diagnostics.badWait(this as Task<unknown>, waiter));
      return;
    }
    waiter._addWaiter(this);
    this._waiter = waiter;
    if (waiter._linked) this._scheduler.diagnostics.reportCycle(this as Task<unknown>, waiter);
    if (this._mustCancel) this._passMark(waiter);
  }

  /** A cancel that was asked for while the task ran goes to what it waits for, in the name of who asked. */
  private _passMark(waiter: Waitable): void {
    this._scheduler.cancelAs(this._value as Canceller, () => {
      if (waiter.cancel(this._cancelMessage)) this._mustCancel = false;
    });
  }

  private _returned(value: T): void {
    if (this._scheduler.debug) this._scheduler.diagnostics.checkSwallowed(this as Task<unknown>);
    if (this._mustCancel) {
      this._mustCancel = false;
      this._end(CANCELLED, this._value);
    } else {
      this._end(FINISHED, value);
    }
  }

  private _ended(thrown: unknown): void {
    if (this._scheduler.debug) this._scheduler.diagnostics.addCreation(thrown, this as Task<unknown>);
    if (thrown instanceof CancelledError) {
      this._cancelledError = thrown;
      this._cancelMessage = undefined;
      this._end(CANCELLED, undefined);
    } else {
      this._scheduler.tasks.remove(this);
      this._fail(thrown);
    }
  }

  private _end(state: typeof CANCELLED | typeof FINISHED, value: unknown): void {
    this._scheduler.tasks.remove(this);
    this._finish(state, value);
  }

  private _throwSoon(error: Error): void {
    this._scheduler.push(new ThrowIn(this as Task<unknown>, error));
  }

  /** The first step, at once, inside whatever runs now. */
  private _eagerStart(): void {
    if (this._context instanceof Context && this._context.entered)
      throw new RuntimeError('cannot enter context: it is already entered');
    const scheduler = this._scheduler;
    const outer = (scheduler.currentTask as Task<unknown> | undefined) ?? runningHandle();
    // Its context is under this one's from now on, and must be found when somebody asks for it.
    if (outer !== undefined) contextOf(outer, true);
    scheduler.tasks.add(this);
    this._step(undefined);
  }
}

/** The task that runs now; undefined in a callback. Throws RuntimeError when no loop runs. */
export function currentTask(loop?: LoopRef): Task<unknown> | undefined {
  const scheduler = loop === undefined ? runningScheduler() : loop.scheduler;
  return scheduler.currentTask as Task<unknown> | undefined;
}

/** The tasks that are not done, in the order in which they were made. Throws RuntimeError when no loop runs. */
export function allTasks(loop?: LoopRef): Set<Task<unknown>> {
  const scheduler = loop === undefined ? runningScheduler() : loop.scheduler;
  const tasks = new Set<Task<unknown>>();
  for (const task of scheduler.tasks.list()) tasks.add(task as Task<unknown>);
  return tasks;
}
