import type { Coroutine } from '../core/coroutine.ts';
import type { LoopRef } from '../core/future.ts';
import type { TaskFactory } from '../core/spawn.ts';
import { Task, type TaskOptions } from '../core/task.ts';

/** A constructor of tasks, such as Task itself or a class that extends it. */
export type TaskConstructor = new <T>(
  coroutine: Coroutine<T>,
  options: TaskOptions & { readonly loop: LoopRef },
) => Task<T>;

/** A task factory that starts tasks at once, with a task class of one's own. `eagerStart: false` still overrides it. */
export function createEagerTaskFactory(TaskClass: TaskConstructor): TaskFactory {
  return (loop, coroutine, options) => new TaskClass(coroutine, { eagerStart: true, ...options, loop });
}

/**
 * A task factory for `loop.setTaskFactory`: a task runs inside `createTask` up to its first suspension, so that one
 * which never suspends costs no turn of the loop.
 */
export const eagerTaskFactory: TaskFactory = createEagerTaskFactory(Task);
