import { type AsyncCoroutineIterator, asyncIterate } from '../core/async-protocols.ts';
import { type Coroutine, describeValue } from '../core/coroutine.ts';
import { inspectCustom } from '../core/inspect.ts';
import { checkInteger } from '../net/check.ts';
import type { AsyncFile, Whence } from './async-file.ts';

/** How text is written as bytes. */
export type TextEncoding = 'utf8' | 'latin1';

export const ENCODINGS: readonly TextEncoding[] = ['utf8', 'latin1'];

/** The two highest bits of a byte of UTF-8 that goes on with a character. */
const CONTINUES_MASK = 0xc0;
const CONTINUES = 0x80;

/**
 * An open file of text: what `openFile` gives with an `encoding`. Everything else is as with `AsyncFile`, on which it
 * stands; positions are those of bytes. Line ends are left as they are, and bytes that are no UTF-8 become U+FFFD.
 *
 * @example
 * yield* asyncWith(yield* openFile('bill.txt', 'r', { encoding: 'utf8' }), function* (file) {
 *   yield* asyncFor(file, function* (line) { console.log(line.trimEnd()); });
 * });
 *
 * Differs from Python's text files: `\r\n` is not made `\n`, `tell()` is always a position in bytes, and wrong bytes are no error.
 */
export class TextFile {
  /** The same file by bytes; both have one position. */
  readonly buffer: AsyncFile;
  readonly encoding: TextEncoding;

  /** @internal */
  constructor(buffer: AsyncFile, encoding: TextEncoding) {
    this.buffer = buffer;
    this.encoding = encoding;
  }

  get path(): string {
    return this.buffer.path;
  }

  get fd(): number {
    return this.buffer.fd;
  }

  get closed(): boolean {
    return this.buffer.closed;
  }

  /** In bytes. */
  tell(): number {
    return this.buffer.tell();
  }

  /** `size` characters (code points, never a part of one), fewer at the end of the file; -1 (the default): all that is left. */
  *read(size = -1): Coroutine<string> {
    if (size === -1) return this.#text(yield* this.buffer.read());
    checkInteger(size, 'read: size', 0);
    if (this.encoding === 'latin1') return this.#text(yield* this.buffer.read(size));
    return this.#text(yield* this.buffer._readMeasured(measureCharacters(size)));
  }

  /** A line with its `\n`; the last one may lack it; an empty string at the end of the file. */
  *readLine(): Coroutine<string> {
    return this.#text(yield* this.buffer.readLine());
  }

  /** All lines that are left. */
  *readLines(): Coroutine<string[]> {
    return (yield* this.buffer.readLines()).map((line) => this.#text(line));
  }

  write(text: string): Coroutine<void> {
    checkText(text, 'write');
    return this.buffer.write(Buffer.from(text, this.encoding));
  }

  /** Writes several pieces, one behind the other; adds no line ends. */
  writeLines(lines: Iterable<string>): Coroutine<void> {
    const pieces = [...lines];
    for (const piece of pieces) checkText(piece, 'writeLines');
    return this.write(pieces.join(''));
  }

  /** Counts bytes. */
  seek(offset: number, whence: Whence = 'start'): Coroutine<number> {
    return this.buffer.seek(offset, whence);
  }

  /** Counts bytes. */
  truncate(size?: number): Coroutine<void> {
    return this.buffer.truncate(size);
  }

  sync(): Coroutine<void> {
    return this.buffer.sync();
  }

  close(): Coroutine<void> {
    return this.buffer.close();
  }

  *enter(): Coroutine<this> {
    yield* this.buffer.enter();
    return this;
  }

  *exit(_error: unknown): Coroutine<void> {
    yield* this.close();
  }

  /** By line, without the empty one at the end. */
  [asyncIterate](): AsyncCoroutineIterator<string> {
    const file = this;
    return {
      *next(): Coroutine<IteratorResult<string, unknown>> {
        const value = yield* file.readLine();
        return value === '' ? { value: undefined, done: true } : { value, done: false };
      },
    };
  }

  toString(): string {
    return `<TextFile ${this.encoding} ${this.path}${this.closed ? ' closed' : ` fd=${this.fd}`}>`;
  }

  [inspectCustom](): string {
    return this.toString();
  }

  #text(bytes: Buffer): string {
    return bytes.toString(this.encoding);
  }
}

function checkText(text: unknown, what: string): void {
  if (typeof text === 'string') return;
  const hint = text instanceof Uint8Array ? ' (bytes are written to a file that was opened without encoding)' : '';
  throw new TypeError(`${what} expects a string, got ${describeValue(text)}${hint}`);
}

/** How many bytes so many characters of UTF-8 take: known when the next one begins, or the last one's length is reached. */
function measureCharacters(count: number): (bytes: Buffer) => number | undefined {
  let begun = 0;
  let seen = 0;
  return (bytes) => {
    if (count === 0) return 0;
    for (; seen < bytes.length; seen += 1) {
      if ((bytes[seen]! & CONTINUES_MASK) === CONTINUES && begun > 0) continue;
      if (begun === count) return seen;
      begun += 1;
      if (begun < count) continue;
      const end = seen + lengthOf(bytes[seen]!);
      // Wrong bytes within are for the decoder.
      if (end <= bytes.length && allContinue(bytes, seen + 1, end)) return end;
    }
    return undefined;
  };
}

/** In bytes, as the first one says. */
function lengthOf(first: number): number {
  return first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

function allContinue(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) if ((bytes[at]! & CONTINUES_MASK) !== CONTINUES) return false;
  return true;
}
