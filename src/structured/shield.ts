import type { AwaitableLike } from '../core/coroutine.ts';
import { ensureFutureOn } from '../core/ensure-future.ts';
import { CANCELLED, Future, PENDING } from '../core/future.ts';
import { type FutureLinks, LinkedFuture } from '../core/linked-future.ts';
import { runningScheduler } from '../core/scheduler.ts';
import { Watcher, type WatcherOwner } from '../core/watcher.ts';

/** Told when the outer future is gone and the inner one ends: a failure would be seen by nobody. */
const failsUnseen: WatcherOwner = {
  futureDone(inner) {
    if (inner._state === CANCELLED) return;
    const error = inner.exception();
    if (error === undefined) return;
    const name = error instanceof Error ? error.name : typeof error;
    inner._scheduler.report({
      message: `${name} exception in shielded future`,
      exception: error,
      future: inner,
      ...inner._scheduler.diagnostics.describeFuture(inner),
    });
  },
};

/** Between an inner future and the outer one: told when either is done. */
class Shield implements WatcherOwner, FutureLinks {
  readonly inner: Future<unknown>;
  readonly outer: Future<unknown>;
  private readonly innerWatcher: Watcher;

  constructor(inner: Future<unknown>) {
    this.inner = inner;
    this.outer = new LinkedFuture<unknown>(inner._scheduler, this);
    this.innerWatcher = new Watcher(inner, this);
    inner._addWaiter(this.innerWatcher);
    this.outer._addWaiter(new Watcher(this.outer, this));
  }

  futureDone(future: Future<unknown>): void {
    if (future === this.inner) this.innerDone();
    else this.outerDone();
  }

  awaitedBy(future: Future<unknown>): Future<unknown> | undefined {
    return future === this.inner ? this.outer : undefined;
  }

  blocker(index: number): Future<unknown> | undefined {
    return index === 0 ? this.inner : undefined;
  }

  describe(): string {
    return `<shield of ${this.inner}>`;
  }

  private innerDone(): void {
    const { inner, outer } = this;
    if (outer._state === CANCELLED) return;
    if (inner._state === CANCELLED) {
      outer.cancel();
      return;
    }
    const error = inner.exception();
    if (error === undefined) outer.setResult(inner.result());
    else if (error instanceof Error) outer.setException(error);
    // A coroutine may throw what is no Error, which setException refuses.
    else if (outer._state === PENDING) outer._fail(error);
  }

  private outerDone(): void {
    const { inner } = this;
    if (inner._state !== PENDING) return;
    inner._removeWaiter(this.innerWatcher);
    // One report for each inner future, however many outer ones were cancelled.
    const callbacks = Array.isArray(inner._callbacks) ? inner._callbacks : [inner._callbacks];
    const reporter = callbacks.find((callback) => callback instanceof Watcher && callback.owner === failsUnseen);
    if (reporter !== undefined) inner._removeWaiter(reporter);
    inner._addWaiter(reporter ?? new Watcher(inner, failsUnseen));
  }
}

/**
 * Protects an awaitable from being cancelled with the one who waits: cancelling the future that is returned leaves the
 * inner one running. A failure that then nobody sees goes to the exception handler. A finished one is returned itself.
 *
 * @example
 * yield* shield(saveOrder()); // the order is saved even if this task is cancelled
 */
export function shield<T>(awaitable: AwaitableLike<T>): Future<T> {
  const scheduler = awaitable instanceof Future ? awaitable._scheduler : runningScheduler();
  const inner = ensureFutureOn(scheduler, awaitable) as Future<T>;
  return inner._state === PENDING ? (new Shield(inner as Future<unknown>).outer as Future<T>) : inner;
}
