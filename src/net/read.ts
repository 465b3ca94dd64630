import { NativeCoroutine } from '../core/coroutine.ts';
import { type Future, PENDING } from '../core/future.ts';
import type { ByteQueue } from './byte-queue.ts';

/** What a read needs of a reader. */
export interface ReadSource {
  readonly bytes: ByteQueue;
  readonly limit: number;
  readonly eof: boolean;
  readonly error: Error | undefined;
  /** `wakeAt`: no use to wake before so many bytes are there. */
  _wait(what: string, wakeAt: number): Future<void>;
  _waited(future: Future<void>): void;
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
 * One read as a coroutine written by hand: no generator between the task and the future, and none at all when the data
 * is there. Nothing is taken out of the reader before the task that waits runs again, so a cancel loses nothing.
 *
 * One class with a kind, and no subclasses: a base class with fields gets slow for all of them once a program has used
 * more than four (docs/design/scheduler.md).
 */
export class Read extends NativeCoroutine {
  readonly reader: ReadSource;
  readonly kind: ReadKind;
  /** In bytes: what was asked for, where the kind has a size. */
  readonly size: number;
  /** Where the kind has separators. */
  readonly separators: readonly Uint8Array[];
  /** In bytes: no separator ends before here. */
  searched = 0;
  private state: typeof FRESH | typeof WAITING | typeof OVER = FRESH;
  private future: Future<void> | undefined = undefined;

  constructor(reader: ReadSource, kind: ReadKind, size = 0, separators = NO_SEPARATORS) {
    super();
    this.reader = reader;
    this.kind = kind;
    this.size = size;
    this.separators = separators;
  }

  override next(): IteratorResult<unknown, unknown> {
    const { reader } = this;
    if (this.state === FRESH) {
      if (reader.error !== undefined) {
        this.state = OVER;
        throw reader.error;
      }
    } else if (this.state === WAITING) {
      const future = this.future!;
      if (future._state === PENDING) return future.next();
      this.endWait();
      future.result();
    } else {
      return { value: undefined, done: true };
    }
    this.state = OVER;
    const value = this.kind.attempt(this);
    if (value !== undefined) return { value, done: true };
    const future = reader._wait(this.kind.what, this.kind.wakeAt(this));
    this.future = future;
    this.state = WAITING;
    return future.next();
  }

  override throw(error: unknown): never {
    this.endWait();
    throw error;
  }

  override return(value?: unknown): IteratorResult<unknown, unknown> {
    this.endWait();
    return { value, done: true };
  }

  private endWait(): void {
    this.state = OVER;
    if (this.future !== undefined) this.reader._waited(this.future);
    this.future = undefined;
  }
}
