import type { MessagePort } from 'node:worker_threads';
import type { AwaitableLike, AwaitedOf } from '../core/coroutine.ts';
import { CancelledError, RuntimeError } from '../core/errors.ts';
import { rebuildError } from './error-record.ts';
import type { LoopAnswer, LoopCalls, LoopRequest } from './loop-messages.ts';

/** A promise of what a loop in another thread works at. */
export interface RemotePromise<T> extends Promise<T> {
  /** Rejects with CancelledError at once and cancels the task over there; false when it has settled. */
  cancel(message?: string): boolean;
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** What is got from a call over there: of a coroutine or promise its result. */
type ResultOf<F> = F extends (...args: never[]) => infer R
  ? R extends AwaitableLike<unknown>
    ? AwaitedOf<R>
    : R
  : never;
type ArgsOf<F> = F extends (...args: infer A) => unknown ? A : never;

/**
 * A loop as another thread sees it: what a `LoopHandle` becomes when it is sent there.
 *
 * @example
 * // in the thread
 * loop.callSoonThreadsafe('progress', 0.5);
 * const beer = await loop.runCoroutineThreadsafe('order', 'Ann');
 */
export class RemoteLoop<C extends LoopCalls = LoopCalls> {
  readonly #port: MessagePort;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #closed = false;

  /** @internal */
  constructor(port: MessagePort) {
    this.#port = port;
    port.on('message', (answer: LoopAnswer) => this.#answered(answer));
    port.on('close', () => this.#over());
    // A thread that waits for nothing may end.
    port.unref();
  }

  /** Calls a function of the handle in the loop's thread. Throws RuntimeError when the handle is closed. */
  callSoonThreadsafe<N extends keyof C & string>(name: N, ...args: ArgsOf<C[N]>): void {
    this.#post({ name, args });
  }

  /**
   * Calls a function of the handle in the loop's thread and gives its result; a coroutine that it returns runs there as
   * a task. Rejects with what it throws, with RuntimeError when the handle is closed before.
   */
  runCoroutineThreadsafe<N extends keyof C & string>(name: N, ...args: ArgsOf<C[N]>): RemotePromise<ResultOf<C[N]>> {
    this.#lastId += 1;
    const id = this.#lastId;
    this.#post({ id, name, args });
    this.#port.ref();
    const promise = new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    const cancel = (message?: string): boolean => this.#cancel(id, message, promise);
    return Object.assign(promise, { cancel }) as unknown as RemotePromise<ResultOf<C[N]>>;
  }

  /** Gives the handle up: what still runs for this thread is cancelled. May be called twice. */
  close(): void {
    this.#port.close();
    this.#over();
  }

  #post(request: LoopRequest): void {
    if (this.#closed) throw new RuntimeError('the loop handle is closed');
    this.#port.postMessage(request);
  }

  #answered(answer: LoopAnswer): void {
    const waiting = this.#take(answer.id);
    // Cancelled on this side meanwhile.
    if (waiting === undefined) return;
    if ('error' in answer) waiting.reject(rebuildError(answer.error));
    else waiting.resolve(answer.value);
  }

  #cancel(id: number, message: string | undefined, promise: Promise<unknown>): boolean {
    const waiting = this.#take(id);
    if (waiting === undefined) return false;
    // Who cancels knows of it: no unhandled rejection if nobody looks any more.
    promise.catch(() => {});
    waiting.reject(new CancelledError(message));
    this.#post({ cancel: id, message });
    return true;
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) this.#port.unref();
    return waiting;
  }

  #over(): void {
    this.#closed = true;
    const left = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of left) reject(new RuntimeError('the loop handle was closed before the answer came'));
  }
}

/** The loop behind the port of a `LoopHandle`, in a thread that was not made by `toThread`. */
export function remoteLoop<C extends LoopCalls = LoopCalls>(port: MessagePort): RemoteLoop<C> {
  return new RemoteLoop<C>(port);
}
