import { type AsyncCoroutineIterator, asyncIterate } from '../core/async-protocols.ts';
import { CallTimer, type TimerOwner } from '../core/call-timer.ts';
import type { AwaitableLike, AwaitedOf, Coroutine } from '../core/coroutine.ts';
import { ensureFutureOn } from '../core/ensure-future.ts';
import { TimeoutError } from '../core/errors.ts';
import { Future, PENDING } from '../core/future.ts';
import { checkTime, runningScheduler, type Scheduler } from '../core/scheduler.ts';
import { Watcher, type WatcherOwner } from '../core/watcher.ts';
import { listOf } from './gather.ts';

/** Finished futures in the order in which they ended; `undefined` stands for one that did not end in time. */
class CompletionQueue implements WatcherOwner, TimerOwner {
  private readonly scheduler: Scheduler;
  private readonly watching = new Map<Future<unknown>, Watcher>();
  private readonly finished: (Future<unknown> | undefined)[] = [];
  private readonly getters: Future<void>[] = [];
  private deadline: CallTimer | undefined = undefined;
  readonly count: number;
  private readonly timeoutMs: number | undefined;

  constructor(scheduler: Scheduler, futures: Set<Future<unknown>>, timeoutMs: number | undefined) {
    this.scheduler = scheduler;
    this.count = futures.size;
    this.timeoutMs = timeoutMs;
    for (const future of futures) {
      const watcher = new Watcher(future, this);
      this.watching.set(future, watcher);
      future._addWaiter(watcher);
    }
    if (timeoutMs === undefined || futures.size === 0) return;
    this.deadline = new CallTimer(this);
    scheduler.addTimer(this.deadline, scheduler.time() + timeoutMs);
  }

  futureDone(future: Future<unknown>): void {
    // The timeout was first.
    if (!this.watching.delete(future)) return;
    this.put(future);
    if (this.watching.size === 0 && this.deadline !== undefined) this.scheduler.timerCancelled(this.deadline);
  }

  timerFired(): void {
    for (const [future, watcher] of this.watching) {
      future._removeWaiter(watcher);
      this.put(undefined);
    }
    this.watching.clear();
  }

  /** The next one that ended. A getter that was woken looks again, and queues up at the end when it finds nothing. */
  *get(): Coroutine<Future<unknown>> {
    while (this.finished.length === 0) {
      const getter = new Future<void>({ loop: this.scheduler });
      this.getters.push(getter);
      try {
        yield* getter;
      } catch (error) {
        getter.cancel();
        const index = this.getters.indexOf(getter);
        if (index >= 0) this.getters.splice(index, 1);
        if (this.finished.length > 0 && !getter.cancelled()) this.wakeOne();
        throw error;
      }
    }
    const future = this.finished.shift();
    if (future === undefined) throw new TimeoutError(`timed out after ${this.timeoutMs} ms`);
    return future;
  }

  private put(future: Future<unknown> | undefined): void {
    this.finished.push(future);
    this.wakeOne();
  }

  private wakeOne(): void {
    for (let getter = this.getters.shift(); getter !== undefined; getter = this.getters.shift()) {
      if (getter._state !== PENDING) continue;
      getter.setResult();
      return;
    }
  }
}

/** What `asCompleted` returns: `for … of` gives coroutines of the results, `asyncFor` the finished futures themselves. */
export interface AsCompleted<F, T> extends IterableIterator<Coroutine<T>> {
  [asyncIterate](): AsyncCoroutineIterator<F>;
}

class AsCompletedIterator implements AsCompleted<Future<unknown>, unknown>, AsyncCoroutineIterator<Future<unknown>> {
  private readonly queue: CompletionQueue;
  private left: number;

  constructor(queue: CompletionQueue) {
    this.queue = queue;
    this.left = queue.count;
  }

  [Symbol.iterator](): this {
    return this;
  }

  [asyncIterate](): AsyncCoroutineIterator<Future<unknown>> {
    return { next: () => this.nextFinished() };
  }

  next(): IteratorResult<Coroutine<unknown>, undefined> & Coroutine<IteratorResult<Future<unknown>, unknown>> {
    const step = this.left === 0 ? { value: undefined, done: true } : { value: this.nextResult(), done: false };
    return step as ReturnType<AsCompletedIterator['next']>;
  }

  private nextResult(): Coroutine<unknown> {
    this.left -= 1;
    const { queue } = this;
    return (function* (): Coroutine<unknown> {
      return (yield* queue.get()).result();
    })();
  }

  private *nextFinished(): Coroutine<IteratorResult<Future<unknown>, unknown>> {
    if (this.left === 0) return { value: undefined, done: true };
    this.left -= 1;
    return { value: yield* this.queue.get(), done: false };
  }
}

/**
 * The awaitables in the order in which they end. Plain iteration gives a coroutine for each result; `asyncFor` gives the
 * finished future or task itself (for a coroutine, its task). After `timeout` milliseconds each one still missing throws
 * TimeoutError. Leaving early leaves the rest running.
 *
 * @example
 * for (const next of asCompleted([tea(), coffee()], { timeout: 500 })) console.log(yield* next);
 */
export function asCompleted<F extends AwaitableLike<unknown>>(
  awaitables: Iterable<F>,
  options: { readonly timeout?: number | undefined } = {},
): AsCompleted<F extends Future<unknown> ? F : Future<AwaitedOf<F>>, AwaitedOf<F>> {
  const { timeout } = options;
  if (timeout !== undefined) checkTime(timeout, 'asCompleted: timeout');
  const items = new Set(listOf(awaitables, 'asCompleted'));
  const scheduler = runningScheduler();
  const futures = new Set([...items].map((item) => ensureFutureOn(scheduler, item as AwaitableLike<unknown>)));
  const queue = new CompletionQueue(scheduler, futures, timeout);
  return new AsCompletedIterator(queue) as unknown as ReturnType<typeof asCompleted<F>>;
}
