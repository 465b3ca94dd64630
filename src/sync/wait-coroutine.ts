import type { Coroutine } from '../core/coroutine.ts';
import { RuntimeError } from '../core/errors.ts';
import { suspendOn } from '../core/suspension.ts';
import { FINISHED, PENDING, type Waitable } from '../core/waitable.ts';
import type { LoopBound } from './loop-bound.ts';
import { type Step, Waiter, type WaitQueue } from './wait-queue.ts';

const FRESH = 0;
const WAITING = 1;
const OVER = 2;

/** What tells `acquire`, `get`, `put` and `wait` apart. `X` is what each wait keeps for itself. */
export interface WaitKind<O extends LoopBound, X> {
  /** The first step: gives a result, or what `park` gives. */
  begin(wait: WaitCoroutine<O, X>): Step;
  /** It was woken: gives a result, or what `park` gives. */
  resume(wait: WaitCoroutine<O, X>): Step;
  /** Waiting was ended by an error; `wait._state` is FINISHED when it had been woken before the error came. */
  giveUp(wait: WaitCoroutine<O, X>): void;
  /** Whether the owner has a holder that it waits for. */
  readonly linked: boolean;
}

/**
 * A coroutine that waits in one queue, perhaps several times over. One class for all primitives, told apart by their
 * kinds (see Waiter for the reason).
 */
export class WaitCoroutine<O extends LoopBound, X> extends Waiter<O> {
  _own: X;
  private readonly kind: WaitKind<O, X>;
  private step: typeof FRESH | typeof WAITING | typeof OVER = FRESH;

  constructor(owner: O, kind: WaitKind<O, X>, own: X) {
    super(owner);
    this._own = own;
    this.kind = kind;
  }

  override park(queue: WaitQueue): Step {
    const step = super.park(queue);
    this.step = WAITING;
    return step;
  }

  override next(): Step {
    if (this.step === FRESH) {
      this.step = OVER;
      return this.kind.begin(this);
    }
    if (this.step === OVER) return { value: undefined, done: true };
    if (this._state === PENDING) return suspendOn(this);
    this.step = OVER;
    if (this._state === FINISHED) return this.kind.resume(this);
    this.kind.giveUp(this);
    throw this._makeCancelledError();
  }

  override throw(error: unknown): never {
    this.end();
    throw error;
  }

  override return(value?: unknown): Step {
    this.end();
    return { value, done: true };
  }

  override [Symbol.iterator](): this {
    if (this.step === OVER) throw new RuntimeError('cannot reuse already awaited coroutine');
    return this;
  }

  override get _linked(): boolean {
    return this.kind.linked;
  }

  override _blocker(index: number): Waitable | undefined {
    return index === 0 ? this._owner._holder : undefined;
  }

  private end(): void {
    const waiting = this.step === WAITING;
    this.step = OVER;
    if (!waiting) return;
    this.abandon();
    this.kind.giveUp(this);
  }
}

/** A coroutine of the given kind. */
export function waitCoroutine<O extends LoopBound, X, R>(owner: O, kind: WaitKind<O, X>, own: X): Coroutine<R> {
  return new WaitCoroutine(owner, kind, own) as unknown as Coroutine<R>;
}
