/** Task factories of a program's own. */
import { createEagerTaskFactory, currentTask, Task, type TaskFactory } from 'tsyncio';
import { Boom, type Machine, show } from './machine.ts';
import type { Step } from './now.ts';

/** A task class of the program's. */
class OwnTask<T> extends Task<T> {}

const FACTORIES: Record<string, (m: Machine) => TaskFactory> = {
  log: (m) => (loop, coroutine, options) => {
    m.log('factory', show(options.eagerStart));
    return new Task(coroutine, { ...options, loop });
  },
  sub: () => (loop, coroutine, options) => new OwnTask(coroutine, { ...options, loop }),
  eagerSub: () => createEagerTaskFactory(OwnTask),
  /** Fails once, and takes itself away. What is done when the program is over is not its business. */
  fail: (m) => (loop, coroutine, options) => {
    if (m.over) return new Task(coroutine, { ...options, loop });
    m.loop.setTaskFactory(undefined);
    coroutine.return(undefined as never);
    throw new Boom('factory');
  },
};

export const FACTORIES_NOW: Record<string, Step> = {
  ownFactory: (m, _fr, op) => {
    m.eager = op.mode === 'eagerSub';
    m.loop.setTaskFactory(FACTORIES[op.mode!]!(m));
  },
  /** Which class the task has that runs. */
  isOwn: () => currentTask() instanceof OwnTask,
};
