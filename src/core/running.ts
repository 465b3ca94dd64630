import { RuntimeError } from './errors.ts';
import type { Scheduler } from './scheduler.ts';

let running: Scheduler | undefined;

/** The scheduler whose turn it is in this thread. */
export function runningScheduler(): Scheduler {
  if (running === undefined) {
    throw new RuntimeError('no running event loop: call this from a coroutine or callback that run() or a loop runs');
  }
  return running;
}

export function runningSchedulerOrUndefined(): Scheduler | undefined {
  return running;
}

/** Returns the one before, to be set again. */
export function setRunningScheduler(scheduler: Scheduler | undefined): Scheduler | undefined {
  const before = running;
  running = scheduler;
  return before;
}
