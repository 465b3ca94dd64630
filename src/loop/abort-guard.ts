import { describeValue } from '../core/coroutine.ts';
import type { Task } from '../core/task.ts';

/** Throws TypeError unless it is an AbortSignal, of this realm or another. */
export function checkSignal(signal: unknown, what: string): asserts signal is AbortSignal {
  const given = signal as Partial<AbortSignal> | null | undefined;
  if (typeof given?.aborted === 'boolean' && typeof given.addEventListener === 'function') return;
  throw new TypeError(`${what} expects an AbortSignal, got ${describeValue(signal)}`);
}

/** Cancels a task when a signal is aborted. */
export class AbortGuard {
  readonly #task: Task<unknown>;
  readonly #signal: AbortSignal;
  /** Of the cancels asked for, how many are others'. */
  readonly #others: number;
  #fired = false;
  readonly #listener = (): void => {
    this.#fired = true;
    this.#task.cancel();
  };

  constructor(task: Task<unknown>, signal: AbortSignal, others = 0) {
    this.#task = task;
    this.#signal = signal;
    this.#others = others;
    signal.addEventListener('abort', this.#listener, { once: true });
  }

  /** Takes its cancel back; true when the task was cancelled by the signal and by nobody else. */
  fired(): boolean {
    return this.#fired && this.#task.uncancel() <= this.#others;
  }

  remove(): void {
    this.#signal.removeEventListener('abort', this.#listener);
  }
}
