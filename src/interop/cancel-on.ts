import type { AsyncContextManager } from '../core/async-protocols.ts';
import type { Coroutine } from '../core/coroutine.ts';
import { CancelledError, RuntimeError } from '../core/errors.ts';
import { immediate } from '../core/immediate.ts';
import { runningScheduler } from '../core/scheduler.ts';
import type { Task } from '../core/task.ts';
import { AbortGuard, checkSignal } from '../loop/abort-guard.ts';

/** The context manager that `cancelOn` returns: `timeout` with a signal in place of a clock. */
export class SignalScope implements AsyncContextManager<AbortSignal> {
  readonly #signal: AbortSignal;
  #guard: AbortGuard | undefined = undefined;

  /** @internal */
  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  enter(): Coroutine<AbortSignal> {
    if (this.#guard !== undefined) throw new RuntimeError('cancelOn has already been entered');
    const task = runningScheduler().currentTask as Task<unknown> | undefined;
    if (task === undefined) throw new RuntimeError('cancelOn should be used inside a task');
    if (this.#signal.aborted) throw this.#signal.reason;
    this.#guard = new AbortGuard(task, this.#signal, task.cancelling());
    return immediate(this.#signal);
  }

  exit(error: unknown): Coroutine<void> {
    const guard = this.#guard;
    guard?.remove();
    if (guard?.fired() && error instanceof CancelledError) throw this.#signal.reason;
    return immediate(undefined);
  }
}

/**
 * Cancels the body of `asyncWith` when the signal is aborted; the body's CancelledError leaves as the signal's reason (an
 * AbortError, unless another was given), as it does from `fetch`. With a signal that is aborted already the body does
 * not begin. The listener goes with the body. Throws TypeError for what is no AbortSignal.
 *
 * @example
 * yield* asyncWith(cancelOn(request.signal), serve('Ann'));
 */
export function cancelOn(signal: AbortSignal): SignalScope {
  checkSignal(signal, 'cancelOn');
  return new SignalScope(signal);
}
