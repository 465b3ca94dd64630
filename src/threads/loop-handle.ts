import type { MessagePort } from 'node:worker_threads';
import { describeValue, isCoroutine } from '../core/coroutine.ts';
import { ensureFutureOn } from '../core/ensure-future.ts';
import { RuntimeError } from '../core/errors.ts';
import { type Future, isFuture } from '../core/future.ts';
import { runningScheduler, type Scheduler } from '../core/scheduler.ts';
import { isPromiseLike } from '../core/wrap-future.ts';
import { nodeThreads } from '../node/builtins.ts';
import { recordError } from './error-record.ts';
import type { LoopAnswer, LoopCalls, LoopRequest } from './loop-messages.ts';

export interface LoopHandleOptions {
  /** Default: the running one. */
  readonly loop?: { readonly scheduler: Scheduler } | undefined;
}

/**
 * A loop that can be sent to one other thread: as an argument of `toThread` it arrives as a `RemoteLoop`. To a Worker
 * of your own send `takePort()` and call `remoteLoop(port)` there.
 */
export class LoopHandle<C extends LoopCalls = LoopCalls> {
  readonly #scheduler: Scheduler;
  readonly #calls: ReadonlyMap<string, (...args: readonly unknown[]) => unknown>;
  readonly #port: MessagePort;
  /** What runs for the other thread, by the ids of its requests. */
  readonly #running = new Map<number, Future<unknown>>();
  #otherPort: MessagePort | undefined;

  /** Use `loopHandle`. @internal */
  constructor(calls: C, scheduler: Scheduler) {
    this.#scheduler = scheduler;
    this.#calls = new Map(Object.entries(calls as unknown as Record<string, () => unknown>));
    const { port1, port2 } = new (nodeThreads().MessageChannel)();
    this.#port = port1;
    this.#otherPort = port2;
    port1.on('message', (request: LoopRequest) => this.#receive(request));
    port1.on('close', () => this.#receiveClose());
    // The thread that waits keeps the process alive, not the one that may be asked.
    port1.unref();
  }

  /** The port to send to a Worker, in its transfer list. Throws RuntimeError the second time. */
  takePort(): MessagePort {
    const port = this.#otherPort;
    if (port === undefined) throw new RuntimeError('this loop handle was sent to a thread already: make one for each');
    this.#otherPort = undefined;
    return port;
  }

  /** Cuts the other thread off; what runs for it is cancelled. May be called twice. */
  close(): void {
    this.#port.close();
  }

  /** From Node's side of the thread: goes on in a turn of the loop. */
  #receive(request: LoopRequest): void {
    const { closed } = this.#scheduler;
    if ('cancel' in request) {
      if (!closed) this.#scheduler.callSoon(() => this.#running.get(request.cancel)?.cancel(request.message));
    } else if (!closed) {
      this.#scheduler.callSoon(() => this.#call(request.id, request.name, request.args));
    } else if (request.id !== undefined) {
      this.#answer({ id: request.id, error: recordError(new RuntimeError('Event loop is closed')) });
    }
  }

  #receiveClose(): void {
    if (this.#running.size === 0 || this.#scheduler.closed) return;
    this.#scheduler.callSoon(() => {
      for (const future of this.#running.values()) future.cancel('the thread that asked has ended');
    });
  }

  #call(id: number | undefined, name: string, args: readonly unknown[]): void {
    if (id === undefined) {
      this.#start(name, args);
      return;
    }
    try {
      const result = this.#start(name, args);
      if (isFuture(result)) this.#watch(id, result);
      else this.#answer({ id, value: result });
    } catch (error) {
      this.#answer({ id, error: recordError(error) });
    }
  }

  /** A coroutine becomes a task, a promise a future. */
  #start(name: string, args: readonly unknown[]): unknown {
    const fn = this.#calls.get(name);
    if (fn === undefined) throw new RuntimeError(`the loop handle has no function ${name}`);
    const result = fn(...args);
    return isCoroutine(result) || isPromiseLike(result) ? ensureFutureOn(this.#scheduler, result) : result;
  }

  #watch(id: number, future: Future<unknown>): void {
    this.#running.set(id, future);
    future.addDoneCallback(() => {
      this.#running.delete(id);
      try {
        this.#answer({ id, value: future.result() });
      } catch (error) {
        // What it threw, or a result that cannot be cloned.
        this.#answer({ id, error: recordError(error) });
      }
    });
  }

  #answer(answer: LoopAnswer): void {
    this.#port.postMessage(answer);
  }
}

/**
 * Makes a loop reachable from another thread, which may call the functions in `calls` by their names, with
 * `callSoonThreadsafe` and `runCoroutineThreadsafe`. When that thread's function ends, the handle is closed.
 *
 * Throws TypeError unless `calls` is an object of functions, RuntimeError when no loop is given and none runs.
 *
 * @example
 * const bar = loopHandle({ *order(name: string) { yield* sleep(100); return `a beer for ${name}`; } });
 * yield* toThread(async (loop) => loop.runCoroutineThreadsafe('order', 'Ann'), bar);
 *
 * Differs from asyncio, where threads share functions and the loop itself.
 */
export function loopHandle<C extends LoopCalls>(calls: C, options?: LoopHandleOptions): LoopHandle<C> {
  if (typeof calls !== 'object' || calls === null) {
    throw new TypeError(`loopHandle expects an object of functions, got ${describeValue(calls)}`);
  }
  for (const [name, fn] of Object.entries(calls)) {
    if (typeof fn !== 'function')
      throw new TypeError(`loopHandle: ${name} must be a function, got ${describeValue(fn)}`);
  }
  const scheduler = options?.loop?.scheduler ?? runningScheduler();
  scheduler.checkOpen();
  return new LoopHandle(calls, scheduler);
}
