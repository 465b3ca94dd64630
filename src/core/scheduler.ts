import type { Ambient } from './ambient.ts';
import { type Context, contextGiven } from './context.ts';
import { describeValue } from './coroutine.ts';
import { diagnostics } from './diagnostics.ts';
import {
  type CancelledError,
  type Canceller,
  cancelledErrorOfLoop,
  RuntimeError,
  tracedCancelledError,
} from './errors.ts';
import type { ExceptionContext } from './exception-context.ts';
import { callbackName, Handle, type HandleOwner, TimerHandle } from './handle.ts';
import { ReadyQueue, type Runnable } from './ready-queue.ts';
import { TaskList, type TaskNode } from './task-list.ts';
import { type TimerEntry, TimerHeap } from './timer-heap.ts';
import type { UnretrievedRecord } from './unretrieved.ts';

/** Time and sleep, which differ between a real loop and a virtual one. */
export interface Clock {
  /** Monotonic, in milliseconds. */
  now(): number;
  /** True where time jumps: nothing from outside can be waited for. */
  readonly virtual?: boolean;
}

/** In milliseconds: a callback that runs for longer is reported in debug mode, as in asyncio. */
const SLOW_CALLBACK_MS = 100;

/**
 * asyncio's loop without I/O: a FIFO of what is ready, a heap of timers, and turns. Knows neither Node nor sockets.
 *
 * One turn moves the timers that are due behind what is ready, then runs exactly what is ready at that moment: what is
 * made during a turn runs in the next one.
 */
export class Scheduler implements HandleOwner {
  readonly ready = new ReadyQueue();
  readonly timers = new TimerHeap();
  /** The tasks that are not done. */
  readonly tasks = new TaskList();
  readonly clock: Clock;
  /** What tasks need in trouble only; here, so that they need not import it. */
  readonly diagnostics = diagnostics;
  /** The public event loop in front of this scheduler. */
  loop: object;
  /** Called when something became ready while the host sleeps. Set by the host. */
  onWake: (() => void) | undefined = undefined;
  /** True while the host sleeps: the next thing that becomes ready must wake it. */
  asleep = false;
  closed = false;
  /** How much will come back from the host's side within its next round: it is not worth while to linger until then. */
  underWay = 0;
  debug = false;
  slowCallbackDuration = SLOW_CALLBACK_MS;
  currentTask: TaskNode | undefined = undefined;
  /** Who cancels, where it is not the task that runs. */
  #origin: Canceller = undefined;
  /** For the names Task-1, Task-2, … */
  tasksMade = 0;
  /** Makes tasks in place of the Task constructor; typed where tasks are known. */
  taskFactory: unknown = undefined;
  /** What follows tasks and callbacks besides their context, if anything does. */
  ambient: Ambient | undefined = undefined;
  /** Told of each cancel that a task took, once it is on its way; set by the first who asks for a task's signal. */
  onCancel: ((task: TaskNode, message: string | undefined) => void) | undefined = undefined;
  /** Introspection: turns made, and handles run in them. */
  turns = 0;
  hops = 0;
  /** Asynchronous generators that were started and have not ended, in that order; typed where they are known. */
  readonly openGenerators = new Set<object>();
  /** True once they were closed for good. */
  generatorsShutDown = false;
  /** Failures that nobody has asked for yet. */
  readonly unretrieved = new Set<UnretrievedRecord>();
  /** Errors that go to the exception handler, `within` a context other than that of the task or handle; set by the event loop. */
  report: (context: ExceptionContext, within?: Context) => void;

  constructor(clock: Clock, report: (context: ExceptionContext, within?: Context) => void) {
    this.clock = clock;
    this.report = report;
    this.loop = this;
  }

  get scheduler(): this {
    return this;
  }

  time(): number {
    return this.clock.now();
  }

  /** Puts something into the ready queue: the one way in, so that a sleeping host is woken. */
  push(runnable: Runnable): void {
    this.ready.push(runnable);
    if (this.asleep) this.#wake();
  }

  #wake(): void {
    this.asleep = false;
    this.onWake?.();
  }

  callSoon(fn: () => void, context?: Context): Handle {
    this.checkCallback(fn, 'callSoon');
    if (this.ambient !== undefined) fn = this.ambient.bind(fn);
    const handle = new Handle(fn, contextGiven(context), this);
    this.push(handle);
    return handle;
  }

  callAt(when: number, fn: () => void, context?: Context): TimerHandle {
    this.checkCallback(fn, 'callAt');
    checkTime(when, 'when');
    if (this.ambient !== undefined) fn = this.ambient.bind(fn);
    const timer = new TimerHandle(when, fn, contextGiven(context), this);
    this.addTimer(timer, when);
    return timer;
  }

  /** `deadline`: in milliseconds of loop time. */
  addTimer(timer: TimerEntry, deadline: number): void {
    this.checkOpen();
    this.timers.push(timer, deadline);
    // A sleeping host has to look at its deadline again.
    if (this.asleep) this.#wake();
  }

  timerCancelled(timer: TimerEntry): void {
    this.timers.drop(timer);
  }

  /** Throws RuntimeError in virtual time; `what` are the things of the real world that were asked for. */
  checkRealTime(what: string): void {
    if (this.clock.virtual !== true) return;
    throw new RuntimeError(`this event loop has no ${what} (runVirtual: virtual time and real ${what} do not mix)`);
  }

  /** Who asks, if a cancel is asked for now. */
  canceller(): Canceller {
    return this.#origin ?? this.currentTask?._name;
  }

  /** Calls `cancel` in the name of another than the task that runs. */
  cancelAs(origin: Canceller, cancel: () => void): void {
    const before = this.#origin;
    this.#origin = origin;
    try {
      cancel();
    } finally {
      this.#origin = before;
    }
  }

  /** The error of a cancel that is asked for now; in debug mode it says where. */
  cancelledError(message: string | undefined): CancelledError {
    const by = this.canceller();
    return this.debug ? tracedCancelledError(message, by) : cancelledErrorOfLoop(message, by);
  }

  checkOpen(): void {
    if (this.closed) throw new RuntimeError('Event loop is closed');
  }

  private checkCallback(fn: () => void, method: string): void {
    this.checkOpen();
    if (this.debug && running !== undefined && running !== this) {
      throw new RuntimeError(`${method}: non-thread-safe operation on an event loop other than the running one`);
    }
    if (typeof fn !== 'function') throw new TypeError(`${method} expects a function, got ${describeValue(fn)}`);
  }

  /** Runs one turn. The host sets the running scheduler around its turns. */
  turn(): void {
    this.turns += 1;
    const { ready } = this;
    if (this.timers.size > 0) this.#moveDueTimers();
    let count = ready.length;
    this.hops += count;
    if (this.debug) {
      this.#debugTurn(count);
      return;
    }
    while (count > 0) {
      ready.shift()!.run();
      count -= 1;
    }
  }

  #moveDueTimers(): void {
    if (this.timers.next() === undefined) return;
    const now = this.clock.now();
    for (let timer = this.timers.popDue(now); timer !== undefined; timer = this.timers.popDue(now)) {
      this.ready.push(timer);
    }
  }

  #debugTurn(count: number): void {
    while (count > 0) {
      const runnable = this.ready.shift()!;
      const start = this.clock.now();
      const name = describeRunnable(runnable);
      runnable.run();
      const took = this.clock.now() - start;
      if (took >= this.slowCallbackDuration) this.slowCallback(name, took, runnable);
      count -= 1;
    }
  }

  /** Set by the event loop: where the warning of a slow callback goes. */
  slowCallback: (name: string, tookMs: number, runnable: Runnable) => void = () => {};

  callbackFailed(handle: Handle | TimerHandle, error: unknown): void {
    const context: ExceptionContext = {
      message: `Exception in callback ${callbackName(handle._fn)}`,
      exception: error,
      handle,
    };
    if (handle.sourceTraceback !== undefined) context.sourceTraceback = handle.sourceTraceback;
    this.report(context);
  }
}

let running: Scheduler | undefined;

/** The scheduler whose turn it is in this thread. Throws RuntimeError when there is none. */
export function runningScheduler(): Scheduler {
  if (running === undefined) {
    throw new RuntimeError('no running event loop: call this from a coroutine or callback that run() or a loop runs');
  }
  return running;
}

export function runningSchedulerOrUndefined(): Scheduler | undefined {
  return running;
}

/** Called by hosts around their turns; returns the one before, to be set again. */
export function setRunningScheduler(scheduler: Scheduler | undefined): Scheduler | undefined {
  const before = running;
  running = scheduler;
  return before;
}

function describeRunnable(runnable: Runnable): string {
  if (runnable instanceof Handle || runnable instanceof TimerHandle) return `<Handle ${callbackName(runnable._fn)}>`;
  // A done callback, whose class stands on this file.
  if ('fn' in runnable) return `<Handle ${callbackName(runnable.fn as { name: string })}>`;
  return String(runnable);
}

/** Throws TypeError unless `value` is a number of milliseconds, RangeError for NaN. */
export function checkTime(value: unknown, what: string): asserts value is number {
  if (typeof value !== 'number') {
    throw new TypeError(`${what} must be a number of milliseconds, got ${describeValue(value)}`);
  }
  if (Number.isNaN(value)) throw new RangeError(`${what} must be a number of milliseconds, got NaN`);
}
