import { NativeCoroutine } from '../core/coroutine.ts';
import type { CancelledError } from '../core/errors.ts';
import { alsoRun, type Runnable } from '../core/ready-queue.ts';
import type { Scheduler } from '../core/scheduler.ts';
import { suspendOn } from '../core/suspension.ts';
import { CANCELLED, FAILED, FINISHED, PENDING, type Waitable, type WaitState } from '../core/waitable.ts';
import type { ByteQueue } from './byte-queue.ts';

/** What a read needs of a reader. */
export interface ReadSource {
  readonly bytes: ByteQueue;
  readonly limit: number;
  readonly eof: boolean;
  readonly error: Error | undefined;
  readonly scheduler: Scheduler;
  /** `wakeAt`: no use to wake before so many bytes are there. Throws RuntimeError when another one waits. */
  _wait(read: Read, wakeAt: number): void;
  /** It runs again, or never will. */
  _waited(read: Read): void;
  _taken(): void;
}

const FRESH = 0;
const WAITING = 1;
const OVER = 2;

/** How one sort of read decides: a constant object of functions. */
export interface ReadKind {
  /** The method's name, for errors. */
  readonly what: string;
  /** In bytes: with less than this no attempt can succeed before the end of the stream. */
  wakeAt(read: Read): number;
  /** The result, if what is there suffices; undefined: wait for more. */
  attempt(read: Read): unknown;
}

const NO_SEPARATORS: readonly Uint8Array[] = [];

/**
 * One read as a coroutine written by hand, and what its task is suspended on, in one object: no generator and no future
 * between the task and the reader, and no wait at all when the data is there. It behaves as a coroutine that awaits a
 * future. Nothing is taken out of the reader before the task that waits runs again, so a cancel loses nothing.
 *
 * One class with a kind, and no subclasses: a base class with fields gets slow for all of them once a program has used
 * more than four (docs/design/scheduler.md).
 */
export class Read extends NativeCoroutine implements Waitable {
  readonly reader: ReadSource;
  readonly kind: ReadKind;
  /** In bytes: what was asked for, where the kind has a size. */
  readonly size: number;
  /** Where the kind has separators. */
  readonly separators: readonly Uint8Array[];
  /** In bytes: no separator ends before here. */
  searched = 0;
  /** Of the wait that is under way. @internal */
  _state: WaitState = PENDING;
  /** The error of a wait that was ended by one; of a cancelled one, made at the cancel, for it says who cancelled. @internal */
  _value: Error | undefined = undefined;
  private step: typeof FRESH | typeof WAITING | typeof OVER = FRESH;
  /** Runs when the wait is over: the task. */
  private task: Runnable | undefined = undefined;

  constructor(reader: ReadSource, kind: ReadKind, size = 0, separators = NO_SEPARATORS) {
    super();
    this.reader = reader;
    this.kind = kind;
    this.size = size;
    this.separators = separators;
  }

  override next(): IteratorResult<unknown, unknown> {
    const { reader, step } = this;
    if (step === OVER) return { value: undefined, done: true };
    this.step = OVER;
    if (step === FRESH) {
      if (reader.error !== undefined) throw reader.error;
    } else {
      if (this._state === PENDING) {
        this.step = WAITING;
        return suspendOn(this);
      }
      reader._waited(this);
      if (this._state !== FINISHED) throw this._value;
      this._state = PENDING;
    }
    const value = this.kind.attempt(this);
    if (value !== undefined) return { value, done: true };
    reader._wait(this, this.kind.wakeAt(this));
    this.step = WAITING;
    return suspendOn(this);
  }

  override throw(error: unknown): never {
    this.end();
    throw error;
  }

  override return(value?: unknown): IteratorResult<unknown, unknown> {
    this.end();
    return { value, done: true };
  }

  /** There is enough to try again, or the stream has ended. @internal */
  _wake(): void {
    if (this._state === PENDING) this.finish(FINISHED, undefined);
  }

  /** @internal */
  _fail(error: Error): void {
    if (this._state === PENDING) this.finish(FAILED, error);
  }

  cancel(message?: string): boolean {
    if (this._state !== PENDING) return false;
    this.finish(CANCELLED, this.reader.scheduler.cancelledError(message));
    return true;
  }

  get _scheduler(): Scheduler {
    return this.reader.scheduler;
  }

  _addWaiter(task: Runnable): void {
    this.task = alsoRun(this.task, task);
  }

  _removeWaiter(): void {
    this.task = undefined;
  }

  _makeCancelledError(): CancelledError {
    return this._value as CancelledError;
  }

  _retrieve(): void {}

  get _linked(): boolean {
    return false;
  }

  _blocker(): undefined {}

  /** What it waits for, in reports of deadlocks. */
  override toString(): string {
    return `${this.kind.what}() of ${this.reader}`;
  }

  private finish(state: WaitState, error: Error | undefined): void {
    const { task } = this;
    this._state = state;
    this._value = error;
    this.task = undefined;
    if (task !== undefined) this.reader.scheduler.push(task);
  }

  private end(): void {
    const waiting = this.step === WAITING;
    this.step = OVER;
    if (waiting) this.reader._waited(this);
  }
}
