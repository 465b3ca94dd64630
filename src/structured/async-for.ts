import { describeValue, type Suspension } from '../core/coroutine.ts';
import { type AnyAsyncIterable, iterate } from './iterate.ts';

/** What the body of `asyncFor` returns to leave the loop early. */
export const BREAK: unique symbol = Symbol('BREAK');

/**
 * Python's `async for`: runs the body for each value, one after the other. The body may return `BREAK` to leave early;
 * anything else that it returns is ignored. Native async iterables are taken as well, and closed when left early; an
 * asynchronous generator of ours is not (`aclosing` does that), as in Python.
 *
 * Throws TypeError for what is no asynchronous iterable.
 *
 * @example
 * yield* asyncFor(reader, function* (line) { if (line.length === 0) return BREAK; yield* answer(line); });
 */
export function* asyncFor<T, Y extends Suspension = Suspension>(
  iterable: AnyAsyncIterable<T>,
  body: (value: T) => Generator<Y, typeof BREAK | undefined | void, unknown>,
): Generator<Suspension | Y, void, unknown> {
  if (typeof body !== 'function') throw new TypeError(`asyncFor expects a function*, got ${describeValue(body)}`);
  const iterator = iterate(iterable, 'asyncFor');
  for (;;) {
    const step = yield* iterator.next();
    if (step.done === true) return;
    let left = true;
    try {
      const outcome = yield* bodyCoroutine(body(step.value));
      if (outcome === BREAK) return;
      left = false;
    } finally {
      if (left && iterator.return !== undefined) yield* iterator.return();
    }
  }
}

function bodyCoroutine<C extends Generator<Suspension, unknown, unknown>>(coroutine: C): C {
  if (typeof coroutine?.next === 'function') return coroutine;
  throw new TypeError(`the body of asyncFor must be a function*, it returned ${describeValue(coroutine)}`);
}
