import type { Coroutine } from '../core/coroutine.ts';
import { trackAwaited } from '../core/never-awaited.ts';
import { LoopBound } from './loop-bound.ts';
import { type Step, WaitCoroutine } from './wait-coroutine.ts';
import { type Waiter, WaitQueue } from './wait-queue.ts';

class EventWait extends WaitCoroutine {
  readonly #event: Event;

  constructor(event: Event) {
    super();
    this.#event = event;
  }

  protected override begin(): Step {
    return this.#event.isSet() ? this.resume() : this.park(this.#event._waiters);
  }

  /** It does not look again: an event that was set and cleared at once still wakes everybody. */
  protected override resume(): Step {
    return { value: true, done: true };
  }

  protected override giveUp(waiter: Waiter): void {
    this.#event._waiters.remove(waiter);
  }
}

/**
 * A flag that tasks wait for. Setting it wakes all of them, also when it is cleared again before they run.
 *
 * @example
 * const open = new Event();
 * yield* open.wait(); // elsewhere: open.set()
 */
export class Event extends LoopBound {
  #set = false;
  /** @internal */ readonly _waiters: WaitQueue = new WaitQueue(this);

  isSet(): boolean {
    return this.#set;
  }

  set(): void {
    if (this.#set) return;
    this.#set = true;
    this._waiters.wakeAll();
  }

  clear(): void {
    this.#set = false;
  }

  /** Waits until it is set; gives true. Does not suspend when it is set already. */
  wait(): Coroutine<true> {
    return trackAwaited(new EventWait(this) as unknown as Coroutine<true>, 'Event.wait');
  }

  override toString(): string {
    const { length } = this._waiters;
    return `<Event [${this.#set ? 'set' : 'unset'}${length > 0 ? `, waiters:${length}` : ''}]>`;
  }
}
