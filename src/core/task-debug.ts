import { describeValue, isCoroutine } from './coroutine.ts';
import { CancelledError, RuntimeError } from './errors.ts';
import { describeFuture } from './future-trouble.ts';
import { sources } from './sources.ts';
import type { Task } from './task.ts';
import type { Waitable } from './waitable.ts';

/** Debug mode: puts below the error's stack, once, where the task that it ended was made. */
export function addCreation(thrown: unknown, task: Task<unknown>): void {
  const source = sources.get(task);
  if (!(thrown instanceof Error) || source === undefined || thrown instanceof CancelledError) return;
  if (thrown.stack === undefined || thrown.stack.includes('created at:')) return;
  const frames = source.split('\n').slice(1).join('\n');
  Object.defineProperty(thrown, 'stack', {
    value: `${thrown.stack}\n  ${task} created at:\n${frames}`,
    configurable: true,
    writable: true,
  });
}

/** Why `task` cannot wait for `waiter`. */
export function badWait(task: Task<unknown>, waiter: Waitable): RuntimeError {
  return new RuntimeError(
    (waiter as unknown) === task
      ? `${task} cannot await on itself`
      : `${task} got a future that belongs to a different loop`,
  );
}

/** What is wrong with a `yield` of `value`. */
export function badYield(task: Task<unknown>, value: unknown): RuntimeError {
  const hint =
    isCoroutine(value) || (value as Partial<Waitable> | null | undefined)?._scheduler !== undefined
      ? 'yield was used instead of yield*'
      : 'only yield* can suspend a coroutine';
  return new RuntimeError(`${task} got a bad yield: ${describeValue(value)} (${hint})`);
}

/** A cancel was delivered, nobody took it back, and yet the coroutine returns. */
export function checkSwallowed(task: Task<unknown>): void {
  if (task._cancelRequests === 0 || task._mustCancel) return;
  const message = `${task} was cancelled but returned: a CancelledError was swallowed (rethrow it, or call uncancel)`;
  task._scheduler.report({ message, ...describeFuture(task), task });
}
