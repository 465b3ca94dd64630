import type { Stats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import type { Coroutine } from '../core/coroutine.ts';
import { CancelledError, RuntimeError } from '../core/errors.ts';
import type { Scheduler } from '../core/scheduler.ts';
import { wrapFuture } from '../core/wrap-future.ts';
import { ByteQueue } from '../net/byte-queue.ts';
import { Lock } from '../sync/lock.ts';
import { fileError } from './file-error.ts';

/** In bytes: what is read at least, so that lines do not cost a trip to the thread pool each. */
const READ_AHEAD = 64 * 1024;
/** In bytes: what is read at most in one go. */
const LARGEST_READ = 16 * 1024 * 1024;

/**
 * The descriptor, its position and what was read ahead of it.
 *
 * Node's operations cannot be called off. One whose caller was cancelled goes on, keeps its buffer, and is waited for by
 * the next one: no byte is lost by a cancelled read, and nothing overtakes a cancelled write.
 */
export class FileIo {
  /** One operation at a time, in the order in which they are asked for. */
  readonly lock: Lock;
  readonly #scheduler: Scheduler;
  readonly #handle: FileHandle;
  readonly #path: string;
  /** False for pipes and terminals, which have no positions. */
  readonly #seekable: boolean;
  readonly #append: boolean;
  readonly ahead = new ByteQueue();
  /** Where the next read of the system begins: behind what was read ahead. */
  #position = 0;
  /** A read under way; its data is not among `ahead` yet. */
  #reading: Promise<number> | undefined = undefined;
  /** Anything else under way. */
  #changing: Promise<unknown> | undefined = undefined;
  #closing: Promise<void> | undefined = undefined;

  constructor(scheduler: Scheduler, handle: FileHandle, path: string, stats: Stats, append: boolean) {
    this.lock = new Lock();
    this.#scheduler = scheduler;
    this.#handle = handle;
    this.#path = path;
    this.#seekable = stats.isFile() || stats.isBlockDevice();
    this.#append = append;
  }

  get fd(): number {
    return this.#closing === undefined ? this.#handle.fd : -1;
  }

  get closed(): boolean {
    return this.#closing !== undefined;
  }

  get seekable(): boolean {
    return this.#seekable;
  }

  /** Where the program is in the file. */
  get position(): number {
    return this.#position - this.ahead.size;
  }

  checkOpen(): void {
    if (this.#closing !== undefined) throw new RuntimeError(`the file is closed: ${this.#path}`);
  }

  /** Reads at least one byte more into `ahead`; false at the end of the file. `missing` says how many are wanted. */
  *fill(missing: number): Coroutine<boolean> {
    yield* this.#settled();
    this.checkOpen();
    const size = Math.min(Math.max(missing, READ_AHEAD), LARGEST_READ);
    this.#reading ??= this.#read(size);
    try {
      return (yield* this.#wait(this.#reading)) > 0;
    } catch (error) {
      if (!(error instanceof CancelledError)) this.#reading = undefined;
      throw error;
    }
  }

  /** Writes all of `data` at the position. */
  *write(data: Uint8Array): Coroutine<void> {
    yield* this.dropAhead();
    for (let offset = 0; offset < data.length; ) {
      const position = this.#seekable && !this.#append ? this.#position : null;
      const writing = this.#handle.write(data, offset, data.length - offset, position).then(({ bytesWritten }) => {
        this.#position += bytesWritten;
        return bytesWritten;
      });
      offset += yield* this.change(writing);
    }
    if (this.#append && this.#seekable) this.#position = (yield* this.change(this.#handle.stat())).size;
  }

  /** Goes to the program's own position, which is behind the system's. */
  *dropAhead(): Coroutine<void> {
    yield* this.#settled();
    this.checkOpen();
    if (this.#reading !== undefined) yield* this.#wait(this.#reading);
    if (!this.#seekable) return;
    this.#position -= this.ahead.size;
    this.ahead.clear();
  }

  /** After `dropAhead`. */
  moveTo(position: number): void {
    this.#position = position;
  }

  stat(): Coroutine<Stats> {
    return this.#idle(() => this.#handle.stat());
  }

  sync(): Coroutine<void> {
    return this.#idle(() => this.#handle.sync());
  }

  truncate(size: number): Coroutine<void> {
    return this.#idle(() => this.#handle.truncate(size));
  }

  /** Node closes the descriptor when its operations are over, whether or not somebody waits for that. */
  *close(): Coroutine<void> {
    this.#closing ??= this.#handle.close();
    yield* this.#wait(this.#closing);
  }

  /** Waits for an operation that is no read; when the caller is cancelled, the next one waits for it. */
  *change<T>(operation: Promise<T>): Coroutine<T> {
    this.#changing = operation;
    try {
      const result = yield* this.#wait(operation);
      this.#changing = undefined;
      return result;
    } catch (error) {
      if (!(error instanceof CancelledError)) this.#changing = undefined;
      throw error;
    }
  }

  *#idle<T>(start: () => Promise<T>): Coroutine<T> {
    yield* this.#settled();
    this.checkOpen();
    return yield* this.change(start());
  }

  /** What a cancelled caller has left under way is over. How it ended is not the next one's business. */
  *#settled(): Coroutine<void> {
    while (this.#changing !== undefined) {
      const left = this.#changing;
      const over = (): void => {
        if (this.#changing === left) this.#changing = undefined;
      };
      yield* wrapFuture(left.then(over, over), { loop: this.#scheduler });
    }
  }

  #read(size: number): Promise<number> {
    const buffer = Buffer.allocUnsafeSlow(size);
    return this.#handle.read(buffer, 0, size, this.#seekable ? this.#position : null).then(({ bytesRead }) => {
      this.#reading = undefined;
      this.#position += bytesRead;
      // A few bytes do not keep a large piece of memory.
      const data = buffer.subarray(0, bytesRead);
      this.ahead.push(bytesRead * 2 < size ? Buffer.from(data) : data);
      return bytesRead;
    });
  }

  *#wait<T>(promise: Promise<T>): Coroutine<T> {
    try {
      return yield* wrapFuture(promise, { loop: this.#scheduler });
    } catch (error) {
      throw fileError(error, this.#path);
    }
  }
}
