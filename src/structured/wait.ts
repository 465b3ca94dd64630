import { CallTimer, type TimerOwner } from '../core/call-timer.ts';
import { type AwaitableLike, type Coroutine, describeValue, isCoroutine } from '../core/coroutine.ts';
import { Future, PENDING } from '../core/future.ts';
import { trackAwaited } from '../core/never-awaited.ts';
import { checkTime, runningScheduler, type Scheduler } from '../core/scheduler.ts';
import { Watcher, type WatcherOwner } from '../core/watcher.ts';
import { isPromiseLike, wrapFuture } from '../core/wrap-future.ts';
import { listOf } from './gather.ts';

export const FIRST_COMPLETED = 'FIRST_COMPLETED';
export const FIRST_EXCEPTION = 'FIRST_EXCEPTION';
export const ALL_COMPLETED = 'ALL_COMPLETED';
export type ReturnWhen = typeof FIRST_COMPLETED | typeof FIRST_EXCEPTION | typeof ALL_COMPLETED;

export interface WaitOptions {
  /** In milliseconds; default: no limit. Nothing is cancelled and nothing thrown when it passes. */
  readonly timeout?: number | undefined;
  /** Default ALL_COMPLETED. */
  readonly returnWhen?: ReturnWhen | undefined;
}

/** What `wait` was given: the same objects, tasks as tasks; promises as the futures made for them. */
export type WaitedFor<F> = F extends Future<unknown> ? F : F extends PromiseLike<infer T> ? Future<T> : never;

/** Counts the futures down and releases the one who waits. */
class Countdown implements WatcherOwner, TimerOwner {
  left: number;
  readonly returnWhen: ReturnWhen;
  readonly waiter: Future<void>;
  timer: CallTimer | undefined = undefined;

  constructor(scheduler: Scheduler, left: number, returnWhen: ReturnWhen) {
    this.left = left;
    this.returnWhen = returnWhen;
    this.waiter = new Future<void>({ loop: scheduler });
  }

  timerFired(): void {
    if (this.waiter._state === PENDING) this.waiter.setResult();
  }

  awaitedBy(): Future<unknown> {
    return this.waiter as Future<unknown>;
  }

  futureDone(future: Future<unknown>): void {
    this.left -= 1;
    if (this.left > 0 && !this.endsAll(future)) return;
    if (this.timer !== undefined) this.waiter._scheduler.timerCancelled(this.timer);
    this.timerFired();
  }

  private endsAll(future: Future<unknown>): boolean {
    if (this.returnWhen === FIRST_COMPLETED) return true;
    return this.returnWhen === FIRST_EXCEPTION && !future.cancelled() && future.exception() !== undefined;
  }
}

function toFuture(item: unknown): Future<unknown> {
  if (item instanceof Future) return item;
  if (isCoroutine(item)) {
    throw new TypeError('wait expects futures and tasks, coroutines are forbidden: make tasks of them with createTask');
  }
  if (isPromiseLike(item)) return wrapFuture(item);
  throw new TypeError(`wait expects futures, tasks and promises, got ${describeValue(item)}`);
}

/**
 * Waits until all are done, or the first one (FIRST_COMPLETED), or the first failure (FIRST_EXCEPTION), or the timeout.
 * Gives two Sets in the order given. Cancels nothing and throws no TimeoutError.
 *
 * Throws RangeError for an empty list or another `returnWhen`, TypeError for coroutines.
 *
 * @example
 * const { done, pending } = yield* wait([tea, coffee], { timeout: 500, returnWhen: FIRST_COMPLETED });
 */
export function wait<F extends AwaitableLike<unknown>>(
  futures: Iterable<F>,
  options: WaitOptions = {},
): Coroutine<{ done: Set<WaitedFor<F>>; pending: Set<WaitedFor<F>> }> {
  const { timeout, returnWhen = ALL_COMPLETED } = options;
  const items = listOf(futures, 'wait');
  for (const item of items) if (!(item instanceof Future) && !isPromiseLike(item)) toFuture(item);
  if (items.length === 0) throw new RangeError('wait expects at least one future, got an empty iterable');
  if (returnWhen !== FIRST_COMPLETED && returnWhen !== FIRST_EXCEPTION && returnWhen !== ALL_COMPLETED) {
    throw new RangeError(
      `returnWhen must be FIRST_COMPLETED, FIRST_EXCEPTION or ALL_COMPLETED, got ${describeValue(returnWhen)}`,
    );
  }
  if (timeout !== undefined) checkTime(timeout, 'wait: timeout');
  return trackAwaited(waitFutures(items, timeout, returnWhen), 'wait') as ReturnType<typeof wait<F>>;
}

function* waitFutures(
  items: readonly unknown[],
  timeout: number | undefined,
  returnWhen: ReturnWhen,
): Coroutine<{ done: Set<Future<unknown>>; pending: Set<Future<unknown>> }> {
  const scheduler = runningScheduler();
  // The items first: a promise that is given twice is one.
  const futures = new Set([...new Set(items)].map(toFuture));
  const countdown = new Countdown(scheduler, futures.size, returnWhen);
  if (timeout !== undefined) {
    countdown.timer = new CallTimer(countdown);
    scheduler.addTimer(countdown.timer, scheduler.time() + timeout);
  }
  const watchers: Watcher[] = [];
  for (const future of futures) {
    const watcher = new Watcher(future, countdown);
    future._addWaiter(watcher);
    watchers.push(watcher);
  }
  try {
    yield* countdown.waiter;
  } finally {
    if (countdown.timer !== undefined) scheduler.timerCancelled(countdown.timer);
    for (const watcher of watchers) watcher.future._removeWaiter(watcher);
  }
  const done = new Set<Future<unknown>>();
  const pending = new Set<Future<unknown>>();
  for (const future of futures) (future.done() ? done : pending).add(future);
  return { done, pending };
}
