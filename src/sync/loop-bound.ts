import { RuntimeError } from '../core/errors.ts';
import type { Scheduler } from '../core/scheduler.ts';
import { runningScheduler } from '../core/scheduler.ts';
import type { Task } from '../core/task.ts';

/** In the shape of the options of `Future`, so that making a waiter allocates nothing but the waiter. */
export interface Binding {
  readonly loop: Scheduler;
}

/**
 * The base of what tasks wait at. It may be made outside a loop, and belongs to the loop of the first task that has to
 * wait: a wake-up from another loop could come at any moment of this one's.
 */
export abstract class LoopBound {
  /** @internal */
  _binding: Binding | undefined = undefined;

  /** Throws RuntimeError when it belongs to another loop than the running one. @internal */
  _bind(): Binding {
    const running = runningScheduler();
    const binding = this._binding;
    if (binding === undefined) {
      this._binding = { loop: running };
      return this._binding;
    }
    if (binding.loop !== running) throw new RuntimeError(`${this} is bound to a different event loop`);
    return binding;
  }

  /** The task that holds it, where there is such a one. @internal */
  get _holder(): Task<unknown> | undefined {
    return undefined;
  }

  abstract toString(): string;
}
