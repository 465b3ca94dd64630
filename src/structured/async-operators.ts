/**
 * The steps of `AsyncIter`: each takes an iterator and gives another one, and takes nothing before it is asked.
 *
 * One that ends before its source calls the source's `return`, if it has one: native sources are to be closed then.
 */
import type { AsyncCoroutineIterator } from '../core/async-protocols.ts';
import { type Coroutine, isCoroutine } from '../core/coroutine.ts';

type Source<T> = AsyncCoroutineIterator<T>;
type Step<T> = IteratorResult<T, unknown>;

const END: IteratorReturnResult<undefined> = { value: undefined, done: true };

/** What a function gives, awaited where it is a coroutine. */
export type Resolved<R> = R extends Coroutine<infer U> ? U : R;

/** Awaits what a function given by the user returned, if it is a coroutine. */
export function* resolve<R>(result: R): Coroutine<Resolved<R>> {
  return (isCoroutine(result) ? yield* result : result) as Resolved<R>;
}

/** An iterator over `source`; leaving it early leaves the source. */
function over<T>(source: Source<unknown>, next: () => Coroutine<Step<T>>): Source<T> {
  return source.return === undefined ? { next } : { next, return: () => source.return!() };
}

function* close(source: Source<unknown>): Coroutine<void> {
  if (source.return !== undefined) yield* source.return();
}

export function map<T, R>(source: Source<T>, fn: (item: T, index: number) => R): Source<Resolved<R>> {
  let index = 0;
  return over(source, function* () {
    const step = yield* source.next();
    if (step.done === true) return END;
    const result = fn(step.value, index++);
    return { value: (isCoroutine(result) ? yield* result : result) as Resolved<R>, done: false };
  });
}

export function filter<T>(source: Source<T>, test: (item: T, index: number) => unknown): Source<T> {
  let index = 0;
  return over(source, function* () {
    for (;;) {
      const step = yield* source.next();
      if (step.done === true) return END;
      const result = test(step.value, index++);
      if (isCoroutine(result) ? yield* result : result) return step;
    }
  });
}

export function take<T>(source: Source<T>, count: number): Source<T> {
  let left = count;
  return over(source, function* () {
    if (left <= 0) return END;
    left -= 1;
    const step = yield* source.next();
    // Closed with the last one and not when it is asked for one more: nobody may ask.
    if (left === 0 && step.done !== true) yield* close(source);
    return step;
  });
}

export function drop<T>(source: Source<T>, count: number): Source<T> {
  let left = count;
  return over(source, function* () {
    for (; left > 0; left -= 1) {
      if ((yield* source.next()).done === true) return END;
    }
    return yield* source.next();
  });
}

export function takeWhile<T>(source: Source<T>, test: (item: T, index: number) => unknown): Source<T> {
  let index = 0;
  let over_ = false;
  return over(source, function* () {
    if (over_) return END;
    const step = yield* source.next();
    if (step.done === true) return END;
    if (yield* resolve(test(step.value, index++))) return step;
    over_ = true;
    yield* close(source);
    return END;
  });
}

export function dropWhile<T>(source: Source<T>, test: (item: T, index: number) => unknown): Source<T> {
  let dropping = true;
  return filter(source, function* (item, index) {
    if (dropping) dropping = Boolean(yield* resolve(test(item, index)));
    return !dropping;
  });
}

export function flatMap<T, U>(source: Source<T>, open: (item: T, index: number) => Coroutine<Source<U>>): Source<U> {
  let index = 0;
  let inner: Source<U> | undefined;
  const next = function* (): Coroutine<Step<U>> {
    for (;;) {
      if (inner === undefined) {
        const step = yield* source.next();
        if (step.done === true) return END;
        inner = yield* open(step.value, index++);
      }
      const step = yield* inner.next();
      if (step.done !== true) return step;
      inner = undefined;
    }
  };
  return {
    next,
    *return() {
      if (inner !== undefined) yield* close(inner);
      yield* close(source);
    },
  };
}

/** As long as the shortest: asks them in order, and leaves all when one ends, like Python's zip. */
export function zip(sources: readonly Source<unknown>[]): Source<unknown[]> {
  let ended = sources.length === 0;
  const closeAll = function* (except?: Source<unknown>): Coroutine<void> {
    for (const source of sources) if (source !== except) yield* close(source);
  };
  return {
    *next() {
      if (ended) return END;
      const row: unknown[] = [];
      for (const source of sources) {
        const step = yield* source.next();
        if (step.done === true) {
          ended = true;
          yield* closeAll(source);
          return END;
        }
        row.push(step.value);
      }
      return { value: row, done: false };
    },
    return: () => closeAll(),
  };
}

export function concat<T>(first: Source<T>, rest: readonly (() => Source<T>)[]): Source<T> {
  let current = first;
  let index = 0;
  return {
    *next() {
      for (;;) {
        const step = yield* current.next();
        if (step.done !== true || index === rest.length) return step;
        current = rest[index++]!();
      }
    },
    return: () => close(current),
  };
}
