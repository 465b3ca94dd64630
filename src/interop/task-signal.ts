import { CancelledError, type Canceller, cancelledErrorOfLoop, RuntimeError } from '../core/errors.ts';
import { CANCELLED, Future } from '../core/future.ts';
import { runningScheduler } from '../core/scheduler.ts';
import { Task } from '../core/task.ts';
import type { TaskNode } from '../core/task-list.ts';

/** Of the tasks that asked; a task that never does has not even an empty field. */
const controllers = new WeakMap<TaskNode, AbortController>();

/**
 * The error that a cancel under way will throw in, so that the signal's reason is the very error that the coroutine
 * catches: it is made here, and left where the task will find it. Where nobody can know it yet (several are waited for,
 * or nothing) it is one like it.
 */
function errorUnderWay(task: Task<unknown>, message: string | undefined): CancelledError {
  if (task._mustCancel) return task._cancelledError ?? cancelledErrorOfLoop(message, task._value as Canceller);
  const waiter = task._waiter;
  if (waiter instanceof Task) return errorUnderWay(waiter, message);
  // Those behind `gather` have been asked, and it is still pending.
  if (waiter === undefined || waiter._state !== CANCELLED) {
    return cancelledErrorOfLoop(message, task._scheduler.canceller());
  }
  if (waiter instanceof Future)
    return (waiter._cancelledError ??= cancelledErrorOfLoop(message, waiter._value as Canceller));
  return waiter._makeCancelledError();
}

function cancelAsked(task: TaskNode, message: string | undefined): void {
  const controller = controllers.get(task);
  if (controller === undefined || controller.signal.aborted) return;
  controller.abort(errorUnderWay(task as Task<unknown>, message));
}

/** A task also ends cancelled when what it waits for is cancelled by somebody else; it was not asked then. */
function abortAtEnd(task: Task<unknown>): void {
  task._addWaiter({
    run() {
      const controller = controllers.get(task);
      if (!task.cancelled() || controller === undefined || controller.signal.aborted) return;
      controller.abort(task._cancelledError ?? new CancelledError(task._cancelMessage));
    },
  });
}

/**
 * The signal of the running task: aborted when the task is cancelled, with the CancelledError as its reason. For what is
 * started on its behalf and takes a signal: `fetch`, `fs`, `events`, … All coroutines of a task get the same signal.
 *
 * A cancel interrupts once, as everywhere in asyncio: after it (in a `finally`, after a `timeout` that was caught) the
 * next call gives a fresh signal, for the next cancel, so cleaning up may use `fetch` too. The end of a task that is
 * not cancelled aborts nothing. Throws RuntimeError outside of a task.
 *
 * @example
 * const response = yield* wrapFuture(fetch(url, { signal: taskSignal() }));
 */
export function taskSignal(): AbortSignal {
  const scheduler = runningScheduler();
  const task = scheduler.currentTask as Task<unknown> | undefined;
  if (task === undefined) throw new RuntimeError('taskSignal() is for coroutines: no task is running');
  scheduler.onCancel ??= cancelAsked;
  let controller = controllers.get(task);
  if (controller === undefined) abortAtEnd(task);
  // One that was aborted for a cancel still to be thrown in must not be replaced: nothing should begin any more.
  if (controller === undefined || (controller.signal.aborted && !task._mustCancel)) {
    controller = new AbortController();
    controllers.set(task, controller);
    if (task._mustCancel) cancelAsked(task, task._cancelMessage);
  }
  return controller.signal;
}
