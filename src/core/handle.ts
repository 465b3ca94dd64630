import { type Context, contextOf, enterStep, leaveStep, type Values } from './context.ts';
import type { Runnable } from './ready-queue.ts';
import { sources } from './sources.ts';
import type { TimerEntry } from './timer-heap.ts';

/** What handles need of the loop that made them. */
export interface HandleOwner {
  callbackFailed(handle: Handle | TimerHandle, error: unknown): void;
  timerCancelled(timer: TimerEntry): void;
  readonly debug: boolean;
}

/** A name for a callback, for messages. */
export function callbackName(fn: { readonly name: string } | undefined): string {
  return fn === undefined ? '(cancelled)' : fn.name || '(anonymous)';
}

/** Whose callback runs: it has its context on loan. */
let running: Handle | TimerHandle | undefined;

/** @internal */
export function runningHandle(): Handle | TimerHandle | undefined {
  return running;
}

function runCallback(handle: Handle | TimerHandle, owner: HandleOwner, fn: () => void): void {
  const outer = running;
  try {
    const previous = enterStep(handle);
    running = handle;
    try {
      fn();
    } finally {
      running = outer;
      leaveStep(handle, previous);
    }
  } catch (error) {
    owner.callbackFailed(handle, error);
  }
}

/** A callback that waits for its turn: what `callSoon` returns. */
export class Handle implements Runnable {
  /** @internal */ _fn: (() => void) | undefined;
  /** @internal */ _context: Context | Values;
  /** @internal */ readonly _owner: HandleOwner;

  /** @internal */
  constructor(fn: () => void, context: Context | Values, owner: HandleOwner) {
    this._fn = fn;
    this._context = context;
    this._owner = owner;
    if (owner.debug) sources.set(this, new Error().stack);
  }

  /** The callback will not be called, unless it has been already. */
  cancel(): void {
    this._fn = undefined;
  }

  cancelled(): boolean {
    return this._fn === undefined;
  }

  /** Where it was made (debug mode). */
  get sourceTraceback(): string | undefined {
    return sources.get(this);
  }

  getContext(): Context {
    return contextOf(this, running === this);
  }

  /** @internal */
  run(): void {
    if (this._fn !== undefined) runCallback(this, this._owner, this._fn);
  }

  get [Symbol.toStringTag](): string {
    return `Handle ${callbackName(this._fn)}`;
  }
}

/** A callback that waits for its time: what `callLater` and `callAt` return. */
export class TimerHandle implements TimerEntry {
  /** @internal */ _timerFlags = 0;
  /** @internal */ readonly _deadline: number;
  /** @internal */ _fn: (() => void) | undefined;
  /** @internal */ _context: Context | Values;
  /** @internal */ readonly _owner: HandleOwner;

  /** @internal */
  constructor(when: number, fn: () => void, context: Context | Values, owner: HandleOwner) {
    this._deadline = when;
    this._fn = fn;
    this._context = context;
    this._owner = owner;
    if (owner.debug) sources.set(this, new Error().stack);
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
    return this._deadline;
  }

  /** Where it was made (debug mode). */
  get sourceTraceback(): string | undefined {
    return sources.get(this);
  }

  getContext(): Context {
    return contextOf(this, running === this);
  }

  /** @internal */
  run(): void {
    if (this._fn !== undefined) runCallback(this, this._owner, this._fn);
  }

  get [Symbol.toStringTag](): string {
    return `TimerHandle ${callbackName(this._fn)}`;
  }
}
