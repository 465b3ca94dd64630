import type { AwaitableLike, Coroutine } from '../core/coroutine.ts';
import { isCoroutine } from '../core/coroutine.ts';
import { ensureFutureOn } from '../core/ensure-future.ts';
import { CancelledError, TimeoutError } from '../core/errors.ts';
import { Future, PENDING } from '../core/future.ts';
import { trackAwaited } from '../core/never-awaited.ts';
import { checkTime, runningScheduler } from '../core/scheduler.ts';
import { Watcher } from '../core/watcher.ts';
import { timeout } from './timeout.ts';

/** Cancels and waits until that has taken effect, whatever the outcome. */
function* cancelAndWait(future: Future<unknown>): Coroutine<void> {
  const waiter = new Future<void>({ loop: future._scheduler });
  const release = new Watcher(future, {
    futureDone() {
      if (waiter._state === PENDING) waiter.setResult();
    },
  });
  future._addWaiter(release);
  try {
    future.cancel();
    yield* waiter;
  } finally {
    future._removeWaiter(release);
  }
}

/**
 * Waits for an awaitable for `ms` milliseconds at most, then cancels it and throws TimeoutError. A coroutine runs in the
 * calling task. With 0 or less, only what is done already gives its result. `undefined` sets no limit.
 *
 * @example
 * const reply = yield* waitFor(reader.readLine(), 5_000);
 */
export function waitFor<T>(awaitable: AwaitableLike<T>, ms: number | undefined): Coroutine<T> {
  if (ms !== undefined && ms !== null) checkTime(ms, 'waitFor: ms');
  const now = ms !== undefined && ms !== null && ms <= 0;
  return trackAwaited(now ? waitForNothing(awaitable, ms) : waitWithin(awaitable, ms), 'waitFor');
}

function* waitForNothing<T>(awaitable: AwaitableLike<T>, ms: number): Coroutine<T> {
  const future: Future<T> = awaitable instanceof Future ? awaitable : ensureFutureOn(runningScheduler(), awaitable);
  if (future.done()) return future.result();
  yield* cancelAndWait(future);
  try {
    return future.result();
  } catch (error) {
    if (!(error instanceof CancelledError)) throw error;
    throw new TimeoutError(`timed out after ${ms} ms`, { cause: error });
  }
}

function* waitWithin<T>(awaitable: AwaitableLike<T>, ms: number | undefined): Coroutine<T> {
  const own =
    isCoroutine(awaitable) || awaitable instanceof Future
      ? (awaitable as Coroutine<T>)
      : (ensureFutureOn(runningScheduler(), awaitable) as Future<T>);
  const limit = timeout(ms);
  limit.enter();
  let result: T;
  try {
    result = yield* own;
  } catch (error) {
    limit.exit(error);
    throw error;
  }
  limit.exit(undefined);
  return result;
}
