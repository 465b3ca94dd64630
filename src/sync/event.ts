import type { Coroutine } from '../core/coroutine.ts';
import { trackAwaited } from '../core/never-awaited.ts';
import { LoopBound } from './loop-bound.ts';
import { type Step, type WaitCoroutine, type WaitKind, waitCoroutine } from './wait-coroutine.ts';
import { WaitQueue } from './wait-queue.ts';

type Wait = WaitCoroutine<Event, undefined>;

const WAIT: WaitKind<Event, undefined> = {
  linked: false,

  begin(wait: Wait): Step {
    return wait._owner.isSet() ? { value: true, done: true } : wait.park(wait._owner._waiters);
  },

  /** It does not look again: an event that was set and cleared at once still wakes everybody. */
  resume(): Step {
    return { value: true, done: true };
  },

  giveUp(): void {},
};

/**
 * A flag that tasks wait for. Setting it wakes all of them, also when it is cleared again before they run.
 *
 * @example
 * const open = new Event();
 * yield* open.wait(); // elsewhere: open.set()
 */
export class Event extends LoopBound {
  #set = false;
  /** @internal */ readonly _waiters: WaitQueue = new WaitQueue();

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
    return trackAwaited(waitCoroutine<Event, undefined, true>(this, WAIT, undefined), 'Event.wait');
  }

  override toString(): string {
    const { length } = this._waiters;
    return `<Event [${this.#set ? 'set' : 'unset'}${length > 0 ? `, waiters:${length}` : ''}]>`;
  }
}
