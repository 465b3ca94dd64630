import { RuntimeError } from '../core/errors.ts';
import { runningSchedulerOrUndefined } from '../core/scheduler.ts';
import type { TaskFactory } from '../core/spawn.ts';
import type { ExceptionHandler } from '../loop/event-loop.ts';
import { type Main, runNow } from '../loop/lifecycle.ts';
import { newVirtualEventLoop, type VirtualEventLoopOptions } from './new-virtual-event-loop.ts';

export interface RunVirtualOptions extends VirtualEventLoopOptions {
  readonly debug?: boolean | undefined;
  readonly exceptionHandler?: ExceptionHandler | undefined;
  readonly taskFactory?: TaskFactory | undefined;
}

/**
 * Runs a coroutine to its end, synchronously, in virtual time: `loop.time()` begins at 0 and jumps to the next timer
 * when nothing is ready, so nothing waits for a real clock. The scheduler is the real one.
 *
 * Throws what the coroutine throws, DeadlockError when it can never go on, and RuntimeError when it takes more than
 * `maxTurns` turns.
 * An error that ends the run while what is left is cancelled (a task that never ends) has the coroutine's own as its cause.
 *
 * @example
 * assert.equal(runVirtual(function* () { yield* sleep(3_600_000); return getRunningLoop().time(); }), 3_600_000);
 */
export function runVirtual<T>(main: Main<T>, options: RunVirtualOptions = {}): T {
  if (runningSchedulerOrUndefined() !== undefined) {
    throw new RuntimeError('runVirtual() cannot be called from a running event loop');
  }
  const loop = newVirtualEventLoop(options);
  if (options.debug !== undefined) loop.setDebug(options.debug);
  loop.setExceptionHandler(options.exceptionHandler);
  loop.setTaskFactory(options.taskFactory);
  return runNow(loop, main);
}
