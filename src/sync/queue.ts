import { type Coroutine, describeValue } from '../core/coroutine.ts';
import { trackAwaited } from '../core/never-awaited.ts';
import { FINISHED } from '../core/waitable.ts';
import { Event } from './event.ts';
import { LoopBound } from './loop-bound.ts';
import { QueueEmpty, QueueFull, QueueShutDown } from './queue-errors.ts';
import { FifoStore, type QueueStore } from './queue-store.ts';
import { type Step, type WaitCoroutine, type WaitKind, waitCoroutine } from './wait-coroutine.ts';
import { WaitQueue } from './wait-queue.ts';

type Get = WaitCoroutine<Queue<unknown>, undefined>;

const GET: WaitKind<Queue<unknown>, undefined> = {
  linked: false,

  begin(wait: Get): Step {
    const queue = wait._owner;
    if (queue.empty() && !queue._isShutDown) return wait.park(queue._getters);
    return { value: queue.getNowait(), done: true };
  },

  /** A newcomer may have taken the item: it looks again, and has to queue up at the end. */
  resume(wait: Get): Step {
    return GET.begin(wait);
  },

  giveUp(wait: Get): void {
    const queue = wait._owner;
    if (wait._state === FINISHED && !queue.empty()) queue._getters.wakeFirst();
  },
};

/** Each keeps its item. */
type Put = WaitCoroutine<Queue<unknown>, unknown>;

const PUT: WaitKind<Queue<unknown>, unknown> = {
  linked: false,

  begin(wait: Put): Step {
    const queue = wait._owner;
    if (queue.full() && !queue._isShutDown) return wait.park(queue._putters);
    queue.putNowait(wait._own);
    return { value: undefined, done: true };
  },

  resume(wait: Put): Step {
    return PUT.begin(wait);
  },

  giveUp(wait: Put): void {
    const queue = wait._owner;
    if (wait._state === FINISHED && !queue.full()) queue._putters.wakeFirst();
  },
};

/**
 * A queue between tasks, first in first out, with room for `maxsize` items.
 *
 * @example
 * const orders = new Queue<string>(10);
 * yield* orders.put('beer');          // one task: waits while it is full
 * const order = yield* orders.get();  // another: waits while it is empty
 * orders.taskDone();
 */
export class Queue<T> extends LoopBound {
  readonly maxsize: number;
  /** @internal */ readonly _getters: WaitQueue = new WaitQueue();
  /** @internal */ readonly _putters: WaitQueue = new WaitQueue();
  /** @internal */ _isShutDown = false;
  readonly #store: QueueStore<T>;
  /** Items put for which `taskDone` was not called. */
  #unfinished = 0;
  /** Set while nothing is unfinished. */
  readonly #finished = new Event();

  /**
   * `maxsize`: room, in items; without bound by default and for 0 and below. Throws TypeError for a non-integer.
   * `store`: what keeps the items and so decides their order; first in, first out by default.
   */
  constructor(maxsize = 0, store: QueueStore<T> = new FifoStore<T>()) {
    super();
    if (!Number.isInteger(maxsize) && maxsize !== Number.POSITIVE_INFINITY) {
      throw new TypeError(`Queue maxsize must be an integer, got ${describeValue(maxsize)}`);
    }
    this.maxsize = maxsize;
    this.#store = store;
    this.#finished.set();
  }

  /** The number of items in it. */
  qsize(): number {
    return this.#store.size;
  }

  empty(): boolean {
    return this.#store.size === 0;
  }

  full(): boolean {
    return this.maxsize > 0 && this.#store.size >= this.maxsize;
  }

  /** Puts an item in, and waits for room first. Throws QueueShutDown. Does not suspend when there is room. */
  put(item: T): Coroutine<void> {
    return trackAwaited(waitCoroutine<Queue<unknown>, unknown, void>(this as Queue<unknown>, PUT, item), 'Queue.put');
  }

  /** Takes the next item, and waits for one first. Throws QueueShutDown. Does not suspend when there is one. */
  get(): Coroutine<T> {
    return trackAwaited(
      waitCoroutine<Queue<unknown>, undefined, T>(this as Queue<unknown>, GET, undefined),
      'Queue.get',
    );
  }

  /** Puts an item in at once. Throws QueueFull, QueueShutDown. */
  putNowait(item: T): void {
    if (this._isShutDown) throw new QueueShutDown('the queue was shut down');
    if (this.full()) throw new QueueFull(`the queue is full: it has room for ${this.maxsize}`);
    this.#store.push(item);
    this.#unfinished += 1;
    this.#finished.clear();
    this._getters.wakeFirst();
  }

  /** Takes the next item at once. Throws QueueEmpty, and QueueShutDown when it is empty and shut down. */
  getNowait(): T {
    if (this.empty()) {
      if (this._isShutDown) throw new QueueShutDown('the queue was shut down');
      throw new QueueEmpty('the queue is empty');
    }
    const item = this.#store.pop();
    this._putters.wakeFirst();
    return item;
  }

  /** Says that an item that was got has been dealt with. Throws RangeError when called more often than items were put. */
  taskDone(): void {
    if (this.#unfinished <= 0) throw new RangeError('taskDone() called too many times');
    this.#unfinished -= 1;
    if (this.#unfinished === 0) this.#finished.set();
  }

  /** Waits until every item that was put has been dealt with, once: more may have been put by the time it goes on. */
  *join(): Coroutine<void> {
    if (this.#unfinished > 0) yield* this.#finished.wait();
  }

  /**
   * Ends it: `put` throws QueueShutDown, `get` gives what is left and throws QueueShutDown then. `immediate` (false by
   * default) drops what is left, and counts it as dealt with. All who wait are woken.
   */
  shutdown({ immediate = false }: { readonly immediate?: boolean | undefined } = {}): void {
    this._isShutDown = true;
    if (immediate) this.#drop();
    this._getters.wakeAll();
    this._putters.wakeAll();
  }

  override toString(): string {
    const parts = [`maxsize=${this.maxsize}`, `size=${this.qsize()}`];
    if (this._getters.length > 0) parts.push(`getters=${this._getters.length}`);
    if (this._putters.length > 0) parts.push(`putters=${this._putters.length}`);
    if (this.#unfinished > 0) parts.push(`tasks=${this.#unfinished}`);
    if (this._isShutDown) parts.push('shutdown');
    return `<${this.constructor.name} ${parts.join(' ')}>`;
  }

  #drop(): void {
    while (!this.empty()) {
      this.#store.pop();
      if (this.#unfinished > 0) this.#unfinished -= 1;
    }
    if (this.#unfinished === 0) this.#finished.set();
  }
}
