import { type Awaitable, type AwaitableLike, type Coroutine, describeValue, isCoroutine } from './coroutine.ts';
import { Future, type LoopRef } from './future.ts';
import type { Scheduler } from './scheduler.ts';
import { runningScheduler } from './scheduler.ts';
import { spawn } from './spawn.ts';
import type { Task, TaskOptions } from './task.ts';
import { isPromiseLike, wrapFuture } from './wrap-future.ts';

function* awaitPromise<T>(promise: PromiseLike<T>): Coroutine<T> {
  return yield* wrapFuture(promise);
}

/** The coroutine of an object whose iterator is one; undefined for other iterables (arrays, strings, maps). @internal */
export function iteratorCoroutine<T>(value: unknown): Coroutine<T> | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const iterate = (value as Partial<Awaitable<T>>)[Symbol.iterator];
  if (typeof iterate !== 'function') return undefined;
  const iterator: unknown = iterate.call(value);
  return isCoroutine(iterator) ? (iterator as Coroutine<T>) : undefined;
}

/** As `createTask`, on a given scheduler. @internal */
export function createTaskOn<T>(scheduler: Scheduler, coroutine: AwaitableLike<T>, options?: TaskOptions): Task<T> {
  if (isCoroutine(coroutine)) return spawn(scheduler, coroutine as Coroutine<T>, options);
  if (!(coroutine instanceof Future) && isPromiseLike(coroutine)) {
    return spawn(scheduler, awaitPromise(coroutine as PromiseLike<T>), options);
  }
  const hint = typeof coroutine === 'function' ? ' (call it to make a coroutine)' : '';
  throw new TypeError(`a coroutine was expected, got ${describeValue(coroutine)}${hint}`);
}

/**
 * Lets the loop run a coroutine on its own: it starts in the next turn. A promise is waited for by the task.
 * Throws TypeError for anything else (a future too: it runs already), RuntimeError when no loop runs.
 *
 * @example
 * const task = createTask(serve('Ann'), { name: 'Ann' });
 * yield* task;
 */
export function createTask<T>(coroutine: AwaitableLike<T>, options?: TaskOptions): Task<T> {
  return createTaskOn(runningScheduler(), coroutine, options);
}

/** As `ensureFuture`, on a given scheduler. @internal */
export function ensureFutureOn<T>(scheduler: Scheduler, awaitable: AwaitableLike<T>): Future<T> {
  if (awaitable instanceof Future) return ofLoop(scheduler, awaitable);
  if (isCoroutine(awaitable)) return spawn(scheduler, awaitable as Coroutine<T>);
  if (isPromiseLike(awaitable)) return wrapFuture(awaitable as PromiseLike<T>, { loop: scheduler });
  const coroutine = iteratorCoroutine<T>(awaitable);
  if (coroutine === undefined) {
    throw new TypeError(`a future, a coroutine or a promise is required, got ${describeValue(awaitable)}`);
  }
  return spawn(scheduler, coroutine);
}

/**
 * The future of an awaitable: itself for a future or task, a new task for a coroutine, a future for a promise.
 * Throws TypeError for what cannot be awaited, RangeError when `loop` is another than the future's.
 */
export function ensureFuture<T>(
  awaitable: AwaitableLike<T>,
  options?: { readonly loop?: LoopRef | undefined },
): Future<T> {
  const loop = options?.loop;
  if (loop === undefined && awaitable instanceof Future) return awaitable;
  return ensureFutureOn(loop === undefined ? runningScheduler() : loop.scheduler, awaitable);
}

/** Its callbacks run in its own loop: who waits for it in another one would never be woken. */
function ofLoop<T>(scheduler: Scheduler, future: Future<T>): Future<T> {
  if (future._scheduler === scheduler) return future;
  throw new RangeError('the future belongs to a different loop than the one that is to wait for it');
}
