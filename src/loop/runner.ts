import { type Context, copyContext } from '../core/context.ts';
import { describeValue, isCoroutine } from '../core/coroutine.ts';
import { CancelledError, keepCause, RuntimeError } from '../core/errors.ts';
import type { Future } from '../core/future.ts';
import { runningSchedulerOrUndefined } from '../core/scheduler.ts';
import type { Task } from '../core/task.ts';
import { AbortGuard, checkSignal } from './abort-guard.ts';
import type { EventLoop } from './event-loop.ts';
import { InterruptGuard, KeyboardInterrupt } from './interrupt.ts';
import { coroutineOf, drive, type Main, runTask, shutDown } from './lifecycle.ts';
import { newEventLoop } from './new-event-loop.ts';

export interface RunnerOptions {
  /** Turns debug mode on or off; default: as the environment variable TSYNCIO_DEBUG says. */
  readonly debug?: boolean | undefined;
  /** Makes the loop; default `newEventLoop`. */
  readonly loopFactory?: (() => EventLoop) | undefined;
}

export interface RunnerRunOptions {
  /** The context of the main task; default: the runner's own, the same for each run. */
  readonly context?: Context | undefined;
  /** Cancels the main task when it is aborted; what ends in CancelledError by that rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

export interface RunOptions extends RunnerOptions {
  /** Cancels the main task when it is aborted; what ends in CancelledError by that rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs several main coroutines, one after the other, on one loop and in one context.
 *
 * @example
 * const runner = new Runner();
 * try { await runner.run(first()); await runner.run(second()); } finally { await runner.close(); }
 */
export class Runner {
  readonly #options: RunnerOptions;
  #loop: EventLoop | undefined = undefined;
  #context: Context | undefined = undefined;
  #closed = false;

  constructor(options: RunnerOptions = {}) {
    if (options.loopFactory !== undefined && typeof options.loopFactory !== 'function') {
      throw new TypeError(`loopFactory must be a function, got ${describeValue(options.loopFactory)}`);
    }
    this.#options = options;
  }

  /** The loop; made at the first call. Throws RuntimeError when the runner is closed. */
  getLoop(): EventLoop {
    if (this.#closed) throw new RuntimeError('Runner is closed');
    if (this.#loop === undefined) {
      this.#loop = (this.#options.loopFactory ?? newEventLoop)();
      if (this.#options.debug !== undefined) this.#loop.setDebug(this.#options.debug);
      this.#context = copyContext();
    }
    return this.#loop;
  }

  /**
   * Runs a coroutine to its end and gives its result. Rejects with RuntimeError inside a running loop, with TypeError
   * for what is no coroutine, with KeyboardInterrupt when Ctrl-C ended it, with the reason of `signal` when that did,
   * with DeadlockError when it can never end. With a signal that is aborted already, main does not begin.
   */
  async run<T>(main: Main<T>, options: RunnerRunOptions = {}): Promise<T> {
    if (runningSchedulerOrUndefined() !== undefined) {
      throw new RuntimeError('Runner.run() cannot be called from a running event loop: use yield* or createTask');
    }
    const loop = this.getLoop();
    loop._checkMayRun();
    const { signal } = options;
    if (signal !== undefined) refuseAborted(signal, main);
    const coroutine = coroutineOf(main);
    const steps = runTask(loop, coroutine, options.context ?? this.#context);
    let guard: InterruptGuard | undefined;
    let abortGuard: AbortGuard | undefined;
    const watched = (function* (): Generator<Future<unknown>, T, void> {
      const first = steps.next();
      if (first.done === true) return first.value;
      const task = first.value as Task<unknown>;
      guard = new InterruptGuard(task);
      if (signal !== undefined) abortGuard = new AbortGuard(task, signal);
      yield first.value;
      return (steps.next() as IteratorReturnResult<T>).value;
    })();
    try {
      return await drive(loop, watched);
    } catch (error) {
      if (error instanceof CancelledError && guard?.interrupted()) {
        throw new KeyboardInterrupt('interrupted by SIGINT', { cause: error });
      }
      if (error instanceof CancelledError && abortGuard?.fired()) throw signal!.reason;
      throw error;
    } finally {
      guard?.remove();
      abortGuard?.remove();
    }
  }

  /** Cancels what is left, waits for it and closes the loop. May be called twice. Rejects with RuntimeError while it runs. */
  async close(): Promise<void> {
    const loop = this.#loop;
    if (loop?.isRunning()) throw new RuntimeError('Runner.close() cannot be called while the runner runs');
    this.#closed = true;
    this.#loop = undefined;
    if (loop === undefined) return;
    try {
      await drive(loop, shutDown(loop));
    } finally {
      loop.close();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function refuseAborted(signal: AbortSignal, main: Main<unknown>): void {
  checkSignal(signal, 'run: signal');
  if (!signal.aborted) return;
  if (isCoroutine(main)) main.return(undefined);
  throw signal.reason;
}

/**
 * Runs a coroutine, or a coroutine function, on a loop of its own: the door into tsyncio. The promise settles when it is
 * done, every task left over is cancelled and has ended, and the loop is closed.
 *
 * Rejects with what the coroutine throws, or with what fails while the rest is ended, whose cause is then what the
 * coroutine threw; TypeError for what is no coroutine; RuntimeError from inside a running loop;
 * KeyboardInterrupt after Ctrl-C; the reason of `signal` when that was aborted; DeadlockError when it can never go on.
 *
 * @example
 * await run(function* () { yield* sleep(100); });
 */
export async function run<T>(main: Main<T>, options: RunOptions = {}): Promise<T> {
  if (runningSchedulerOrUndefined() !== undefined) {
    throw new RuntimeError('run() cannot be called from a running event loop: use yield* or createTask');
  }
  const runner = new Runner(options);
  let result: T;
  try {
    result = await runner.run(main, { signal: options.signal });
  } catch (error) {
    await runner.close().catch((later: unknown) => {
      keepCause(later, error);
      throw later;
    });
    throw error;
  }
  await runner.close();
  return result;
}
