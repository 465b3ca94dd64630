import type { AwaitableLike } from '../core/coroutine.ts';
import { ensureFutureOn } from '../core/ensure-future.ts';
import { CANCELLED, Future, PENDING } from '../core/future.ts';
import { runningScheduler } from '../core/scheduler.ts';
import { Watcher } from '../core/watcher.ts';

/** The outer future, which knows its inner one for reports of deadlocks. */
class ShieldFuture<T> extends Future<T> {
  private readonly inner: Future<T>;

  constructor(inner: Future<T>) {
    super({ loop: inner._scheduler });
    this.inner = inner;
  }

  override get _linked(): boolean {
    return true;
  }

  override _blocker(index: number): Future<unknown> | undefined {
    return index === 0 ? (this.inner as Future<unknown>) : undefined;
  }

  override toString(): string {
    return `<shield of ${this.inner}>`;
  }
}

/** The inner future is done: the outer one ends likewise. */
class InnerDone<T> extends Watcher<T> {
  private readonly outer: Future<T>;

  constructor(inner: Future<T>, outer: Future<T>) {
    super(inner);
    this.outer = outer;
  }

  override awaitedBy(): Future<unknown> {
    return this.outer as Future<unknown>;
  }

  override futureDone(inner: Future<T>): void {
    const { outer } = this;
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
}

/** The outer future is gone: a failure of the inner one would be seen by nobody. */
class FailsUnseen<T> extends Watcher<T> {
  override futureDone(inner: Future<T>): void {
    if (inner._state === CANCELLED) return;
    const error = inner.exception();
    if (error === undefined) return;
    const name = error instanceof Error ? error.name : typeof error;
    inner._scheduler.report({
      message: `${name} exception in shielded future`,
      exception: error,
      future: inner,
      ...inner._describe(),
    });
  }
}

class OuterDone<T> extends Watcher<T> {
  private readonly inner: Future<T>;
  private readonly innerDone: InnerDone<T>;

  constructor(outer: Future<T>, inner: Future<T>, innerDone: InnerDone<T>) {
    super(outer);
    this.inner = inner;
    this.innerDone = innerDone;
  }

  override futureDone(): void {
    const { inner } = this;
    if (inner._state !== PENDING) return;
    inner._removeWaiter(this.innerDone);
    // One report for each inner future, however many outer ones were cancelled.
    const callbacks = Array.isArray(inner._callbacks) ? inner._callbacks : [inner._callbacks];
    const reporter = callbacks.find((callback) => callback instanceof FailsUnseen);
    if (reporter !== undefined) inner._removeWaiter(reporter);
    inner._addWaiter(reporter ?? new FailsUnseen(inner));
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
  if (inner._state !== PENDING) return inner;
  const outer = new ShieldFuture<T>(inner);
  const innerDone = new InnerDone(inner, outer);
  inner._addWaiter(innerDone);
  outer._addWaiter(new OuterDone(outer, inner, innerDone));
  return outer;
}
