import type { AsyncContextManager } from '../core/async-protocols.ts';
import { type Coroutine, describeValue, isCoroutine } from '../core/coroutine.ts';

/** The body's result; undefined as well where the manager may swallow an error. */
export type WithResult<M, R> = M extends { exit(error: unknown): Coroutine<infer X> }
  ? true extends X
    ? R | undefined
    : R
  : R;

/**
 * Python's `async with`: enters the manager, runs the body with what `enter` gave, and leaves the manager in any case,
 * telling it what the body threw. An `exit` that gives true swallows the error.
 *
 * @example
 * const total = yield* asyncWith(lock, function* () { return yield* count(); });
 */
export function* asyncWith<M extends AsyncContextManager<unknown>, R>(
  manager: M,
  body: (value: M extends { enter(): Coroutine<infer T> } ? T : never) => Coroutine<R>,
): Coroutine<WithResult<M, R>> {
  if (typeof manager?.enter !== 'function' || typeof manager.exit !== 'function') {
    throw new TypeError(`asyncWith expects an object with enter and exit, got ${describeValue(manager)}`);
  }
  if (typeof body !== 'function') throw new TypeError(`asyncWith expects a function*, got ${describeValue(body)}`);
  const value = (yield* manager.enter()) as Parameters<typeof body>[0];
  let result: R;
  try {
    const coroutine = body(value);
    if (!isCoroutine(coroutine)) {
      throw new TypeError(`the body of asyncWith must be a function*, it returned ${describeValue(coroutine)}`);
    }
    result = (yield* coroutine) as R;
  } catch (error) {
    if ((yield* manager.exit(error)) === true) return undefined as WithResult<M, R>;
    throw error;
  }
  yield* manager.exit(undefined);
  return result as WithResult<M, R>;
}
