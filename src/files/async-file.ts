import type { Stats } from 'node:fs';
import { type AsyncCoroutineIterator, asyncIterate } from '../core/async-protocols.ts';
import { type Coroutine, describeValue } from '../core/coroutine.ts';
import { RuntimeError } from '../core/errors.ts';
import { inspectCustom } from '../core/inspect.ts';
import { checkBytes, checkInteger, checkPieces } from '../net/check.ts';
import { STOPPED } from './file-calls.ts';
import { type FileIo, READ_AHEAD } from './file-io.ts';

const NEWLINE = 10;

/** From where `seek` counts. */
export type Whence = 'start' | 'current' | 'end';

/**
 * An open file. Made by `openFile`; close it, or use it in `asyncWith`.
 *
 * It has one position, at which reads and writes go on. Operations of several tasks come one after the other, except
 * `readAt`, of which any number go at once. A cancelled read takes nothing. A cancelled write may have written some of its
 * data: up to `tell()`, as the cancel comes out of it when the system is done with it. Errors are `FileError`s, an OSError
 * with a `path`; every method throws RuntimeError once the file is closed.
 *
 * Where files are Node's (see `openFile`), a read or write that waits for a pipe or terminal cannot be stopped: a cancelled
 * one goes on in Node's thread pool, the next one of its kind waits for it, and so does `close`.
 *
 * @example
 * yield* asyncWith(yield* openFile('bill.txt'), function* (file) {
 *   yield* asyncFor(file, function* (line) { console.log(String(line)); });
 * });
 */
export class AsyncFile {
  readonly path: string;
  readonly #io: FileIo;
  readonly #append: boolean;

  /** @internal */
  constructor(io: FileIo, path: string, append: boolean) {
    this.#io = io;
    this.path = path;
    this.#append = append;
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
    return this.#alone(() => (size === -1 ? this.#readAll() : this.#read(size)));
  }

  /** Fills `into`, as far as there is something, and gives the number of bytes; 0 at the end of the file. */
  readInto(into: Uint8Array): Coroutine<number> {
    checkBytes(into, 'readInto');
    return this.#alone(() => this.#io.fillInto(Buffer.from(into.buffer, into.byteOffset, into.length), false));
  }

  /**
   * `size` bytes from `position` on, fewer at the end of the file; the file's own position stays where it is. Any number
   * may be under way. Throws RuntimeError for what has no positions.
   */
  readAt(position: number, size: number): Coroutine<Buffer> {
    checkInteger(position, 'readAt: position', 0);
    checkInteger(size, 'readAt: size', 0);
    return this.#readAt(position, size);
  }

  /** A line with its `\n`, however long; the last one may lack it; an empty buffer at the end of the file. */
  readLine(): Coroutine<Buffer> {
    return this.#alone(() => this.#readLine());
  }

  /** All lines that are left. */
  *readLines(): Coroutine<Buffer[]> {
    const lines: Buffer[] = [];
    const rest = yield* this.read();
    for (let start = 0; start < rest.length; ) {
      const end = rest.indexOf(NEWLINE, start);
      const next = end < 0 ? rest.length : end + 1;
      lines.push(rest.subarray(start, next));
      start = next;
    }
    return lines;
  }

  /** Writes all of `data` at the position (at the end of the file when it was opened for appending). Do not change it meanwhile. */
  write(data: Uint8Array): Coroutine<void> {
    checkBytes(data, 'write');
    return this.#alone(() => this.#io.write(data));
  }

  /** Writes several pieces, one behind the other; adds no line ends. */
  *writeLines(lines: Iterable<Uint8Array>): Coroutine<void> {
    yield* this.write(Buffer.concat(checkPieces(lines)));
  }

  /**
   * Writes all of `data` from `position` on; the file's own position stays where it is. Do not change it meanwhile.
   * Throws RuntimeError for what has no positions, or was opened for appending.
   */
  writeAt(position: number, data: Uint8Array): Coroutine<void> {
    checkInteger(position, 'writeAt: position', 0);
    checkBytes(data, 'writeAt');
    return this.#alone(() => this.#writeAt(position, data));
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

  /** Closes it, after the operations under way. May be called twice. A cancel does not keep it open. */
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

  /** Takes as many bytes as `measure` finds in what is there, more of which is read while it gives undefined. @internal */
  _readMeasured(measure: (bytes: Buffer) => number | undefined): Coroutine<Buffer> {
    return this.#alone(() => this.#readMeasured(measure));
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
      if (!seekable && ahead.size > 0) break;
      if (!(yield* this.#io.fill(size - ahead.size))) break;
    }
    return size >= ahead.size ? ahead.takeAll() : ahead.take(size);
  }

  *#readAll(): Coroutine<Buffer> {
    const io = this.#io;
    const { ahead } = io;
    if (!io.seekable) {
      while (yield* io.fill(0)) {}
      return ahead.takeAll();
    }
    const size = io.takeKnownSize() ?? (yield* io.stat()).size;
    const rest = size - io.position;
    if (rest <= io.calls.largestRead) yield* io.fillToEnd(size);
    else yield* this.#readLong(rest);
    return ahead.takeAll();
  }

  /** Much: straight into the memory that is given out. */
  *#readLong(length: number): Coroutine<void> {
    const io = this.#io;
    const memory = Buffer.allocUnsafeSlow(length);
    const filled = yield* io.fillInto(memory, true);
    io.ahead.push(memory.subarray(0, filled));
    // It may have grown meanwhile.
    if (filled === length) while (yield* io.fill(0)) {}
  }

  *#readAt(position: number, size: number): Coroutine<Buffer> {
    const { calls } = this.#io;
    this.#checkPositions();
    const memory = Buffer.allocUnsafe(size);
    let filled = 0;
    while (filled < size) {
      this.#io.checkOpen();
      const length = Math.min(size - filled, calls.largestRead);
      const reading = calls.read(length, position + filled, (from, start, end) => {
        from.copy(memory, filled, start, end);
      });
      const count = yield* reading.wait();
      if (count === 0) break;
      if (count !== STOPPED) filled += count;
    }
    return filled === size ? memory : memory.subarray(0, filled);
  }

  *#writeAt(position: number, data: Uint8Array): Coroutine<void> {
    this.#checkPositions();
    if (this.#append) throw new RuntimeError(`the file was opened for appending: ${this.path}`);
    yield* this.#io.writeAt(position, data);
  }

  *#readLine(): Coroutine<Buffer> {
    const { ahead } = this.#io;
    let from = 0;
    for (;;) {
      const end = ahead.newlineFrom(from);
      if (end >= 0) return ahead.take(end + 1);
      from = ahead.size;
      if (!(yield* this.#io.fill(READ_AHEAD))) return ahead.takeAll();
    }
  }

  *#readMeasured(measure: (bytes: Buffer) => number | undefined): Coroutine<Buffer> {
    const { ahead } = this.#io;
    for (;;) {
      const length = measure(ahead.peekAll());
      if (length !== undefined) return ahead.take(length);
      if (!(yield* this.#io.fill(READ_AHEAD))) return ahead.takeAll();
    }
  }

  *#seek(offset: number, whence: Whence): Coroutine<number> {
    const io = this.#io;
    this.#checkPositions();
    yield* io.dropAhead();
    const base = whence === 'start' ? 0 : whence === 'current' ? io.position : (yield* io.stat()).size;
    if (base + offset < 0) throw new RangeError(`seek: ${base + offset} is before the start of the file`);
    io.moveTo(base + offset);
    return base + offset;
  }

  #checkPositions(): void {
    if (!this.#io.seekable) throw new RuntimeError(`the file has no positions: ${this.path}`);
  }
}
