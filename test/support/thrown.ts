import type { Coroutine } from 'tsyncio';

/** What a coroutine throws; fails when it throws nothing. */
export function* thrown(coroutine: Coroutine<unknown>): Coroutine<Error> {
  let result: unknown;
  try {
    result = yield* coroutine;
  } catch (error) {
    return error as Error;
  }
  throw new Error(`it should have thrown, but gave ${String(result)}`);
}
