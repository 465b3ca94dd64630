import { type AsyncCoroutineIterable, type AsyncCoroutineIterator, asyncIterate } from '../core/async-protocols.ts';
import { type Coroutine, describeValue } from '../core/coroutine.ts';
import type { Future } from '../core/future.ts';
import { wrapFuture } from '../core/wrap-future.ts';

/** What can be walked over asynchronously: ours, and native ones (streams, async generators). */
export type AnyAsyncIterable<T> = AsyncCoroutineIterable<T> | AsyncIterable<T>;

/**
 * A native iterator, whose promises are waited for. Leaving it early closes it, as `for await` does; so does a cancel
 * while its next item is waited for: nobody would get that item.
 */
class NativeIterator<T> implements AsyncCoroutineIterator<T> {
  readonly #iterator: AsyncIterator<T, unknown>;

  constructor(iterator: AsyncIterator<T, unknown>) {
    this.#iterator = iterator;
  }

  *next(): Coroutine<IteratorResult<T, unknown>> {
    const step = wrapFuture(Promise.resolve(this.#iterator.next()));
    try {
      return yield* step;
    } finally {
      if (step.cancelled()) this.#closeBehind(step);
    }
  }

  /** Not waited for: an async generator closes only when the promise that it waits for itself has settled. */
  #closeBehind(step: Future<unknown>): void {
    Promise.resolve(this.#iterator.return?.()).catch((exception: unknown) => {
      step._scheduler.report({ message: 'Exception while a cancelled asynchronous iterable was closed', exception });
    });
  }

  *return(): Coroutine<unknown> {
    if (this.#iterator.return === undefined) return undefined;
    return yield* wrapFuture(Promise.resolve(this.#iterator.return()));
  }
}

export function isAsyncIterable(value: unknown): value is AnyAsyncIterable<unknown> {
  if (typeof value !== 'object' && typeof value !== 'function') return false;
  if (value === null) return false;
  return (
    typeof (value as Partial<AsyncCoroutineIterable<unknown>>)[asyncIterate] === 'function' ||
    typeof (value as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator] === 'function'
  );
}

/**
 * The iterator of an asynchronous iterable, one awaited value after the other. Our own protocol comes first where an
 * object has both. `caller` names who asks, for the TypeError that anything else gets.
 *
 * Whoever leaves early should call `return` where there is one: native iterators have it, our generators have not,
 * since leaving them does not close them.
 */
export function iterate<T>(iterable: AnyAsyncIterable<T>, caller = 'iterate'): AsyncCoroutineIterator<T> {
  if (!isAsyncIterable(iterable)) {
    throw new TypeError(`${caller} expects an asynchronous iterable, got ${describeValue(iterable)}`);
  }
  if (asyncIterate in iterable) return iterable[asyncIterate]();
  return new NativeIterator(iterable[Symbol.asyncIterator]());
}
