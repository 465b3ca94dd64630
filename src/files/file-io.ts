import type { Stats } from 'node:fs';
import type { Coroutine } from '../core/coroutine.ts';
import { RuntimeError } from '../core/errors.ts';
import { ByteQueue } from '../net/byte-queue.ts';
import { Lock } from '../sync/lock.ts';
import { type Arrived, type FileCalls, STOPPED } from './file-calls.ts';
import type { Pending } from './pending.ts';

/** In bytes: what is read at least when reads follow each other, so that lines do not cost a trip each. */
export const READ_AHEAD = 64 * 1024;
/** In bytes: one write of a file with positions. A cancel comes through between two. */
const LARGEST_WRITE = 1024 * 1024;

/**
 * An open file's position and what was read ahead of it.
 *
 * A call whose caller was cancelled goes on, with memory of its own, and is waited for by the next one: no byte is lost
 * by a cancelled read, and nothing overtakes a cancelled write.
 */
export class FileIo {
  /** One operation at a time, in the order in which they are asked for. */
  readonly lock: Lock;
  readonly calls: FileCalls;
  readonly ahead = new ByteQueue();
  readonly #append: boolean;
  /** Where the next read of the system begins: behind what was read ahead. */
  #position = 0;
  /** Reads go on where the one before ended. */
  #following = true;
  /** A read under way; its data is not among `ahead` yet. */
  #reading: Pending<number> | undefined = undefined;
  /** Where its data is wanted, if not among `ahead`. */
  #into: Uint8Array | undefined = undefined;
  /** How much of it came there, while its caller does not know yet. */
  #landed = 0;
  /** Anything else under way. */
  #changing: Pick<Pending<unknown>, 'over' | 'wait'> | undefined = undefined;
  #closing: Pending<number> | undefined = undefined;
  #knownSize: number | undefined;
  readonly #arrived: Arrived = (memory, start, end, own) => this.#take(memory.subarray(start, end), own && memory);

  constructor(calls: FileCalls, append: boolean) {
    this.lock = new Lock();
    this.calls = calls;
    this.#append = append;
    this.#knownSize = calls.size;
  }

  get fd(): number {
    return this.#closing === undefined ? this.calls.fd : -1;
  }

  get closed(): boolean {
    return this.#closing !== undefined;
  }

  get seekable(): boolean {
    return this.calls.seekable;
  }

  /** Where the program is in the file. */
  get position(): number {
    return this.#position - this.ahead.size;
  }

  checkOpen(): void {
    if (this.#closing !== undefined) throw new RuntimeError(`the file is closed: ${this.calls.path}`);
  }

  /** The size of the file as it was opened, once, as long as nobody has changed it here. */
  takeKnownSize(): number | undefined {
    const size = this.#knownSize;
    this.#knownSize = undefined;
    return size;
  }

  /** Reads at least one byte more into `ahead`; false at the end of the file. `missing` says how many are wanted. */
  *fill(missing: number): Coroutine<boolean> {
    const least = this.#following || !this.seekable ? READ_AHEAD : 1;
    return (yield* this.#read(Math.max(missing, least), undefined)) > 0;
  }

  /** Reads what is left of a file of `size` bytes, or of more if it has more. */
  *fillToEnd(size: number): Coroutine<void> {
    for (;;) {
      const asked = Math.min(Math.max(size - this.#position + 1, READ_AHEAD), this.calls.largestRead);
      const count = yield* this.#read(asked, undefined);
      // Less than was asked for, and just up to the end: no need to ask again.
      if (count === 0 || (count < asked && this.#position === size)) return;
    }
  }

  /**
   * Fills `into` and gives the number of bytes, fewer at the end of the file; of what has no positions, what is there.
   * When it fails or is cancelled, what came is ahead again. `own`: that memory is nobody else's.
   */
  *fillInto(into: Buffer, own: boolean): Coroutine<number> {
    let filled = 0;
    try {
      while (filled < into.length) {
        const count = yield* this.#fillPart(into.subarray(filled));
        this.#landed = 0;
        filled += count;
        if (count === 0 || !this.seekable) break;
      }
      return filled;
    } catch (error) {
      // Nothing is ahead: it is given out first. What is under way comes behind this.
      const data = into.subarray(0, filled + this.#landed);
      this.#landed = 0;
      if (data.length > 0) this.ahead.push(own ? data : Buffer.from(data));
      throw error;
    }
  }

  /** Writes all of `data` at the position. */
  *write(data: Uint8Array): Coroutine<void> {
    yield* this.dropAhead();
    this.#knownSize = undefined;
    const plain = this.seekable && !this.#append;
    for (let offset = 0; offset < data.length; ) {
      const piece = plain ? data.subarray(offset, offset + LARGEST_WRITE) : data.subarray(offset);
      offset += yield* this.#writeOn(piece, plain);
    }
  }

  /** Writes all of `data` from `position` on, which is not the program's own. */
  *writeAt(position: number, data: Uint8Array): Coroutine<void> {
    // What was read ahead may be what is changed here.
    yield* this.dropAhead();
    this.#knownSize = undefined;
    for (let offset = 0; offset < data.length; ) {
      const piece = data.subarray(offset, offset + LARGEST_WRITE);
      offset += yield* this.#written(this.calls.write(piece, position + offset));
    }
  }

  /** Goes to the program's own position, which is behind the system's. */
  *dropAhead(): Coroutine<void> {
    yield* this.settled();
    this.checkOpen();
    if (this.#reading !== undefined) yield* this.#waitRead(this.#reading);
    if (!this.seekable) return;
    this.#position -= this.ahead.size;
    this.ahead.clear();
  }

  /** After `dropAhead`. */
  moveTo(position: number): void {
    this.#following = this.#following && position === this.#position;
    this.#position = position;
  }

  stat(): Coroutine<Stats> {
    return this.#idle(() => this.calls.stat());
  }

  *sync(): Coroutine<void> {
    yield* this.#idle(() => this.calls.sync());
  }

  *truncate(size: number): Coroutine<void> {
    this.#knownSize = undefined;
    yield* this.#idle(() => this.calls.truncate(size));
  }

  /** It is closed when its calls are over, whether or not somebody waits for that. */
  *close(): Coroutine<void> {
    this.#closing ??= this.calls.close();
    yield* this.#closing.wait();
  }

  /** What a cancelled caller has left under way is over. How it ended is not the next one's business. */
  *settled(): Coroutine<void> {
    while (this.#changing !== undefined) {
      const left = this.#changing;
      try {
        yield* left.wait();
      } catch (error) {
        if (!left.over) throw error;
      }
      if (this.#changing === left) this.#changing = undefined;
    }
  }

  *#writeOn(piece: Uint8Array, plain: boolean): Coroutine<number> {
    const writing = this.calls.write(piece, plain ? this.#position : -1);
    writing.whenResolved((count) => {
      if (count > 0) this.#position += count;
    });
    try {
      return yield* this.#written(writing);
    } finally {
      if (this.#append && this.seekable) this.#position = yield* this.calls.endOfAppended().waitOut();
    }
  }

  *#fillPart(into: Buffer): Coroutine<number> {
    // What a cancelled caller has left under way comes first.
    if (this.#reading !== undefined && !(yield* this.fill(0))) return 0;
    if (this.ahead.size === 0) return yield* this.#read(into.length, into);
    return this.ahead.take(Math.min(into.length, this.ahead.size)).copy(into);
  }

  *#written(writing: Pending<number>): Coroutine<number> {
    const count = yield* this.change(writing);
    // Nobody but `close` stops a write that is waited for.
    if (count === STOPPED) this.checkOpen();
    return Math.max(count, 0);
  }

  /** The number of bytes read, by a read that was under way or a new one. */
  *#read(length: number, into: Uint8Array | undefined): Coroutine<number> {
    for (;;) {
      yield* this.settled();
      this.checkOpen();
      if (this.#reading === undefined) this.#startRead(length, into);
      const count = yield* this.#waitRead(this.#reading!);
      // Else it was stopped when its caller was cancelled.
      if (count !== STOPPED) return count;
    }
  }

  #startRead(length: number, into: Uint8Array | undefined): void {
    const position = this.seekable ? this.#position : -1;
    const reading = this.calls.read(Math.min(length, this.calls.largestRead), position, this.#arrived);
    this.#into = into;
    this.#reading = reading;
    reading.whenResolved(() => {
      this.#reading = undefined;
      this.#into = undefined;
    });
  }

  *#waitRead(reading: Pending<number>): Coroutine<number> {
    try {
      return yield* reading.wait();
    } catch (error) {
      this.#into = undefined;
      if (reading.over) this.#forget(reading);
      else if (!this.seekable) reading.cancel();
      throw error;
    }
  }

  #forget(reading: Pending<number>): void {
    if (this.#reading === reading) this.#reading = undefined;
  }

  #take(data: Buffer, own: Buffer | false): void {
    if (data.length === 0) return;
    this.#position += data.length;
    this.#following = true;
    if (this.#into !== undefined) {
      this.#into.set(data);
      this.#landed = data.length;
      return;
    }
    // A few bytes do not keep a large piece of memory.
    this.ahead.push(own !== false && data.length * 2 >= own.length ? data : Buffer.from(data));
  }

  /** Waits for an operation that is no read; a cancelled one that may last is left to the next one. */
  *change<T>(operation: Pending<T>): Coroutine<T> {
    this.#changing = operation;
    try {
      return yield* this.seekable || this.calls.stoppable ? operation.waitOut() : operation.wait();
    } finally {
      if (operation.over) this.#changing = undefined;
    }
  }

  *#idle<T>(start: () => Pending<T>): Coroutine<T> {
    yield* this.settled();
    this.checkOpen();
    return yield* this.change(start());
  }
}
