import { RuntimeError } from '../core/errors.ts';
import { runningScheduler, type Scheduler } from '../core/scheduler.ts';
import type { Task } from '../core/task.ts';

/**
 * The base of what tasks wait at. It may be made outside a loop, and belongs to the loop of the first task that has to
 * wait: a wake-up from another loop could come at any moment of this one's.
 */
export abstract class LoopBound {
  /** @internal */
  _loop: Scheduler | undefined = undefined;

  /** Throws RuntimeError when it belongs to another loop than the running one. @internal */
  _bind(): void {
    const running = runningScheduler();
    if (this._loop === undefined) this._loop = running;
    else if (this._loop !== running) throw new RuntimeError(`${this} is bound to a different event loop`);
  }

  /** The task that holds it, where there is such a one. @internal */
  get _holder(): Task<unknown> | undefined {
    return undefined;
  }

  abstract toString(): string;
}
