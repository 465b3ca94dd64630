import type { AsyncContextManager } from '../core/async-protocols.ts';
import { CallTimer, type TimerOwner } from '../core/call-timer.ts';
import type { Coroutine } from '../core/coroutine.ts';
import { CancelledError, RuntimeError, TimeoutError } from '../core/errors.ts';
import { immediate } from '../core/immediate.ts';
import { checkTime, runningScheduler, runningSchedulerOrUndefined, type Scheduler } from '../core/scheduler.ts';
import type { Task } from '../core/task.ts';

/** For `cancelledBy`. */
const TIMEOUT = { text: 'a timeout' };

type State = 'created' | 'active' | 'expiring' | 'expired' | 'finished';

/** The context manager that `timeout` and `timeoutAt` return: cancels the task inside when its time is over. */
export class Timeout implements AsyncContextManager<Timeout>, TimerOwner {
  #state: State = 'created';
  #when: number | undefined;
  /** Set while `#when` is still relative, in milliseconds from the entry. */
  #after: number | undefined;
  #task: Task<unknown> | undefined = undefined;
  #scheduler: Scheduler | undefined = undefined;
  #deadline: CallTimer | undefined = undefined;
  /** The task's count of cancels at entry: what is above it may be ours. */
  #cancelling = 0;

  /** @internal */
  constructor(when: number | undefined, after: number | undefined) {
    this.#when = when;
    this.#after = after;
  }

  /** The deadline in loop time (milliseconds); undefined: none. */
  when(): number | undefined {
    return this.#when;
  }

  /** Moves the deadline. Throws RuntimeError before entry, after it fired, and after exit. */
  reschedule(when: number | undefined): void {
    if (when !== undefined) checkTime(when, 'reschedule: when');
    if (this.#state === 'created') throw new RuntimeError('Timeout has not been entered');
    if (this.#state !== 'active') throw new RuntimeError(`Cannot change state of ${this.#state} Timeout`);
    this.#when = when;
    this.#disarm();
    if (when === undefined) return;
    const scheduler = this.#scheduler!;
    this.#deadline = new CallTimer(this);
    if (when <= scheduler.time()) scheduler.push(this.#deadline);
    else scheduler.addTimer(this.#deadline, when);
  }

  /** True from the moment at which it fired. */
  expired(): boolean {
    return this.#state === 'expiring' || this.#state === 'expired';
  }

  enter(): Coroutine<Timeout> {
    if (this.#state !== 'created') throw new RuntimeError('Timeout has already been entered');
    const scheduler = runningScheduler();
    const task = scheduler.currentTask as Task<unknown> | undefined;
    if (task === undefined) throw new RuntimeError('Timeout should be used inside a task');
    this.#state = 'active';
    this.#scheduler = scheduler;
    this.#task = task;
    this.#cancelling = task.cancelling();
    this.reschedule(this.#when);
    return immediate(this as Timeout);
  }

  exit(error: unknown): Coroutine<void> {
    this.#disarm();
    if (this.#state === 'expiring') {
      this.#state = 'expired';
      const count = this.#task!.uncancel();
      if (count <= this.#cancelling && error instanceof CancelledError) {
        throw new TimeoutError(this.#describe(), { cause: error });
      }
    } else if (this.#state === 'active') {
      this.#state = 'finished';
    }
    return immediate(undefined);
  }

  /** @internal */
  timerFired(): void {
    this.#deadline = undefined;
    this.#state = 'expiring';
    this.#scheduler!.cancelAs(TIMEOUT, () => this.#task!.cancel());
  }

  #describe(): string {
    return this.#after === undefined ? 'the deadline has passed' : `timed out after ${this.#after} ms`;
  }

  #disarm(): void {
    const deadline = this.#deadline;
    if (deadline === undefined) return;
    this.#deadline = undefined;
    this.#scheduler!.timerCancelled(deadline);
  }

  toString(): string {
    return `<Timeout [${this.#state}]${this.#when === undefined ? '' : ` when=${this.#when}`}>`;
  }
}

/**
 * Limits the time of the body of `asyncWith`: after `ms` milliseconds the task is cancelled inside it, and the body's
 * CancelledError leaves as TimeoutError. `undefined` sets no limit (it can be set by `reschedule`).
 *
 * @example
 * yield* asyncWith(timeout(1_000), function* () { yield* serve('Ann'); });
 */
export function timeout(ms: number | undefined): Timeout {
  if (ms === undefined || ms === null) return new Timeout(undefined, undefined);
  checkTime(ms, 'timeout: ms');
  const scheduler = runningSchedulerOrUndefined();
  if (scheduler === undefined) throw new RuntimeError('no running event loop: timeout() is for coroutines');
  return new Timeout(scheduler.time() + ms, ms);
}

/** As `timeout`, with an absolute deadline in loop time (milliseconds). */
export function timeoutAt(when: number | undefined): Timeout {
  if (when === undefined || when === null) return new Timeout(undefined, undefined);
  checkTime(when, 'timeoutAt: when');
  return new Timeout(when, undefined);
}
