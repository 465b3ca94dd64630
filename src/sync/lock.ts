import type { AsyncContextManager } from '../core/async-protocols.ts';
import type { Coroutine } from '../core/coroutine.ts';
import { RuntimeError } from '../core/errors.ts';
import { trackAwaited } from '../core/never-awaited.ts';
import { runningSchedulerOrUndefined } from '../core/scheduler.ts';
import type { Task } from '../core/task.ts';
import { FINISHED, PENDING } from '../core/waitable.ts';
import type { Hold } from './hold.ts';
import { LoopBound } from './loop-bound.ts';
import { ReleaseOnExit } from './release-on-exit.ts';
import { type Step, type WaitCoroutine, type WaitKind, waitCoroutine } from './wait-coroutine.ts';
import { KEEP_CANCELLED, WaitQueue } from './wait-queue.ts';

/** @internal */
export class LockHold implements Hold {
  private readonly lock: Lock;
  /** Who holds it, for reports of deadlocks. */
  readonly task: Task<unknown> | undefined;

  constructor(lock: Lock) {
    this.lock = lock;
    this.task = runningSchedulerOrUndefined()?.currentTask as Task<unknown> | undefined;
  }

  get held(): boolean {
    return this.lock._hold === this;
  }

  [Symbol.dispose](): void {
    if (this.held) this.lock.release();
  }
}

type Acquire = WaitCoroutine<Lock, boolean>;

/** Each keeps whether it gives the hold or, for `asyncWith`, nothing. */
const ACQUIRE: WaitKind<Lock, boolean> = {
  linked: true,

  begin(wait: Acquire): Step {
    const lock = wait._owner;
    // A free lock goes to the one that was woken for it: a newcomer passes only those who were cancelled.
    if (lock._hold === undefined && lock._waiters.live === 0) return take(wait);
    return wait.park(lock._waiters);
  },

  resume(wait: Acquire): Step {
    wait._owner._waiters.remove(wait);
    return take(wait);
  },

  giveUp(wait: Acquire): void {
    const lock = wait._owner;
    lock._waiters.remove(wait);
    // The wake-up may have been meant for this one, or held back because this one stood first: pass it on.
    if (lock._hold === undefined) lock._wakeFirst();
  },
};

function take(wait: Acquire): Step {
  const hold = new LockHold(wait._owner);
  wait._owner._hold = hold;
  return { value: wait._own ? hold : undefined, done: true };
}

/**
 * Mutual exclusion of tasks, first come first served. Not reentrant.
 *
 * Differs from asyncio: `acquire` gives a hold (true in a condition) that `using` releases.
 *
 * @example
 * const lock = new Lock();
 * using hold = yield* lock.acquire();
 * // or: yield* asyncWith(lock, function* () { … });
 */
export class Lock extends LoopBound implements AsyncContextManager<void> {
  /** Undefined while the lock is free; also while a woken waiter is on its way. @internal */
  _hold: LockHold | undefined = undefined;
  /** @internal */ readonly _waiters: WaitQueue = new WaitQueue(KEEP_CANCELLED);

  /** True while somebody holds it; false from `release` until the next one has run. */
  locked(): boolean {
    return this._hold !== undefined;
  }

  /** Waits until the lock is free, and takes it. Does not suspend when it is free and nobody waits. */
  acquire(): Coroutine<Hold> {
    return trackAwaited(waitCoroutine<Lock, boolean, Hold>(this, ACQUIRE, true), 'Lock.acquire');
  }

  /** Sets it free and wakes the first who waits. Any task may do it. Throws RuntimeError when it is free. */
  release(): void {
    if (this._hold === undefined) throw new RuntimeError('Lock is not acquired.');
    this._hold = undefined;
    this._wakeFirst();
  }

  /** For `asyncWith`: acquires. */
  enter(): Coroutine<void> {
    return waitCoroutine(this, ACQUIRE, false);
  }

  /** For `asyncWith`: releases. */
  exit(): Coroutine<undefined> {
    return new ReleaseOnExit(this) as unknown as Coroutine<undefined>;
  }

  override toString(): string {
    const parts = [this.locked() ? 'locked' : 'unlocked'];
    if (this._holder !== undefined) parts.push(`holder:${this._holder.getName()}`);
    if (this._waiters.length > 0) parts.push(`waiters:${this._waiters.length}`);
    return `<Lock [${parts.join(', ')}]>`;
  }

  /** The one woken stays first until it has run. @internal */
  _wakeFirst(): void {
    const { first } = this._waiters;
    if (first !== undefined && first._state === PENDING) first._finish(FINISHED);
  }

  /** The task that holds it. @internal */
  override get _holder(): Task<unknown> | undefined {
    return this._hold?.task;
  }
}
