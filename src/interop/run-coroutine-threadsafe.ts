import type { AwaitableLike } from '../core/coroutine.ts';
import { describeValue, isCoroutine } from '../core/coroutine.ts';
import { ensureFutureOn } from '../core/ensure-future.ts';
import { CancelledError } from '../core/errors.ts';
import type { Future } from '../core/future.ts';
import type { EventLoop } from '../loop/event-loop.ts';

/** A promise of what a loop works at, which can be called off. */
export interface CancellablePromise<T> extends Promise<T> {
  /** Rejects with CancelledError at once and cancels the task in the loop's next turn; false when it has settled. */
  cancel(message?: string): boolean;
}

export interface RunCoroutineThreadsafeOptions {
  /** Cancels when it is aborted. */
  readonly signal?: AbortSignal | undefined;
}

/** What is known on this side of the submitted coroutine. */
class Submission<T> {
  readonly promise: CancellablePromise<T>;
  readonly #loop: EventLoop;
  readonly #signal: AbortSignal | undefined;
  #resolve!: (value: T) => void;
  #reject!: (reason: unknown) => void;
  #task: Future<T> | undefined = undefined;
  #settled = false;
  readonly #aborted = (): void => {
    const reason: unknown = this.#signal?.reason;
    this.cancel(reason instanceof Error ? reason.message : undefined);
  };

  constructor(loop: EventLoop, signal: AbortSignal | undefined) {
    this.#loop = loop;
    this.#signal = signal;
    const promise = new Promise<T>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.promise = Object.assign(promise, { cancel: (message?: string) => this.cancel(message) });
    if (signal?.aborted) this.#aborted();
    else signal?.addEventListener('abort', this.#aborted, { once: true });
  }

  /** In the loop: makes the task, unless it was cancelled before it came to that. */
  start(coroutine: AwaitableLike<T>): void {
    if (this.#settled) {
      if (isCoroutine(coroutine)) coroutine.return(undefined);
      return;
    }
    try {
      this.#task = ensureFutureOn(this.#loop.scheduler, coroutine);
    } catch (error) {
      this.#settle();
      this.#reject(error);
      throw error;
    }
    this.#task.addDoneCallback((task) => this.#taskDone(task));
  }

  cancel(message: string | undefined): boolean {
    if (this.#settled) return false;
    this.#settle();
    this.#reject(new CancelledError(message));
    // Who cancels knows of it: no unhandled rejection if nobody looks any more.
    this.promise.catch(() => {});
    const task = this.#task;
    if (task !== undefined && !this.#loop.isClosed()) this.#loop.callSoonThreadsafe(() => task.cancel(message));
    return true;
  }

  #taskDone(task: Future<T>): void {
    // Cancelled on this side: an error in the task's cleanup is still reported, since nobody asks for it here.
    if (this.#settled) return;
    this.#settle();
    try {
      this.#resolve(task.result());
    } catch (error) {
      this.#reject(error);
    }
  }

  #settle(): void {
    this.#settled = true;
    this.#signal?.removeEventListener('abort', this.#aborted);
  }
}

/**
 * Submits a coroutine to a loop from ordinary Node code outside of it (an event listener, an `async` function, a web
 * framework's handler) and returns a promise of its result that can be cancelled, by its method `cancel` or a signal.
 *
 * Throws TypeError for what is no coroutine, RuntimeError when the loop is closed. Like any promise, it stays pending
 * when the loop is closed before the coroutine has ended; `run` and `Runner` cancel what is left, which rejects it.
 *
 * Differs from asyncio: it returns a Promise, and the caller is in the loop's own thread. From a worker thread a
 * loop is reached by `loopHandle`.
 *
 * @example
 * server.on('request', async (request, response) => response.end(await runCoroutineThreadsafe(answer(request), loop)));
 */
export function runCoroutineThreadsafe<T>(
  coroutine: AwaitableLike<T>,
  loop: EventLoop,
  options?: RunCoroutineThreadsafeOptions,
): CancellablePromise<T> {
  if (!isCoroutine(coroutine)) throw new TypeError(`a coroutine is required, got ${describeValue(coroutine)}`);
  loop.scheduler.checkOpen();
  const submission = new Submission<T>(loop, options?.signal);
  loop.callSoonThreadsafe(() => submission.start(coroutine as AwaitableLike<T>));
  return submission.promise;
}
