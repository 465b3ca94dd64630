import { describeValue } from './coroutine.ts';
import { CancelledError } from './errors.ts';
import { Future, type LoopRef, PENDING } from './future.ts';
import { runningScheduler } from './scheduler.ts';

export function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return (
    (typeof value === 'object' || typeof value === 'function') &&
    value !== null &&
    typeof (value as { then?: unknown }).then === 'function'
  );
}

/**
 * A future that ends as `promise` does. Given a function, calls it with an AbortSignal that is aborted when the future
 * is cancelled, so that cancellation reaches what the promise stands for. A future is returned itself.
 *
 * Throws TypeError when given neither, RuntimeError when no loop runs.
 *
 * @example
 * const response = yield* wrapFuture((signal) => fetch(url, { signal }));
 */
export function wrapFuture<T>(
  promise: PromiseLike<T> | Future<T> | ((signal: AbortSignal) => PromiseLike<T>),
  options?: { readonly loop?: LoopRef | object | undefined },
): Future<T> {
  if (promise instanceof Future) return promise;
  if (typeof promise === 'function') return wrapAbortable(promise, options);
  if (!isPromiseLike(promise)) {
    throw new TypeError(
      `wrapFuture expects a promise, a future or a function of an AbortSignal, got ${describeValue(promise)}`,
    );
  }
  const future = new Future<T>({ loop: options?.loop ?? runningScheduler() });
  settle(future, promise);
  return future;
}

function wrapAbortable<T>(
  start: (signal: AbortSignal) => PromiseLike<T>,
  options?: { readonly loop?: LoopRef | object | undefined },
): Future<T> {
  const controller = new AbortController();
  const future = new Future<T>({ loop: options?.loop ?? runningScheduler() });
  const promise = start(controller.signal);
  if (!isPromiseLike(promise)) {
    throw new TypeError(`the function given to wrapFuture must return a promise, got ${describeValue(promise)}`);
  }
  future._addWaiter({
    run() {
      if (future.cancelled()) controller.abort(new CancelledError(future._cancelMessage));
    },
  });
  settle(future, promise);
  return future;
}

function settle<T>(future: Future<T>, promise: PromiseLike<T>): void {
  promise.then(
    (value) => {
      if (future._state === PENDING && !future._scheduler.closed) future.setResult(value);
    },
    (error: unknown) => {
      if (future._state === PENDING && !future._scheduler.closed) future._fail(error);
    },
  );
}
