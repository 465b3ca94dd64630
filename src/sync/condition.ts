import type { AsyncContextManager } from '../core/async-protocols.ts';
import { type Coroutine, describeValue, NativeCoroutine } from '../core/coroutine.ts';
import { CancelledError, RuntimeError } from '../core/errors.ts';
import { trackAwaited } from '../core/never-awaited.ts';
import type { Hold } from './hold.ts';
import { Lock, type LockHold } from './lock.ts';
import { LoopBound } from './loop-bound.ts';
import { ReleaseOnExit } from './release-on-exit.ts';
import { type Step, WaitCoroutine, type WaitKind } from './wait-coroutine.ts';
import { WaitQueue } from './wait-queue.ts';

/** The part without the lock: from giving it up until the notify. */
const NOTIFIED: WaitKind<Condition, undefined> = {
  linked: false,

  begin(wait): Step {
    const condition = wait._owner;
    const step = wait.park(condition._waiters);
    condition.release();
    return step;
  },

  resume: (): Step => ({ value: undefined, done: true }),

  giveUp(): void {},
};

const FRESH = 0;
const WAITING = 1;
const LOCKING = 2;
const OVER = 3;

/** Waits for a notify without the lock, then takes the lock again, whatever happens meanwhile. */
class ConditionWait extends NativeCoroutine {
  private readonly condition: Condition;
  private phase: typeof FRESH | typeof WAITING | typeof LOCKING | typeof OVER = FRESH;
  /** What it waits for in this phase: the notify, then the lock. */
  private part: Coroutine<unknown> | undefined = undefined;
  /** The caller's hold of the lock, which must be good again when the wait is over: `using` releases by it. */
  private hold: LockHold | undefined = undefined;
  private failed = false;
  /** The last cancel: thrown once the lock is held again. */
  private failure: unknown = undefined;

  constructor(condition: Condition) {
    super();
    this.condition = condition;
  }

  override next(): Step {
    if (this.phase === FRESH) return this.begin();
    return this.phase === OVER ? { value: undefined, done: true } : this.advance(undefined, false);
  }

  override throw(error: unknown): Step {
    if (this.phase === WAITING || this.phase === LOCKING) return this.advance(error, true);
    this.phase = OVER;
    throw error;
  }

  private begin(): Step {
    const { condition } = this;
    this.phase = OVER;
    if (!condition.locked()) throw new RuntimeError('cannot wait on un-acquired lock');
    const part = new WaitCoroutine(condition, NOTIFIED, undefined) as unknown as Coroutine<unknown>;
    this.hold = condition._hold;
    const step = part.next();
    this.part = part;
    this.phase = WAITING;
    return step;
  }

  private advance(error: unknown, throwIn: boolean): Step {
    const waiting = this.phase === WAITING;
    let step: Step;
    try {
      step = throwIn ? this.part!.throw(error) : this.part!.next();
    } catch (thrown) {
      // A cancel must not keep it from the lock: its caller is going to release it.
      if (!waiting && !(thrown instanceof CancelledError)) return this.end(true, thrown);
      this.failed = true;
      this.failure = thrown;
      return this.relock();
    }
    if (step.done !== true) return step;
    if (waiting) return this.relock();
    if (this.hold !== undefined) this.condition._hold = this.hold;
    return this.end(this.failed, this.failure);
  }

  private relock(): Step {
    this.phase = LOCKING;
    this.part = this.condition.acquire();
    return this.advance(undefined, false);
  }

  private end(failed: boolean, error: unknown): Step {
    this.phase = OVER;
    if (!failed) return { value: true, done: true };
    // It may have been notified; that notify was meant for somebody who can use it.
    this.condition._notify(1);
    throw error;
  }
}

/** What a condition needs of its lock. */
export interface LockLike {
  locked(): boolean;
  acquire(): Coroutine<Hold>;
  release(): void;
}

function isLockLike(value: unknown): value is LockLike {
  const lock = value as Partial<LockLike> | null;
  return (
    typeof lock === 'object' &&
    typeof lock?.locked === 'function' &&
    typeof lock.acquire === 'function' &&
    typeof lock.release === 'function'
  );
}

/**
 * A lock, and a place to wait until somebody who holds the lock says that something has changed.
 *
 * @example
 * yield* asyncWith(condition, function* () {
 *   yield* condition.waitFor(() => beers > 0);
 *   beers -= 1;
 * });
 */
export class Condition extends LoopBound implements AsyncContextManager<void> {
  readonly #lock: LockLike;
  /** @internal */ readonly _waiters: WaitQueue = new WaitQueue();

  /** `lock`: a lock of its own by default; several conditions may share one. Throws TypeError for what is no lock. */
  constructor(lock: LockLike = new Lock()) {
    super();
    if (!isLockLike(lock)) throw new TypeError(`Condition expects a Lock, got ${describeValue(lock)}`);
    this.#lock = lock;
  }

  locked(): boolean {
    return this.#lock.locked();
  }

  acquire(): Coroutine<Hold> {
    return this.#lock.acquire();
  }

  release(): void {
    this.#lock.release();
  }

  /**
   * Releases the lock, waits for a notify, takes the lock again and gives true. A cancelled wait takes the lock again
   * before it throws. Throws RuntimeError unless the lock is held.
   */
  wait(): Coroutine<true> {
    return trackAwaited(new ConditionWait(this) as unknown as Coroutine<true>, 'Condition.wait');
  }

  /** Waits until `predicate` gives something true, and gives that. It is asked with the lock held, after each notify. */
  *waitFor<T>(predicate: () => T): Coroutine<T> {
    let result = predicate();
    while (!result) {
      yield* this.wait();
      result = predicate();
    }
    return result;
  }

  /** Wakes `n` (1 by default) of those who wait. Throws RuntimeError unless the lock is held. */
  notify(n = 1): void {
    if (!Number.isInteger(n)) throw new TypeError(`notify expects an integer, got ${describeValue(n)}`);
    this.mustBeLocked();
    this._notify(n);
  }

  /** Wakes all who wait. Throws RuntimeError unless the lock is held. */
  notifyAll(): void {
    this.mustBeLocked();
    this._waiters.wakeAll();
  }

  /** For `asyncWith`: acquires the lock. */
  enter(): Coroutine<void> {
    return this.#enter();
  }

  *#enter(): Coroutine<void> {
    yield* this.acquire();
  }

  /** For `asyncWith`: releases the lock. */
  exit(): Coroutine<undefined> {
    return new ReleaseOnExit(this) as unknown as Coroutine<undefined>;
  }

  override toString(): string {
    const { length } = this._waiters;
    return `<Condition [${this.locked() ? 'locked' : 'unlocked'}${length > 0 ? `, waiters:${length}` : ''}]>`;
  }

  /** By which the lock is held; undefined for a lock of another kind, whose holds do not change hands. @internal */
  get _hold(): LockHold | undefined {
    const lock = this.#lock;
    return lock instanceof Lock || lock instanceof Condition ? lock._hold : undefined;
  }

  set _hold(hold: LockHold | undefined) {
    const lock = this.#lock;
    if (lock instanceof Lock || lock instanceof Condition) lock._hold = hold;
  }

  /** @internal */
  _notify(n: number): void {
    for (let left = n; left > 0 && this._waiters.wakeFirst(); left -= 1);
  }

  private mustBeLocked(): void {
    if (!this.locked()) throw new RuntimeError('cannot notify on un-acquired lock');
  }
}
