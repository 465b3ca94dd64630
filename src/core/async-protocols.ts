import type { Coroutine } from './coroutine.ts';

/** What `asyncWith` enters and leaves. */
export interface AsyncContextManager<T> {
  /** Gives what the body gets. */
  enter(): Coroutine<T>;
  /** Called once, with what the body threw or undefined. True swallows the error. */
  exit(error: unknown): Coroutine<boolean | undefined | void>;
}

/** The symbol under which an asynchronous iterable keeps its iterator's maker. */
export const asyncIterate: unique symbol = Symbol.for('tsyncio.asyncIterate') as never;

/** What `asyncFor` walks over, one awaited value after the other. */
export interface AsyncCoroutineIterator<T> {
  next(): Coroutine<IteratorResult<T, unknown>>;
  return?(): Coroutine<unknown>;
}

/** An asynchronous iterable whose steps are coroutines. */
export interface AsyncCoroutineIterable<T> {
  [asyncIterate](): AsyncCoroutineIterator<T>;
}
