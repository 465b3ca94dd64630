import { type AwaitableLike, type AwaitedOf, describeValue } from '../core/coroutine.ts';
import { ensureFutureOn } from '../core/ensure-future.ts';
import { type CancelledError, type Canceller, cancelledErrorOfLoop } from '../core/errors.ts';
import { CANCELLED, FINISHED, Future, PENDING } from '../core/future.ts';
import { type FutureLinks, LinkedFuture } from '../core/linked-future.ts';
import type { Scheduler } from '../core/scheduler.ts';
import { runningScheduler } from '../core/scheduler.ts';
import { Task } from '../core/task.ts';
import { Watcher, type WatcherOwner } from '../core/watcher.ts';

export interface GatherOptions {
  /** Failures become results instead of failing the whole. Default false. */
  readonly returnExceptions?: boolean;
}

/** What `gather` gives for a tuple or list of awaitables. */
export type Gathered<A extends readonly unknown[]> = { -readonly [K in keyof A]: AwaitedOf<A[K]> };
export type GatheredSettled<A extends readonly unknown[]> = { -readonly [K in keyof A]: AwaitedOf<A[K]> | Error };

/** Behind the outer future: to cancel that is to cancel the children, and it ends when they have ended. */
class Gathering implements WatcherOwner, FutureLinks {
  readonly outer: Future<unknown[]>;
  /** In the order given; one that is given twice is in it twice. */
  private readonly children: Future<unknown>[] = [];
  private readonly returnExceptions: boolean;
  /** Distinct children that have not ended. */
  private left: number;
  private cancelAsked = false;
  /** The call failed at a later element: the ends, and errors, of the first ones are of no interest. */
  private given = true;

  constructor(scheduler: Scheduler, distinct: number, returnExceptions: boolean) {
    this.outer = new LinkedFuture<unknown[]>(scheduler, this);
    this.left = distinct;
    this.returnExceptions = returnExceptions;
  }

  /** Makes the children of the items and begins to watch them; gives those that have ended already. */
  watchAll(scheduler: Scheduler, items: readonly AwaitableLike<unknown>[]): Future<unknown>[] {
    const { children } = this;
    const finished: Future<unknown>[] = [];
    // Almost always all are different, and then there is no need to remember the future of each.
    const seen = this.left === items.length ? undefined : new Map<unknown, Future<unknown>>();
    for (const item of items) {
      const known = seen?.get(item);
      if (known !== undefined) {
        children.push(known);
        continue;
      }
      const child = ensureFutureOn(scheduler, item);
      seen?.set(item, child);
      children.push(child);
      // Looked at one by one: an eager child may finish an earlier future, which then goes through its callback.
      if (child._state === PENDING) this.watch(child, child !== item);
      else finished.push(child);
    }
    return finished;
  }

  private watch(child: Future<unknown>, fresh: boolean): void {
    if (fresh && child instanceof Task && child._owner === undefined) child._setOwner(this);
    else child._addWaiter(new Watcher(child, this));
  }

  /** After an error of `watchAll`. */
  giveUp(): void {
    this.given = false;
  }

  cancelAll(message: string | undefined): boolean {
    let asked = false;
    for (const child of this.children) if (child.cancel(message)) asked = true;
    if (asked) this.cancelAsked = true;
    return asked;
  }

  blocker(index: number): Future<unknown> | undefined {
    return this.children[index];
  }

  describe(): string {
    return `<gather of ${this.left} pending>`;
  }

  awaitedBy(): Future<unknown> {
    return this.outer as Future<unknown>;
  }

  futureDone(child: Future<unknown>): void {
    this.left -= 1;
    const { outer } = this;
    if (outer._state !== PENDING || !this.given) {
      child._retrieve();
      return;
    }
    if (!this.returnExceptions && child._state !== FINISHED) {
      // A cancelled child is an error of the whole, not its cancellation: asyncio's way.
      const error = child._state === CANCELLED ? child._makeCancelledError() : child.exception();
      if (error !== undefined) {
        outer._fail(error);
        return;
      }
    }
    if (this.left === 0) this.finish();
  }

  private finish(): void {
    const results = this.children.map(resultOf);
    if (this.cancelAsked) this.outer._fail(this.children[this.children.length - 1]!._makeCancelledError());
    else this.outer.setResult(results);
  }
}

function resultOf(child: Future<unknown>): unknown {
  if (child._state === FINISHED) return child._value;
  return child._state === CANCELLED ? cancellationOf(child) : child.exception();
}

/** As a result: an error with the message of the future; the one that ended a task will do when it has the same. */
function cancellationOf(child: Future<unknown>): CancelledError {
  const original = child._cancelledError;
  const message = child._cancelMessage;
  return original !== undefined && original.message === (message ?? '')
    ? original
    : cancelledErrorOfLoop(message, child._value as Canceller);
}

/**
 * Runs awaitables side by side; the future's result is the list of their results, in the order given. The first failure
 * fails the whole at once; the others run on. Cancelling the future cancels all of them.
 *
 * Throws TypeError for an element that cannot be awaited, RangeError for a future of another loop, RuntimeError when no
 * loop runs.
 *
 * @example
 * const [menu, bill] = yield* gather([read('menu'), compute('bill')]);
 */
export function gather<const A extends readonly AwaitableLike<unknown>[]>(
  awaitables: A,
  options: { readonly returnExceptions: true },
): Future<GatheredSettled<A>>;
export function gather<const A extends readonly AwaitableLike<unknown>[]>(
  awaitables: A,
  options?: { readonly returnExceptions?: false },
): Future<Gathered<A>>;
export function gather<T>(
  awaitables: Iterable<AwaitableLike<T>>,
  options: { readonly returnExceptions: true },
): Future<(T | Error)[]>;
export function gather<T>(
  awaitables: Iterable<AwaitableLike<T>>,
  options?: { readonly returnExceptions?: false },
): Future<T[]>;
export function gather<T>(awaitables: Iterable<AwaitableLike<T>>, options?: GatherOptions): Future<(T | Error)[]>;
export function gather(awaitables: Iterable<AwaitableLike<unknown>>, options?: GatherOptions): Future<unknown[]> {
  const items = listOf(awaitables, 'gather');
  const scheduler = schedulerOf(items);
  const distinct = countDistinct(items);
  const gathering = new Gathering(scheduler, distinct, options?.returnExceptions === true);
  let finished: Future<unknown>[];
  try {
    finished = gathering.watchAll(scheduler, items);
  } catch (error) {
    // An element that cannot be awaited, or a task factory that fails.
    gathering.giveUp();
    throw error;
  }
  for (const child of finished) gathering.futureDone(child);
  if (items.length === 0) gathering.outer.setResult([]);
  return gathering.outer;
}

/** Up to so many, each is compared with each: the set would cost more. */
const FEW = 16;

function countDistinct(items: readonly unknown[]): number {
  const { length } = items;
  if (length > FEW) return new Set(items).size;
  let distinct = length;
  for (let i = 1; i < length; i += 1) if (items.indexOf(items[i]) < i) distinct -= 1;
  return distinct;
}

/** The first item decides; a future brings its loop with it, so that `gather` works where no loop runs. */
function schedulerOf(items: readonly unknown[]): Scheduler {
  const first = items[0];
  return first instanceof Future ? first._scheduler : runningScheduler();
}

/** The awaitables as a list. Throws TypeError when they are not given as one iterable. @internal */
export function listOf<T>(awaitables: Iterable<T>, who: string): readonly T[] {
  if (Array.isArray(awaitables)) return awaitables as readonly T[];
  const iterable = awaitables as Partial<Iterable<T>> | null | undefined;
  if (typeof iterable !== 'object' || typeof iterable?.[Symbol.iterator] !== 'function') {
    throw new TypeError(`${who} expects an iterable of awaitables, got ${describeValue(awaitables)}`);
  }
  if (awaitables instanceof Future || 'throw' in awaitables) {
    throw new TypeError(`${who} expects an iterable of awaitables, such as an array, got a single awaitable`);
  }
  return [...awaitables];
}
