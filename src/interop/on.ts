import { type AsyncCoroutineIterable, type AsyncCoroutineIterator, asyncIterate } from '../core/async-protocols.ts';
import { type Coroutine, describeValue } from '../core/coroutine.ts';
import { checkSignal } from '../loop/abort-guard.ts';
import { Queue } from '../sync/queue.ts';
import { QueueShutDown } from '../sync/queue-errors.ts';
import { type EmitterLike, type EventTargetLike, Listening } from './listening.ts';

export interface OnOptions {
  /** Events that end the iteration, after what came before them. */
  readonly close?: Iterable<string | symbol> | undefined;
  /** Ends the iteration when it is aborted, with the signal's reason as an error after what came before. */
  readonly signal?: AbortSignal | undefined;
  /**
   * In events: with so many in the buffer the emitter is paused until all are taken. For emitters that have `pause` and
   * `resume`. Default: without bound, for another emitter cannot be held back and nothing is dropped.
   */
  readonly highWaterMark?: number | undefined;
}

interface Pausable {
  pause(): unknown;
  resume(): unknown;
}

/**
 * The events of an emitter one by one, each as the list of what its listeners get: what `on` returns.
 *
 * It listens until it is closed: by `close`, by leaving `asyncFor`, by an event of `close`, by an error, or by a cancel
 * while it waits for the next one.
 */
export class EventStream<A extends unknown[]> implements AsyncCoroutineIterable<A>, AsyncCoroutineIterator<A> {
  readonly #queue = new Queue<A>();
  readonly #listening: Listening;
  readonly #pausable: Pausable | undefined;
  readonly #highWaterMark: number;
  #paused = false;
  #failure: { readonly error: unknown } | undefined = undefined;

  /** Use `on`. @internal */
  constructor(source: EmitterLike | EventTargetLike, event: string | symbol, options: OnOptions) {
    const { signal, close = [], highWaterMark } = options;
    if (signal !== undefined) checkSignal(signal, 'on: signal');
    const listening = new Listening(source, 'on');
    this.#listening = listening;
    this.#highWaterMark = highWaterMark ?? Number.POSITIVE_INFINITY;
    this.#pausable = highWaterMark === undefined ? undefined : pausable(source, highWaterMark);
    const fail = (error: unknown): void => {
      this.#failure = { error };
      this.#end();
    };
    if (signal?.aborted) {
      fail(signal.reason);
      return;
    }
    listening.to(event, (...args) => this.#came(args as A));
    for (const name of close) listening.to(name, () => this.#end());
    listening.toErrors(event, fail);
    listening.toAbort(signal, fail);
  }

  /** The next event; at once when one is buffered. Throws an 'error' of the emitter once, after what came before it. */
  *next(): Coroutine<IteratorResult<A, undefined>> {
    let value: A;
    try {
      value = yield* this.#queue.get();
    } catch (error) {
      if (error instanceof QueueShutDown) return this.#over();
      this.#end();
      throw error;
    }
    if (this.#paused && this.#queue.empty()) this.#resume();
    return { value, done: false };
  }

  /** As `close`. */
  *return(): Coroutine<void> {
    this.close();
  }

  /** Listens no more and drops what is buffered. May be called twice. */
  close(): void {
    this.#listening.stop();
    this.#failure = undefined;
    this.#queue.shutdown({ immediate: true });
    if (this.#paused) this.#resume();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  [asyncIterate](): this {
    return this;
  }

  #came(args: A): void {
    this.#queue.putNowait(args);
    if (this.#paused || this.#queue.qsize() < this.#highWaterMark) return;
    this.#paused = true;
    this.#pausable?.pause();
  }

  #resume(): void {
    this.#paused = false;
    this.#pausable?.resume();
  }

  /** What is buffered can still be taken. */
  #end(): void {
    this.#listening.stop();
    this.#queue.shutdown();
  }

  #over(): IteratorResult<never, undefined> {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) throw failure.error;
    return { value: undefined, done: true };
  }
}

function pausable(source: unknown, highWaterMark: number): Pausable {
  if (!Number.isInteger(highWaterMark) || highWaterMark < 1) {
    throw new RangeError(`on: highWaterMark must be an integer of at least 1, got ${String(highWaterMark)}`);
  }
  const emitter = source as Partial<Pausable>;
  if (typeof emitter.pause === 'function' && typeof emitter.resume === 'function') return emitter as Pausable;
  throw new TypeError(`on: highWaterMark is for what has pause and resume, got ${describeValue(source)}`);
}

/**
 * The events of an EventEmitter or EventTarget for `asyncFor`. It listens from the call on; what comes while nobody
 * asks is buffered, and nothing is dropped before the end.
 *
 * As with Node's `events.on` an 'error' ends it, and is thrown after what came before it. A cancel while it waits ends
 * it too, as it ends an asynchronous generator: no listener is left. Throws TypeError for what emits no events.
 *
 * @example
 * yield* asyncFor(on<[Buffer]>(socket, 'data', { close: ['end'] }), function* ([data]) { … });
 */
export function on(target: EventTarget, event: string, options?: OnOptions): EventStream<[Event]>;
export function on<A extends unknown[] = unknown[]>(
  emitter: EmitterLike,
  event: string | symbol,
  options?: OnOptions,
): EventStream<A>;
export function on(
  source: EmitterLike | EventTargetLike,
  event: string | symbol,
  options: OnOptions = {},
): EventStream<unknown[]> {
  return new EventStream(source, event, options);
}
