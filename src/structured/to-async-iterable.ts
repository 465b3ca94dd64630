import type { Coroutine } from '../core/coroutine.ts';
import type { LoopRef } from '../core/future.ts';
import { runningScheduler } from '../core/scheduler.ts';
import { spawn } from '../core/spawn.ts';
import type { AsyncClosable } from './aclosing.ts';
import { type AnyAsyncIterable, iterate } from './iterate.ts';

/**
 * A native AsyncIterable, for `for await` in async functions, of what coroutines walk over: each step is a task on the
 * loop that runs now, or `loop`. Leaving early closes a generator. Throws TypeError for what is no asynchronous
 * iterable, RuntimeError when no loop runs and none is given.
 *
 * @example
 * const lines = toAsyncIterable(reader);
 * yield* wrapFuture((async () => { for await (const line of lines) console.log(line); })());
 */
export function toAsyncIterable<T>(
  iterable: AnyAsyncIterable<T>,
  options?: { readonly loop?: LoopRef | undefined },
): AsyncIterableIterator<T, undefined> {
  const scheduler = options?.loop?.scheduler ?? runningScheduler();
  const iterator = iterate(iterable, 'toAsyncIterable');
  const run = <R>(coroutine: Coroutine<R>): Promise<R> => spawn(scheduler, coroutine).then();
  return {
    async next() {
      const step = await run(iterator.next());
      return step.done === true ? { value: undefined, done: true } : { value: step.value, done: false };
    },
    async return() {
      const closable = iterator as Partial<AsyncClosable>;
      if (closable.aclose !== undefined) await run(closable.aclose());
      else if (iterator.return !== undefined) await run(iterator.return());
      return { value: undefined, done: true };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
