import type { Coroutine } from '../core/coroutine.ts';
import { runningScheduler } from '../core/scheduler.ts';
import type { ThreadWork } from './executor.ts';
import type { LoopExecutors, ThreadArgs, ThreadResult } from './loop-executors.ts';

/**
 * Runs a function in another thread, on the loop's default executor, and gives its result: for what would hold the loop
 * up. The function is sent as its source, so it sees none of the names around it; `{ module, name }` names one in a
 * module instead. See `ThreadPoolExecutor` for what can be sent, `transfer` for memory that is to be moved.
 *
 * Cancelling it terminates the thread. Throws what the function throws, WorkerError when the thread ends before it,
 * DataCloneError for what cannot be copied, TypeError for what cannot be sent, RuntimeError in virtual time.
 *
 * @example
 * const digest = yield* toThread(async (text: string) => {
 *   const { createHash } = await import('node:crypto');
 *   return createHash('sha256').update(text).digest('hex');
 * }, text);
 *
 * Differs from asyncio: threads share neither variables nor context, and a cancelled function does end.
 */
export function* toThread<W extends ThreadWork>(work: W, ...args: ThreadArgs<W>): Coroutine<ThreadResult<W>> {
  const { executors } = runningScheduler().loop as { readonly executors: LoopExecutors };
  return yield* executors.run(undefined, work, args);
}
