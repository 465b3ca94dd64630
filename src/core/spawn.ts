import { contextGiven } from './context.ts';
import { type Coroutine, isGenerator } from './coroutine.ts';
import type { LoopRef } from './future.ts';
import type { Scheduler } from './scheduler.ts';
import { sources } from './sources.ts';
import { GENERATOR, Task, type TaskOptions, taskName } from './task.ts';
import { PENDING } from './waitable.ts';

export type TaskFactory = <T>(loop: LoopRef, coroutine: Coroutine<T>, options: TaskOptions) => Task<T>;

/** Makes a task on `scheduler`, by its task factory if it has one. `coroutine` is known to be one. */
export function spawn<T>(scheduler: Scheduler, coroutine: Coroutine<T>, options?: TaskOptions): Task<T> {
  const { ambient } = scheduler;
  return ambient === undefined
    ? makeTask(scheduler, coroutine, options)
    : ambient.makeTask(() => makeTask(scheduler, coroutine, options));
}

function makeTask<T>(scheduler: Scheduler, coroutine: Coroutine<T>, options: TaskOptions | undefined): Task<T> {
  const factory = scheduler.taskFactory as TaskFactory | undefined;
  if (factory !== undefined) return factory(scheduler.loop as LoopRef, coroutine, options ?? {});
  const task = new TaskRecord(scheduler, coroutine, options) as Task<T>;
  task._begin(options?.eagerStart);
  return task;
}

type Fields = { -readonly [K in keyof Task<unknown>]: Task<unknown>[K] };

/**
 * What the constructor of Task does, for what is known to be a coroutine, in one function: an object whose class has a
 * base class takes three times as long to make (docs/design/scheduler.md). A test holds the fields of both together.
 * Called Task, as that is the name which stacks give to its methods.
 */
const { Task: makeFields } = {
  Task: function (this: Fields, scheduler: Scheduler, coroutine: Coroutine<unknown>, options?: TaskOptions): void {
    this._scheduler = scheduler;
    this._state = PENDING;
    this._value = undefined;
    this._callbacks = undefined;
    this._notes = undefined;
    if (scheduler.debug) sources.set(this, new Error().stack);
    this._coroutine = coroutine;
    this._flags = isGenerator(coroutine) ? GENERATOR : 0;
    this._context = contextGiven(options?.context);
    this._waiter = undefined;
    this._name = taskName(scheduler, options?.name);
    this.listIndex = -1;
    this._owner = undefined;
  },
};
makeFields.prototype = Task.prototype;
const TaskRecord = makeFields as unknown as new (
  scheduler: Scheduler,
  coroutine: Coroutine<unknown>,
  options?: TaskOptions,
) => Task<unknown>;
