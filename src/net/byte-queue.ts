const EMPTY = Buffer.alloc(0);
/** Taken pieces at the front of the list that are worth a splice. */
const COMPACT_AT = 64;
const NEWLINE = 10;
/** In bytes: to copy so much costs more than one read more. */
const LONG = 16 * 1024;

/**
 * Bytes that came in pieces and go out in others. A piece that is asked for whole, or in part, is not copied; several
 * are joined once. A search over several pieces first joins them in memory that doubles, so that a line which comes
 * byte by byte costs linear time.
 *
 * Invariants: `#first` is undefined only when nothing is there; `#rest` is undefined unless something is behind it. One
 * piece at a time is what most connections have, and for that no list is made.
 */
export class ByteQueue {
  size = 0;
  #first: Buffer | undefined = undefined;
  /** Where the first piece begins. */
  #offset = 0;
  #rest: Buffer[] | undefined = undefined;
  /** Where in `#rest` the second piece is. */
  #head = 0;
  /** The memory behind the first piece when that is our own, with room behind it; else undefined. */
  #room: Buffer | undefined = undefined;

  push(piece: Buffer): void {
    this.size += piece.length;
    if (this.#first === undefined) this.#first = piece;
    else if (this.#rest === undefined) this.#rest = [piece];
    else this.#rest.push(piece);
  }

  clear(): void {
    this.size = 0;
    this.#first = undefined;
    this.#offset = 0;
    this.#rest = undefined;
    this.#head = 0;
    this.#room = undefined;
  }

  /** The first `count` bytes, which must be there. */
  take(count: number): Buffer {
    if (count === 0) return EMPTY;
    const first = this.#first!;
    const offset = this.#offset;
    const left = first.length - offset;
    if (count > left) return this.#takeSeveral(count);
    this.size -= count;
    if (count < left) {
      this.#offset = offset + count;
      return first.subarray(offset, offset + count);
    }
    this.#dropFirst();
    return offset === 0 ? first : first.subarray(offset);
  }

  /** How many bytes to take where fewer will do as well: all, but a long piece is not copied to be joined with others. */
  get cheap(): number {
    const left = this.#first === undefined ? 0 : this.#first.length - this.#offset;
    return left >= LONG ? left : this.size;
  }

  /** Everything. */
  takeAll(): Buffer {
    return this.take(this.size);
  }

  /** Everything, which stays. */
  peekAll(): Buffer {
    return this.size === 0 ? EMPTY : this.#joined().subarray(this.#offset);
  }

  drop(count: number): void {
    if (count === this.size) this.clear();
    else this.take(count);
  }

  /** Where `separator` begins, from `from` on; -1 when it is not there. */
  indexOf(separator: Uint8Array, from: number): number {
    if (this.size - from < separator.length) return -1;
    const first = this.#joined();
    const at =
      separator.length === 1
        ? first.indexOf(separator[0]!, this.#offset + from)
        : first.indexOf(separator, this.#offset + from);
    return at < 0 ? -1 : at - this.#offset;
  }

  /** As `indexOf` for a line's end. */
  newlineFrom(from: number): number {
    if (this.size <= from) return -1;
    const at = this.#joined().indexOf(NEWLINE, this.#offset + from);
    return at < 0 ? -1 : at - this.#offset;
  }

  startsWith(separator: Uint8Array, at: number): boolean {
    if (this.size - at < separator.length) return false;
    const first = this.#joined();
    const start = this.#offset + at;
    return first.compare(separator, 0, separator.length, start, start + separator.length) === 0;
  }

  #takeSeveral(count: number): Buffer {
    const whole = Buffer.allocUnsafe(count);
    for (let filled = 0; filled < count; ) {
      const first = this.#first!;
      const copied = first.copy(whole, filled, this.#offset, Math.min(first.length, this.#offset + count - filled));
      filled += copied;
      this.#offset += copied;
      if (this.#offset === first.length) this.#dropFirst();
    }
    this.size -= count;
    return whole;
  }

  #dropFirst(): void {
    this.#offset = 0;
    this.#room = undefined;
    const rest = this.#rest;
    if (rest === undefined) {
      this.#first = undefined;
      return;
    }
    this.#first = rest[this.#head]!;
    rest[this.#head] = EMPTY;
    this.#head += 1;
    if (this.#head === rest.length) {
      this.#rest = undefined;
      this.#head = 0;
    } else if (this.#head >= COMPACT_AT && this.#head * 2 > rest.length) {
      rest.splice(0, this.#head);
      this.#head = 0;
    }
  }

  /** All pieces as one, with `#offset` bytes before it that are gone. Something must be there. */
  #joined(): Buffer {
    const first = this.#first!;
    const rest = this.#rest;
    if (rest === undefined) return first;
    let room = this.#room;
    let filled = first.length;
    const total = this.size + this.#offset;
    if (room === undefined || room.length < total) {
      room = Buffer.allocUnsafeSlow(this.size * 2);
      filled = first.copy(room, 0, this.#offset);
      this.#offset = 0;
      this.#room = room;
    }
    for (let i = this.#head; i < rest.length; i += 1) filled += rest[i]!.copy(room, filled);
    const whole = room.subarray(0, filled);
    this.#first = whole;
    this.#rest = undefined;
    this.#head = 0;
    return whole;
  }
}
