import { AsyncResource } from 'node:async_hooks';
import type { Ambient } from '../core/ambient.ts';
import type { Task } from '../core/task.ts';
import { type EventLoop, getRunningLoop } from '../loop/event-loop.ts';

/**
 * Holds the values of now. Not `AsyncLocalStorage.snapshot()`, which does the same at a hundred times the cost. No destroy
 * hook is wanted: nothing is counted, the resource is only a bag of values.
 */
const valuesOfNow = (): AsyncResource => new AsyncResource('tsyncio', { requireManualDestroy: true });

/**
 * From now on each step of the task goes on where the one before ended, beginning with the present.
 * By a property of the one object, not a subclass: so it works for tasks of every factory, and for those made already.
 */
function followTask(task: Task<unknown>): void {
  const step = task._step;
  let values: AsyncResource | undefined = valuesOfNow();
  const goOn = (error: Error | undefined): void => {
    step.call(task, error);
    // A finished task may be kept for its result, and must not keep the values.
    values = task.done() ? undefined : valuesOfNow();
  };
  task._step = (error) => {
    if (values === undefined) step.call(task, error);
    else values.runInAsyncScope(goOn, undefined, error);
  };
}

class FollowAsyncLocalStorage implements Ambient {
  readonly #home = valuesOfNow();

  bind<A extends unknown[]>(fn: (...args: A) => void): (...args: A) => void {
    const values = valuesOfNow();
    const bound = (...args: A): void => values.runInAsyncScope(fn, undefined, ...args);
    return Object.defineProperty(bound, 'name', { value: fn.name });
  }

  makeTask<T extends object>(make: () => T): T {
    // In a copy: an eager task runs its first step in here, and what it sets is its own.
    return valuesOfNow().runInAsyncScope(() => {
      const task = make();
      followTask(task as unknown as Task<unknown>);
      return task;
    });
  }

  enterHome(turns: () => void): void {
    this.#home.runInAsyncScope(turns);
  }
}

/**
 * Makes the values of Node's AsyncLocalStorage follow the tasks of a loop (default: the running one), as `ContextVar`s
 * do: a task, `callSoon`, `callLater`, `callAt` and `addDoneCallback` keep the values that are set where they are called.
 * What `als.enterWith` sets in a task stays in that task, also after it has been suspended, and goes to the tasks that
 * it makes afterwards. What comes from outside (a connection, data) is called with the values of the place where
 * `followAsyncLocalStorage` was called. Returns the loop; a second call has no effect; it ends when the loop is closed.
 *
 * `als.run(value, fn)` covers what `fn` makes before it returns, so `als.run(user, () => createTask(serve()))` gives the
 * task its value, while `yield* als.run(user, () => serve())` does not: the coroutine runs after `run` has returned.
 *
 * Off by default, for it costs about as much again as a task switch. Called inside a task, it follows that task from its next step on.
 * Throws RuntimeError when no loop is given and none runs, or when the loop is closed.
 *
 * @example
 * await run(main, { loopFactory: () => followAsyncLocalStorage(newEventLoop()) });
 */
export function followAsyncLocalStorage(loop: EventLoop = getRunningLoop()): EventLoop {
  const { scheduler } = loop;
  scheduler.checkOpen();
  if (scheduler.ambient !== undefined) return loop;
  scheduler.ambient = new FollowAsyncLocalStorage();
  for (const task of scheduler.tasks.list()) followTask(task as Task<unknown>);
  return loop;
}
