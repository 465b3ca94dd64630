import { type AsyncCoroutineIterator, asyncIterate } from '../core/async-protocols.ts';
import { type Coroutine, describeValue } from '../core/coroutine.ts';
import { RuntimeError } from '../core/errors.ts';
import { inspectCustom } from '../core/inspect.ts';
import type { Scheduler } from '../core/scheduler.ts';
import { runningScheduler } from '../core/scheduler.ts';
import { ByteQueue } from './byte-queue.ts';
import { checkBytes, checkInteger } from './check.ts';
import { Read, type ReadSource } from './read.ts';
import { readAll, readExactly, readSome } from './read-size.ts';
import { NEWLINE, nextLine, readLine, readUntil } from './read-until.ts';
import type { ReadTransport } from './transport.ts';

/** Read here once: the global is an accessor. */
const { isBuffer } = Buffer;

/** In bytes, as asyncio's. */
export const DEFAULT_LIMIT = 64 * 1024;

export interface StreamReaderOptions {
  /** In bytes: how long a line may be, and half of what is buffered before the transport is paused. Default 64 KiB. */
  readonly limit?: number | undefined;
  /** Default: the running one. */
  readonly loop?: { readonly scheduler: Scheduler } | undefined;
}

/**
 * The bytes of a stream, to be awaited. What is there already is given without suspending.
 *
 * A cancelled read takes nothing: the next one gets every byte. One task may read at a time (RuntimeError for the second).
 *
 * @example
 * for (;;) {
 *   const line = yield* reader.readLine();
 *   if (line.length === 0) break; // the end of the stream
 * }
 */
export class StreamReader implements ReadSource {
  /** @internal */ readonly bytes = new ByteQueue();
  /** @internal */ readonly limit: number;
  /** @internal */ eof = false;
  /** @internal */ error: Error | undefined = undefined;
  /** @internal */ readonly scheduler: Scheduler;
  /** The one who waits, until it runs again: then the next may wait. */
  #waiting: Read | undefined = undefined;
  /** In bytes: it is of no use to wake it before; 0 when it was woken, or nobody waits. */
  #wakeAt = 0;
  #transport: ReadTransport | undefined = undefined;
  #paused = false;

  constructor(options: StreamReaderOptions = {}) {
    const limit = options.limit ?? DEFAULT_LIMIT;
    checkInteger(limit, 'limit', 1);
    this.limit = limit;
    this.scheduler = options.loop?.scheduler ?? runningScheduler();
  }

  /**
   * Up to `size` bytes: what is there, at least one, or an empty buffer at the end of the stream. -1 (the default):
   * everything up to the end. Throws RangeError for other negative sizes.
   */
  read(size = -1): Coroutine<Buffer> {
    if (size === -1) return new Read(this, readAll) as unknown as Coroutine<Buffer>;
    checkInteger(size, 'read: size', 0);
    return new Read(this, readSome, size) as unknown as Coroutine<Buffer>;
  }

  /** Exactly `size` bytes. Throws IncompleteReadError when the stream ends before, RangeError for a negative size. */
  readExactly(size: number): Coroutine<Buffer> {
    checkInteger(size, 'readExactly: size', 0);
    return new Read(this, readExactly, size) as unknown as Coroutine<Buffer>;
  }

  /**
   * A line with its `\n`; what is left at the end of the stream, at last an empty buffer. Throws LimitOverrunError for a
   * line longer than the limit, and drops it.
   */
  readLine(): Coroutine<Buffer> {
    return new Read(this, readLine, 0, NEWLINE) as unknown as Coroutine<Buffer>;
  }

  /**
   * Everything up to and with the separator, of several with the one that ends first. Default `\n`.
   * Throws IncompleteReadError at the end of the stream, LimitOverrunError when it is longer than the limit; the data
   * stays in the reader then.
   */
  readUntil(separator: Uint8Array | readonly Uint8Array[] = NEWLINE): Coroutine<Buffer> {
    return new Read(this, readUntil, 0, checkSeparators(separator)) as unknown as Coroutine<Buffer>;
  }

  /** True when the stream has ended and everything was read. */
  atEof(): boolean {
    return this.eof && this.bytes.size === 0;
  }

  /** The error of the connection, which every read throws from then on. */
  exception(): Error | undefined {
    return this.error;
  }

  setException(error: Error): void {
    if (!(error instanceof Error)) throw new TypeError(`setException expects an Error, got ${describeValue(error)}`);
    this.error = error;
    this.#wakeAt = 0;
    this.#waiting?._fail(error);
  }

  /** Gives up what is not read yet, and goes on with another transport. @internal */
  _handOver(): Buffer {
    this.#paused = false;
    return this.bytes.takeAll();
  }

  /** @internal */
  _replaceTransport(transport: ReadTransport): void {
    this.#transport = transport;
  }

  setTransport(transport: ReadTransport): void {
    if (this.#transport !== undefined) throw new RuntimeError('the reader has a transport already');
    this.#transport = transport;
  }

  /** Puts data in, as a transport does. Throws RuntimeError after `feedEof`. */
  feedData(data: Uint8Array): void {
    if (!(data instanceof Uint8Array)) checkBytes(data, 'feedData');
    if (this.eof) throw new RuntimeError('feedData after feedEof');
    if (data.length === 0) return;
    const { bytes } = this;
    bytes.push(isBuffer(data) ? data : asBuffer(data));
    if (bytes.size < this.#wakeAt) return;
    this.#wake();
    if (bytes.size > 2 * this.limit && !this.#paused && this.#transport !== undefined) {
      this.#paused = true;
      this.#transport.pauseReading();
    }
  }

  feedEof(): void {
    this.eof = true;
    this.#wake();
  }

  /** By line, without the empty one at the end. */
  [asyncIterate](): AsyncCoroutineIterator<Buffer> {
    return {
      next: () => new Read(this, nextLine, 0, NEWLINE) as unknown as Coroutine<IteratorResult<Buffer, unknown>>,
    };
  }

  /** Begins to wait for data. @internal */
  _wait(read: Read, wakeAt: number): void {
    if (this.#waiting !== undefined) {
      const { what } = read.kind;
      throw new RuntimeError(`${what}() called while another coroutine is already waiting for incoming data`);
    }
    // Else the pause and the wait would wait for each other: a read may need more than the mark.
    if (this.#paused) this.#resume();
    this.#waiting = read;
    this.#wakeAt = wakeAt;
  }

  /** The one who waited runs again. @internal */
  _waited(read: Read): void {
    if (this.#waiting !== read) return;
    this.#waiting = undefined;
    this.#wakeAt = 0;
  }

  /** Something was taken out. @internal */
  _taken(): void {
    if (this.#paused && this.bytes.size <= this.limit) this.#resume();
  }

  #resume(): void {
    this.#paused = false;
    this.#transport?.resumeReading();
  }

  #wake(): void {
    this.#wakeAt = 0;
    this.#waiting?._wake();
  }

  toString(): string {
    return `<StreamReader ${this.bytes.size} bytes${this.eof ? ' eof' : ''}${this.#paused ? ' paused' : ''}>`;
  }

  [inspectCustom](): string {
    return this.toString();
  }
}

function asBuffer(data: Uint8Array): Buffer {
  return Buffer.from(data.buffer as ArrayBuffer, data.byteOffset, data.length);
}

function checkSeparators(given: Uint8Array | readonly Uint8Array[]): readonly Uint8Array[] {
  const list = Array.isArray(given) ? (given as readonly Uint8Array[]) : [given as Uint8Array];
  if (list.length === 0) throw new RangeError('readUntil expects at least one separator, got an empty list');
  for (const separator of list) {
    checkBytes(separator, 'readUntil: separator');
    if (separator.length === 0) throw new RangeError('readUntil expects separators of at least one byte');
  }
  return list;
}
