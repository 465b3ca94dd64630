/**
 * The life of a program as steps, each of which is a future to be run until it is done: one text for the loop that
 * runs at once (virtual time) and the one that lives inside Node's.
 */

import type { Context } from '../core/context.ts';
import { type AwaitableLike, type Coroutine, describeValue, isCoroutine } from '../core/coroutine.ts';
import { iteratorCoroutine } from '../core/ensure-future.ts';
import { keepCause, RuntimeError } from '../core/errors.ts';
import { type Future, isFuture } from '../core/future.ts';
import { allTasks, type Task } from '../core/task.ts';
import { isPromiseLike } from '../core/wrap-future.ts';
import { gather } from '../structured/gather.ts';
import type { EventLoop } from './event-loop.ts';

/** A coroutine, or a coroutine function without parameters. */
export type Main<T> = AwaitableLike<T> | (() => Coroutine<T>);

export type Steps<T> = Generator<Future<unknown>, T, void>;

/** The coroutine of a main given as such or as a function. Throws TypeError for anything else. */
export function coroutineOf<T>(main: Main<T>): AwaitableLike<T> {
  const given: unknown = typeof main === 'function' ? (main as () => unknown)() : main;
  if (isCoroutine(given)) return given as Coroutine<T>;
  if (isFuture(given) || isPromiseLike(given)) return given as AwaitableLike<T>;
  const coroutine = iteratorCoroutine<T>(given);
  if (coroutine !== undefined) return coroutine;
  const what = typeof main === 'function' ? `a function that returned ${describeValue(given)}` : describeValue(given);
  throw new TypeError(`a coroutine or a coroutine function was expected, got ${what}`);
}

/** Runs one task to its end. */
export function* runTask<T>(loop: EventLoop, main: AwaitableLike<T>, context: Context | undefined): Steps<T> {
  const task = loop.createTask(toCoroutine(main), { context });
  yield task as Future<unknown>;
  return loop._resultOf(task);
}

function toCoroutine<T>(main: AwaitableLike<T>): AwaitableLike<T> {
  if (!isFuture(main)) return main;
  const future = main as Future<T>;
  return (function* () {
    return yield* future;
  })();
}

/** What `asyncio.run` does at its end: cancels what is left, waits for it, and shuts generators and executors down. */
export function* shutDown(loop: EventLoop): Steps<void> {
  const left = [...allTasks(loop)];
  if (left.length > 0) yield* cancelAll(loop, left);
  for (const step of loop._shutdownSteps()) yield loop._prepare(step());
}

function* cancelAll(loop: EventLoop, tasks: Task<unknown>[]): Steps<void> {
  for (const task of tasks) task.cancel();
  yield gather(tasks, { returnExceptions: true });
  for (const task of tasks) {
    if (task.cancelled()) continue;
    const exception = task.exception();
    if (exception === undefined) continue;
    loop.callExceptionHandler({ message: 'unhandled exception during run() shutdown', exception, task });
  }
}

/** Drives steps on a loop whose host runs at once. */
export function driveNow<T>(loop: EventLoop, steps: Steps<T>): T {
  let step = steps.next();
  while (step.done !== true) {
    const future = step.value;
    const stop = (): void => loop.stop();
    future.addDoneCallback(stop);
    try {
      if (loop._runForever(future) !== undefined) throw new RuntimeError('this loop cannot be run synchronously');
    } catch (error) {
      step = steps.throw(error);
      continue;
    } finally {
      future.removeDoneCallback(stop);
    }
    step = steps.next();
  }
  return step.value;
}

/**
 * A whole program, on a loop whose host runs at once: what is left at its end is shut down, and the loop is closed. An
 * error of the end has that of the program as its cause.
 */
export function runNow<T>(loop: EventLoop, main: Main<T>): T {
  let result: T;
  try {
    result = driveNow(loop, runTask(loop, coroutineOf(main), undefined));
  } catch (error) {
    try {
      endNow(loop);
    } catch (later) {
      keepCause(later, error);
      throw later;
    }
    throw error;
  }
  endNow(loop);
  return result;
}

function endNow(loop: EventLoop): void {
  try {
    driveNow(loop, shutDown(loop));
  } finally {
    loop.close();
  }
}

/** Drives steps on a loop that lives inside Node's. */
export async function drive<T>(loop: EventLoop, steps: Steps<T>): Promise<T> {
  let step = steps.next();
  while (step.done !== true) {
    const future = step.value;
    const stop = (): void => loop.stop();
    future.addDoneCallback(stop);
    try {
      await loop._runForever(future);
    } catch (error) {
      step = steps.throw(error);
      continue;
    } finally {
      future.removeDoneCallback(stop);
    }
    step = steps.next();
  }
  return step.value;
}
