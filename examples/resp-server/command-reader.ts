/** The client broke the protocol: what follows cannot be understood. */
export class ProtocolError extends Error {}

const FIRST_ROOM_BYTES = 16 * 1024;
/** As much as Redis allows in a line, and far less than it allows in a value: one client shall not take all memory. */
const MAX_LINE_BYTES = 64 * 1024;
const MAX_VALUE_BYTES = 16 * 1024 * 1024;
const MAX_COMMAND_BYTES = 64 * 1024 * 1024;
const MAX_WORDS = 1024 * 1024;
/** Longer memory than this is not kept once it is empty. */
const KEPT_ROOM_BYTES = 256 * 1024;
const NOT_YET = -1;
const NEWLINE = 10;
const RETURN = 13;
const STAR = 42;
const DOLLAR = 36;

/**
 * Takes commands out of bytes, as arrays (`*2\r\n$3\r\nGET\r\n…`) or as lines (`GET key\r\n`). What is read of a command
 * that is not complete is remembered: however small the pieces in which it comes, each byte is looked at once.
 *
 * Invariant: bytes from `start` to `end` are there and not read yet; up to `searched` there is no newline among them.
 */
export class CommandReader {
  #memory = Buffer.allocUnsafe(FIRST_ROOM_BYTES);
  #start = 0;
  #end = 0;
  #searched = 0;
  /** The words of the command that is being read, how many are missing, and the length of the next when it is known. */
  #words: string[] = [];
  #missing = 0;
  #length = NOT_YET;
  #commandBytes = 0;

  /** Memory to be filled from its beginning. */
  room(): Buffer {
    if (this.#end === this.#memory.length) this.#makeRoom();
    return this.#memory.subarray(this.#end);
  }

  filled(count: number): void {
    this.#end += count;
  }

  /** The words of the next command, none for an empty one; undefined: it is not complete. Throws ProtocolError. */
  next(): string[] | undefined {
    if (this.#missing === 0) {
      const line = this.#line();
      if (line === undefined) return this.#rest();
      if (line.charCodeAt(0) !== STAR) return line.split(/[ \t]+/).filter((word) => word !== '');
      this.#missing = this.#count(line, MAX_WORDS, 'invalid multibulk length');
      this.#words = [];
      this.#commandBytes = 0;
    }
    while (this.#missing > 0) {
      const word = this.#word();
      if (word === undefined) return this.#rest();
      this.#words.push(word);
      this.#missing -= 1;
    }
    return this.#words;
  }

  #word(): string | undefined {
    if (this.#length === NOT_YET) {
      const line = this.#line();
      if (line === undefined) return undefined;
      if (line.charCodeAt(0) !== DOLLAR) throw new ProtocolError(`expected '$', got '${line.slice(0, 1)}'`);
      this.#length = this.#count(line, MAX_VALUE_BYTES, 'invalid bulk length');
      this.#commandBytes += this.#length;
      if (this.#commandBytes > MAX_COMMAND_BYTES) throw new ProtocolError('too big command');
    }
    const to = this.#start + this.#length;
    if (this.#end < to + 2) return undefined;
    if (this.#memory[to] !== RETURN || this.#memory[to + 1] !== NEWLINE) throw new ProtocolError('bulk without end');
    const word = this.#memory.toString('latin1', this.#start, to);
    this.#start = this.#searched = to + 2;
    this.#length = NOT_YET;
    return word;
  }

  #line(): string | undefined {
    const at = this.#memory.subarray(0, this.#end).indexOf(NEWLINE, this.#searched);
    if ((at < 0 ? this.#end : at) - this.#start > MAX_LINE_BYTES) throw new ProtocolError('too big inline request');
    if (at < 0) {
      this.#searched = this.#end;
      return undefined;
    }
    const line = this.#memory.toString('latin1', this.#start, this.#memory[at - 1] === RETURN ? at - 1 : at);
    this.#start = this.#searched = at + 1;
    return line;
  }

  #count(line: string, most: number, message: string): number {
    const text = line.slice(1);
    if (!/^\d{1,9}$/.test(text) || Number(text) > most) throw new ProtocolError(message);
    return Number(text);
  }

  /** Nothing more can be read for now. */
  #rest(): undefined {
    if (this.#start < this.#end) return undefined;
    this.#start = this.#end = this.#searched = 0;
    if (this.#memory.length > KEPT_ROOM_BYTES) this.#memory = Buffer.allocUnsafe(FIRST_ROOM_BYTES);
    return undefined;
  }

  /** Moves what is unread to the front, in memory of twice the size if that is needed, or as long as the value that comes. */
  #makeRoom(): void {
    const unread = this.#end - this.#start;
    const wanted = Math.max(this.#length + 2, unread * 2, FIRST_ROOM_BYTES);
    const target = wanted > this.#memory.length ? Buffer.allocUnsafeSlow(wanted) : this.#memory;
    this.#memory.copy(target, 0, this.#start, this.#end);
    this.#memory = target;
    this.#searched -= this.#start;
    this.#start = 0;
    this.#end = unread;
  }
}
