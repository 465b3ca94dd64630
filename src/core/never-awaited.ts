import { type Coroutine, type CoroutineFunction, describeValue, isCoroutineFunction } from './coroutine.ts';
import { unwatched } from './coroutine-watch.ts';
import { runningSchedulerOrUndefined } from './scheduler.ts';

/** Wraps `inner` while a loop in debug mode runs; else gives it back as it is. @internal */
export function trackAwaited<T>(inner: Coroutine<T>, name: string | (() => string)): Coroutine<T> {
  const scheduler = runningSchedulerOrUndefined();
  if (scheduler?.debug !== true) return inner;
  return scheduler.diagnostics.trackCoroutine(scheduler, inner, typeof name === 'string' ? name : name());
}

/**
 * Marks a coroutine function, so that debug mode can report a coroutine of it that is made and never awaited, with
 * where it was made: to the loop's exception handler, when it is collected or the loop closes.
 *
 * Not needed under `tsyncio run --debug` and `node --import tsyncio/debug`, which see every `function*` of the program.
 * Elsewhere a bare one cannot be watched, since JavaScript tells nobody when a generator is made; the library's own
 * coroutines (`sleep`, `wait`, `waitFor`) and those marked with this are. Off debug mode it costs one look.
 *
 * Throws TypeError for what is no `function*`.
 *
 * @example
 * const serve = coroutine(function* serve(customer: string) { yield* sleep(100); });
 * serve('Ann'); // debug mode: coroutine 'serve' was never awaited
 */
export function coroutine<A extends unknown[], T>(fn: (...args: A) => Coroutine<T>): CoroutineFunction<A, T> {
  if (!isCoroutineFunction(fn as unknown))
    throw new TypeError(`coroutine expects a function*, got ${describeValue(fn)}`);
  const name = fn.name || '(anonymous)';
  return function (this: unknown, ...args: A): Coroutine<T> {
    const scheduler = runningSchedulerOrUndefined();
    if (scheduler?.debug !== true) return fn.apply(this, args);
    const inner = unwatched(() => fn.apply(this, args));
    return scheduler.diagnostics.trackCoroutine(scheduler, inner, name);
  };
}
