import { AsyncLocalStorage } from 'node:async_hooks';
import type { Ambient } from '../core/ambient.ts';
import type { Task } from '../core/task.ts';
import { type EventLoop, getRunningLoop } from '../loop/event-loop.ts';

type Enter = <R, A extends unknown[]>(fn: (...args: A) => R, ...args: A) => R;

const stay: Enter = (fn, ...args) => fn(...args);

/**
 * From now on each step of the task goes on where the one before ended, beginning with the present.
 * By a property of the one object, not a subclass: so it works for tasks of every factory, and for those made already.
 */
function followTask(task: Task<unknown>): void {
  const step = task._step;
  let enter: Enter = AsyncLocalStorage.snapshot();
  task._step = (error) => {
    enter(() => {
      step.call(task, error);
      // A finished task may be kept for its result, and must not keep the values.
      enter = task.done() ? stay : AsyncLocalStorage.snapshot();
    });
  };
}

class FollowAsyncLocalStorage implements Ambient {
  readonly #enterHome: Enter = AsyncLocalStorage.snapshot();

  bind<A extends unknown[]>(fn: (...args: A) => void): (...args: A) => void {
    const enter: Enter = AsyncLocalStorage.snapshot();
    const bound = (...args: A): void => enter(fn, ...args);
    return Object.defineProperty(bound, 'name', { value: fn.name });
  }

  makeTask<T extends object>(make: () => T): T {
    const enter: Enter = AsyncLocalStorage.snapshot();
    // In a copy: an eager task runs its first step in here, and what it sets is its own.
    return enter(() => {
      const task = make();
      followTask(task as unknown as Task<unknown>);
      return task;
    });
  }

  enterHome(turns: () => void): void {
    this.#enterHome(turns);
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
 * Off by default, for it costs a snapshot a step. Called inside a task, it follows that task from its next step on.
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
  for (const task of scheduler.livingTasks()) followTask(task as Task<unknown>);
  return loop;
}
