import { type AsyncCoroutineIterable, type AsyncCoroutineIterator, asyncIterate } from '../core/async-protocols.ts';
import { type Coroutine, describeValue, isCoroutine } from '../core/coroutine.ts';
import { isFuture } from '../core/future.ts';
import * as operators from './async-operators.ts';
import { type AnyAsyncIterable, isAsyncIterable, iterate } from './iterate.ts';

type Resolved<R> = operators.Resolved<R>;

/** What `asyncIter` and `collect` take: asynchronous iterables, native ones and ordinary ones (arrays, maps). */
export type Iterates<T> = AnyAsyncIterable<T> | Iterable<T>;

/** The type of the items. */
export type ItemOf<I> =
  I extends AsyncCoroutineIterable<infer T>
    ? T
    : I extends AsyncIterable<infer T>
      ? T
      : I extends Iterable<infer T>
        ? T
        : never;

/** One of several sources, in a tuple. */
type ItemsOf<Sources extends readonly Iterates<unknown>[]> = { -readonly [K in keyof Sources]: ItemOf<Sources[K]> };

/** An ordinary iterable, whose items need not be awaited. */
function iterateSync<T>(iterable: Iterable<T>): AsyncCoroutineIterator<T> {
  const iterator = iterable[Symbol.iterator]();
  return {
    *next(): Coroutine<IteratorResult<T, unknown>> {
      return iterator.next();
    },
    *return(): Coroutine<unknown> {
      return iterator.return?.();
    },
  };
}

function isOrdinaryIterable(value: unknown): value is Iterable<unknown> {
  if (value === null || value === undefined || isCoroutine(value) || isFuture(value)) return false;
  return typeof (value as Partial<Iterable<unknown>>)[Symbol.iterator] === 'function';
}

function iteratorOf<T>(source: Iterates<T>, caller: string): AsyncCoroutineIterator<T> {
  if (!isAsyncIterable(source) && isOrdinaryIterable(source)) return iterateSync(source as Iterable<T>);
  return iterate(source as AnyAsyncIterable<T>, caller);
}

function mustBeIterable(source: unknown, caller: string): void {
  if (isAsyncIterable(source) || isOrdinaryIterable(source)) return;
  throw new TypeError(`${caller} expects an asynchronous iterable or an iterable, got ${describeValue(source)}`);
}

function checkCount(count: unknown, method: string): void {
  if (typeof count !== 'number' || !(Number.isInteger(count) || count === Number.POSITIVE_INFINITY)) {
    throw new TypeError(`${method} expects an integer, got ${describeValue(count)}`);
  }
  if (count < 0) throw new RangeError(`${method} expects a number of items from 0, got ${count}`);
}

function checkFunction(fn: unknown, method: string): void {
  if (typeof fn !== 'function') throw new TypeError(`${method} expects a function, got ${describeValue(fn)}`);
}

/**
 * A lazy asynchronous comprehension (PEP 530), made by `asyncIter`: nothing is taken from the source before somebody
 * walks over it. Functions may be `function*`: what they give is awaited, one item after the other.
 */
export class AsyncIter<T> implements AsyncCoroutineIterable<T> {
  readonly #open: () => AsyncCoroutineIterator<T>;

  /** Use `asyncIter`. @internal */
  constructor(open: () => AsyncCoroutineIterator<T>) {
    this.#open = open;
  }

  [asyncIterate](): AsyncCoroutineIterator<T> {
    return this.#open();
  }

  /** What `fn` makes of each item. */
  map<R>(fn: (item: T, index: number) => R): AsyncIter<Resolved<R>> {
    checkFunction(fn, 'map');
    return new AsyncIter(() => operators.map(this.#open(), fn));
  }

  /** The items for which `test` gives something true. */
  filter<U extends T>(test: (item: T, index: number) => item is U): AsyncIter<U>;
  filter(test: (item: T, index: number) => unknown): AsyncIter<T>;
  filter(test: (item: T, index: number) => unknown): AsyncIter<T> {
    checkFunction(test, 'filter');
    return new AsyncIter(() => operators.filter(this.#open(), test));
  }

  /** The first `count` items. Throws TypeError for a non-integer, RangeError below 0. */
  take(count: number): AsyncIter<T> {
    checkCount(count, 'take');
    return new AsyncIter(() => operators.take(this.#open(), count));
  }

  /** All but the first `count` items. Throws as `take`. */
  drop(count: number): AsyncIter<T> {
    checkCount(count, 'drop');
    return new AsyncIter(() => operators.drop(this.#open(), count));
  }

  /** The items before the first one for which `test` gives something false. */
  takeWhile(test: (item: T, index: number) => unknown): AsyncIter<T> {
    checkFunction(test, 'takeWhile');
    return new AsyncIter(() => operators.takeWhile(this.#open(), test));
  }

  /** The items from the first one on for which `test` gives something false. */
  dropWhile(test: (item: T, index: number) => unknown): AsyncIter<T> {
    checkFunction(test, 'dropWhile');
    return new AsyncIter(() => operators.dropWhile(this.#open(), test));
  }

  /** The items of all the iterables that `fn` makes of the items, one iterable after the other. */
  flatMap<R>(fn: (item: T, index: number) => R): AsyncIter<ItemOf<Resolved<R>>> {
    checkFunction(fn, 'flatMap');
    const open = function* (item: T, index: number): Coroutine<AsyncCoroutineIterator<ItemOf<Resolved<R>>>> {
      const inner = yield* operators.resolve(fn(item, index));
      return iteratorOf(inner as Iterates<ItemOf<Resolved<R>>>, 'flatMap');
    };
    return new AsyncIter(() => operators.flatMap(this.#open(), open));
  }

  /** Pairs of number and item, numbered from `start`, which is 0 by default. */
  enumerate(start = 0): AsyncIter<[index: number, item: T]> {
    return this.map((item, index): [number, T] => [start + index, item]);
  }

  /** Tuples of an item of this and one of each other, as many as the shortest has. */
  zip<Others extends readonly Iterates<unknown>[]>(...others: Others): AsyncIter<[T, ...ItemsOf<Others>]> {
    for (const other of others) mustBeIterable(other, 'zip');
    return new AsyncIter(
      () =>
        operators.zip([this.#open(), ...others.map((other) => iteratorOf(other, 'zip'))]) as AsyncCoroutineIterator<
          [T, ...ItemsOf<Others>]
        >,
    );
  }

  /** The items of this, then those of each other. */
  concat<Others extends readonly Iterates<unknown>[]>(...others: Others): AsyncIter<T | ItemOf<Others[number]>> {
    type Item = T | ItemOf<Others[number]>;
    for (const other of others) mustBeIterable(other, 'concat');
    return new AsyncIter<Item>(() =>
      operators.concat<Item>(
        this.#open(),
        others.map((other) => () => iteratorOf(other as Iterates<Item>, 'concat')),
      ),
    );
  }

  /** Calls `fn` with each item. */
  *forEach(fn: (item: T, index: number) => unknown): Coroutine<void> {
    checkFunction(fn, 'forEach');
    const iterator = operators.map(this.#open(), fn);
    while ((yield* iterator.next()).done !== true);
  }

  /** Folds the items from the left, beginning with `initial`. */
  *reduce<A>(fn: (total: A, item: T, index: number) => A | Coroutine<A>, initial: A): Coroutine<A> {
    checkFunction(fn, 'reduce');
    let total = initial;
    yield* this.forEach(function* (item, index) {
      total = (yield* operators.resolve(fn(total, item, index))) as A;
    });
    return total;
  }

  /** All items in an array. */
  *collect(): Coroutine<T[]> {
    const items: T[] = [];
    const iterator = this.#open();
    for (let step = yield* iterator.next(); step.done !== true; step = yield* iterator.next()) items.push(step.value);
    return items;
  }
}

/**
 * Lazy `map`, `filter`, `take`, … over an asynchronous iterable, native or not, or an ordinary one.
 * Throws TypeError for anything else (a coroutine and a future are no iterables).
 *
 * @example
 * const names = yield* collect(asyncIter(reader).map(String).filter((line) => line !== '').take(10));
 */
export function asyncIter<I extends Iterates<unknown>>(source: I): AsyncIter<ItemOf<I>> {
  mustBeIterable(source, 'asyncIter');
  return new AsyncIter(() => iteratorOf(source as Iterates<ItemOf<I>>, 'asyncIter'));
}

/**
 * All items of an asynchronous iterable, native or not, or an ordinary one: Python's `[x async for x in source]`.
 *
 * @example
 * const lines = yield* collect(reader);
 */
export function* collect<I extends Iterates<unknown>>(source: I): Coroutine<ItemOf<I>[]> {
  return yield* asyncIter(source).collect();
}
