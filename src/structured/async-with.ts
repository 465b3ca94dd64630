import type { AsyncContextManager } from '../core/async-protocols.ts';
import { type Coroutine, describeValue, type Suspension } from '../core/coroutine.ts';

/** The body's result; undefined as well where the manager may swallow an error. */
export type WithResult<M, R> = M extends { exit(error: unknown): Coroutine<infer X> }
  ? true extends X
    ? R | undefined
    : R
  : R;

/** What a manager's `enter` gives. */
export type EnteredBy<M> = M extends { enter(): Coroutine<infer T> } ? T : never;

/**
 * Python's `async with`: enters the manager, runs the body with what `enter` gave, and leaves the manager in any case,
 * telling it what the body threw. An `exit` that gives true swallows the error. The body may also be a coroutine itself;
 * where this runs often that is the faster way, for the engine takes some microseconds for each fresh `function*`.
 *
 * @example
 * yield* asyncWith(timeout(1_000), serve('Ann'));
 * const total = yield* asyncWith(lock, function* () { return yield* count(); });
 */
export function* asyncWith<M extends AsyncContextManager<unknown>, R, Y extends Suspension = Suspension>(
  manager: M,
  body: ((value: EnteredBy<M>) => Generator<Y, R, unknown>) | Generator<Y, R, unknown>,
): Generator<Suspension | Y, WithResult<M, R>, unknown> {
  if (typeof manager?.enter !== 'function' || typeof manager.exit !== 'function') {
    throw new TypeError(`asyncWith expects an object with enter and exit, got ${describeValue(manager)}`);
  }
  const value = (yield* manager.enter()) as EnteredBy<M>;
  let result: R;
  try {
    const coroutine = typeof body === 'function' ? body(value) : body;
    if (typeof coroutine?.next !== 'function') {
      throw new TypeError(`the body of asyncWith must be a function* or a coroutine, got ${describeValue(coroutine)}`);
    }
    result = (yield* coroutine) as R;
  } catch (error) {
    if ((yield* manager.exit(error)) === true) return undefined as WithResult<M, R>;
    throw error;
  }
  yield* manager.exit(undefined);
  return result as WithResult<M, R>;
}
