import { type Context, enterContext, leaveContext } from './context.ts';
import type { Runnable } from './ready-queue.ts';
import type { TimerEntry } from './timer-heap.ts';

/** What handles need of the loop that made them. */
export interface HandleOwner {
  callbackFailed(handle: Handle | TimerHandle, error: unknown): void;
  timerCancelled(timer: TimerEntry): void;
  readonly debug: boolean;
}

/** A name for a callback, for messages. */
export function callbackName(fn: (() => void) | undefined): string {
  return fn === undefined ? '(cancelled)' : fn.name || '(anonymous)';
}

function runCallback(handle: Handle | TimerHandle, owner: HandleOwner, fn: () => void, context: Context): void {
  try {
    const previous = enterContext(context);
    try {
      fn();
    } finally {
      leaveContext(context, previous);
    }
  } catch (error) {
    owner.callbackFailed(handle, error);
  }
}

/** A callback that waits for its turn: what `callSoon` returns. */
export class Handle implements Runnable {
  /** @internal */ _fn: (() => void) | undefined;
  /** @internal */ readonly _context: Context;
  /** @internal */ readonly _owner: HandleOwner;
  /** Where it was made (debug mode). */
  readonly sourceTraceback: string | undefined;

  /** @internal */
  constructor(fn: () => void, context: Context, owner: HandleOwner) {
    this._fn = fn;
    this._context = context;
    this._owner = owner;
    this.sourceTraceback = owner.debug ? new Error().stack : undefined;
  }

  /** The callback will not be called, unless it has been already. */
  cancel(): void {
    this._fn = undefined;
  }

  cancelled(): boolean {
    return this._fn === undefined;
  }

  getContext(): Context {
    return this._context;
  }

  /** @internal */
  run(): void {
    if (this._fn !== undefined) runCallback(this, this._owner, this._fn, this._context);
  }

  get [Symbol.toStringTag](): string {
    return `Handle ${callbackName(this._fn)}`;
  }
}

/** A callback that waits for its time: what `callLater` and `callAt` return. */
export class TimerHandle implements TimerEntry {
  /** @internal */ readonly deadline: number;
  /** @internal */ scheduled = false;
  /** @internal */ dropped = false;
  /** @internal */ _fn: (() => void) | undefined;
  /** @internal */ readonly _context: Context;
  /** @internal */ readonly _owner: HandleOwner;
  /** Where it was made (debug mode). */
  readonly sourceTraceback: string | undefined;

  /** @internal */
  constructor(when: number, fn: () => void, context: Context, owner: HandleOwner) {
    this.deadline = when;
    this._fn = fn;
    this._context = context;
    this._owner = owner;
    this.sourceTraceback = owner.debug ? new Error().stack : undefined;
  }

  /** The callback will not be called, unless it has been already. */
  cancel(): void {
    if (this._fn === undefined) return;
    this._fn = undefined;
    this._owner.timerCancelled(this);
  }

  cancelled(): boolean {
    return this._fn === undefined;
  }

  /** The loop time, in milliseconds, at which it is due. */
  when(): number {
    return this.deadline;
  }

  getContext(): Context {
    return this._context;
  }

  /** @internal */
  run(): void {
    if (this._fn !== undefined) runCallback(this, this._owner, this._fn, this._context);
  }

  get [Symbol.toStringTag](): string {
    return `TimerHandle ${callbackName(this._fn)}`;
  }
}
