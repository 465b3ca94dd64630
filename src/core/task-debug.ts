import { CancelledError } from './errors.ts';
import { sources } from './sources.ts';
import type { Task } from './task.ts';

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

/** A cancel was delivered, nobody took it back, and yet the coroutine returns. */
export function checkSwallowed(task: Task<unknown>): void {
  if (task._cancelRequests === 0 || task._mustCancel) return;
  const message = `${task} was cancelled but returned: a CancelledError was swallowed (rethrow it, or call uncancel)`;
  task._scheduler.report({ message, ...task._describe(), task });
}
