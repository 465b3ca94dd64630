import type { Stats } from 'node:fs';
import { type AsyncCoroutineIterator, asyncIterate } from '../core/async-protocols.ts';
import { type Coroutine, describeValue } from '../core/coroutine.ts';
import { RuntimeError } from '../core/errors.ts';
import { inspectCustom } from '../core/inspect.ts';
import { checkBytes, checkInteger } from '../net/check.ts';
import type { FileIo } from './file-io.ts';

/** From where `seek` counts. */
export type Whence = 'start' | 'current' | 'end';

/**
 * An open file. Made by `openFile`; close it, or use it in `asyncWith`.
 *
 * It has one position, at which reads and writes go on. Operations of several tasks come one after the other. A
 * cancelled read takes nothing; a cancelled write may have written some of its data. Errors are `FileError`s, an OSError
 * with a `path`; every method throws RuntimeError once the file is closed. A cancelled read of a pipe goes on in Node's
 * thread pool until data comes, and `close` waits for it.
 *
 * @example
 * yield* asyncWith(yield* openFile('bill.txt'), function* (file) {
 *   yield* asyncFor(file, function* (line) { console.log(String(line)); });
 * });
 */
export class AsyncFile {
  readonly path: string;
  readonly #io: FileIo;

  /** @internal */
  constructor(io: FileIo, path: string) {
    this.#io = io;
    this.path = path;
  }

  /** The descriptor; -1 once it is closed. */
  get fd(): number {
    return this.#io.fd;
  }

  get closed(): boolean {
    return this.#io.closed;
  }

  /** Where the next byte is read or written. For what has no positions (a pipe): how many bytes were read and written. */
  tell(): number {
    return this.#io.position;
  }

  /**
   * `size` bytes, fewer at the end of the file, none behind it; -1 (the default): everything up to the end. Of a pipe or
   * terminal: what is there, at least one byte.
   */
  read(size = -1): Coroutine<Buffer> {
    if (size !== -1) checkInteger(size, 'read: size', 0);
    return this.#alone(() => this.#read(size === -1 ? Number.POSITIVE_INFINITY : size));
  }

  /** A line with its `\n`, however long; the last one may lack it; an empty buffer at the end of the file. */
  readLine(): Coroutine<Buffer> {
    return this.#alone(() => this.#readLine());
  }

  /** Writes all of `data` at the position (at the end of the file when it was opened for appending). Do not change it meanwhile. */
  write(data: Uint8Array): Coroutine<void> {
    checkBytes(data, 'write');
    return this.#alone(() => this.#io.write(data));
  }

  /** Moves the position and gives it, counted from the start. Throws RuntimeError for what has no positions, RangeError before the start. */
  seek(offset: number, whence: Whence = 'start'): Coroutine<number> {
    if (!Number.isSafeInteger(offset))
      throw new TypeError(`seek: offset must be an integer, got ${describeValue(offset)}`);
    if (!['start', 'current', 'end'].includes(whence)) {
      throw new RangeError(`seek: whence must be 'start', 'current' or 'end', got ${describeValue(whence)}`);
    }
    return this.#alone(() => this.#seek(offset, whence));
  }

  /** Cuts or extends the file to `size` bytes, by default to the position, which stays where it is. */
  truncate(size?: number): Coroutine<void> {
    if (size !== undefined) checkInteger(size, 'truncate: size', 0);
    return this.#alone(() => this.#io.truncate(size ?? this.#io.position));
  }

  /** Waits until what was written is on the disk: fsync. */
  sync(): Coroutine<void> {
    return this.#alone(() => this.#io.sync());
  }

  stat(): Coroutine<Stats> {
    return this.#alone(() => this.#io.stat());
  }

  /** Closes it, after the operation under way. May be called twice. A cancel does not keep it open. */
  close(): Coroutine<void> {
    return this.#io.close();
  }

  *enter(): Coroutine<this> {
    this.#io.checkOpen();
    return this;
  }

  *exit(_error: unknown): Coroutine<void> {
    yield* this.close();
  }

  /** By line, without the empty one at the end. */
  [asyncIterate](): AsyncCoroutineIterator<Buffer> {
    const file = this;
    return {
      *next(): Coroutine<IteratorResult<Buffer, unknown>> {
        const value = yield* file.readLine();
        return value.length === 0 ? { value: undefined, done: true } : { value, done: false };
      },
    };
  }

  toString(): string {
    return `<AsyncFile ${this.path}${this.closed ? ' closed' : ` fd=${this.fd}`}>`;
  }

  [inspectCustom](): string {
    return this.toString();
  }

  *#alone<T>(operation: () => Coroutine<T>): Coroutine<T> {
    const { lock } = this.#io;
    this.#io.checkOpen();
    yield* lock.acquire();
    try {
      return yield* operation();
    } finally {
      lock.release();
    }
  }

  *#read(size: number): Coroutine<Buffer> {
    const { ahead, seekable } = this.#io;
    while (ahead.size < size) {
      if (!seekable && ahead.size > 0 && size !== Number.POSITIVE_INFINITY) break;
      const missing = size === Number.POSITIVE_INFINITY ? yield* this.#rest() : size - ahead.size;
      if (!(yield* this.#io.fill(missing))) break;
    }
    return size >= ahead.size ? ahead.takeAll() : ahead.take(size);
  }

  /** How much there is to be read, as far as the system says. */
  *#rest(): Coroutine<number> {
    if (!this.#io.seekable) return 0;
    const { size } = yield* this.#io.stat();
    // One more, so that the end shows in the same read.
    return size - this.#io.position - this.#io.ahead.size + 1;
  }

  *#readLine(): Coroutine<Buffer> {
    const { ahead } = this.#io;
    let from = 0;
    for (;;) {
      const end = ahead.newlineFrom(from);
      if (end >= 0) return ahead.take(end + 1);
      from = ahead.size;
      if (!(yield* this.#io.fill(0))) return ahead.takeAll();
    }
  }

  *#seek(offset: number, whence: Whence): Coroutine<number> {
    const io = this.#io;
    if (!io.seekable) throw new RuntimeError(`the file has no positions: ${this.path}`);
    yield* io.dropAhead();
    const base = whence === 'start' ? 0 : whence === 'current' ? io.position : (yield* io.stat()).size;
    if (base + offset < 0) throw new RangeError(`seek: ${base + offset} is before the start of the file`);
    io.moveTo(base + offset);
    return base + offset;
  }
}
