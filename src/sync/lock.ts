import type { AsyncContextManager } from '../core/async-protocols.ts';
import type { Coroutine } from '../core/coroutine.ts';
import { RuntimeError } from '../core/errors.ts';
import { FINISHED, PENDING } from '../core/future.ts';
import { trackAwaited } from '../core/never-awaited.ts';
import { runningSchedulerOrUndefined } from '../core/scheduler.ts';
import type { Task } from '../core/task.ts';
import type { Hold } from './hold.ts';
import { LoopBound } from './loop-bound.ts';
import { ReleaseOnExit } from './release-on-exit.ts';
import { type Step, WaitCoroutine } from './wait-coroutine.ts';
import { KEEP_CANCELLED, type Waiter, WaitQueue } from './wait-queue.ts';

/** Both the coroutine of `acquire` and the hold that it gives: a free lock costs this one object. */
class LockAcquire extends WaitCoroutine implements Hold {
  readonly #lock: Lock;
  readonly #givesHold: boolean;
  /** Who holds it, for reports of deadlocks. */
  task: Task<unknown> | undefined = undefined;

  constructor(lock: Lock, givesHold: boolean) {
    super();
    this.#lock = lock;
    this.#givesHold = givesHold;
  }

  get held(): boolean {
    return this.#lock._hold === this;
  }

  [Symbol.dispose](): void {
    if (this.held) this.#lock.release();
  }

  protected override begin(): Step {
    const lock = this.#lock;
    // A free lock goes to the one that was woken for it: a newcomer passes only those who were cancelled.
    if (lock._hold === undefined && lock._waiters.live === 0) return this.take();
    return this.park(lock._waiters);
  }

  protected override resume(waiter: Waiter): Step {
    this.#lock._waiters.remove(waiter);
    return this.take();
  }

  protected override giveUp(waiter: Waiter): void {
    this.#lock._waiters.remove(waiter);
    // The wake-up may have been meant for this one, or held back because this one stood first: pass it on.
    if (this.#lock._hold === undefined) this.#lock._wakeFirst();
  }

  private take(): Step {
    this.#lock._hold = this;
    this.task = runningSchedulerOrUndefined()?.currentTask as Task<unknown> | undefined;
    return { value: this.#givesHold ? this : undefined, done: true };
  }
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
  _hold: LockAcquire | undefined = undefined;
  /** @internal */ readonly _waiters: WaitQueue = new WaitQueue(this, KEEP_CANCELLED);

  /** True while somebody holds it; false from `release` until the next one has run. */
  locked(): boolean {
    return this._hold !== undefined;
  }

  /** Waits until the lock is free, and takes it. Does not suspend when it is free and nobody waits. */
  acquire(): Coroutine<Hold> {
    return trackAwaited(new LockAcquire(this, true) as unknown as Coroutine<Hold>, 'Lock.acquire');
  }

  /** Sets it free and wakes the first who waits. Any task may do it. Throws RuntimeError when it is free. */
  release(): void {
    if (this._hold === undefined) throw new RuntimeError('Lock is not acquired.');
    this._hold = undefined;
    this._wakeFirst();
  }

  /** For `asyncWith`: acquires. */
  enter(): Coroutine<void> {
    return new LockAcquire(this, false) as unknown as Coroutine<void>;
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
    if (first !== undefined && first._state === PENDING) first._finish(FINISHED, undefined);
  }

  /** The task that holds it. @internal */
  override get _holder(): Task<unknown> | undefined {
    return this._hold?.task;
  }
}
