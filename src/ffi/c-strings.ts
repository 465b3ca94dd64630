import { type Pinned, type Pointer, pinned } from './libc.ts';
import { highWord, lowWord } from './memory.ts';

const POINTER_LENGTH = 8;
const WORD_LENGTH = 4;
/** In bytes: what a UTF-16 unit becomes at most in UTF-8. */
const LONGEST_UNIT = 3;
const NUL_LENGTH = 1;
const FIRST_ROOM = 16 * 1024;
/** In bytes: what is longer than usual is not kept. */
const LARGEST_KEPT = 256 * 1024;

/** A list as C has it, an array of pointers that ends with NULL, and the first of its strings. */
export interface CList {
  readonly address: Pointer;
  readonly first: Pointer;
}

/** Lists of strings in memory of our own, one set of lists after the other. */
export class CStrings {
  private memory: Pinned = pinned(FIRST_ROOM);
  private buffer: Buffer = Buffer.from(this.memory.bytes.buffer);
  /** Where the next pointer is written, and the next string: the pointers come first, where they are aligned. */
  private pointersEnd = 0;
  private stringsEnd = 0;

  /** Good until the next call. */
  lay(...lists: readonly (readonly string[])[]): CList[] {
    let pointers = 0;
    let bytes = 0;
    for (const list of lists) {
      pointers += list.length + 1;
      for (const text of list) bytes += text.length * LONGEST_UNIT + NUL_LENGTH;
    }
    this.pointersEnd = 0;
    this.stringsEnd = pointers * POINTER_LENGTH;
    this.ensure(this.stringsEnd + bytes);
    return lists.map((list) => this.add(list));
  }

  private ensure(room: number): void {
    const has = this.memory.bytes.length;
    if (room <= has && has <= LARGEST_KEPT) return;
    this.memory = pinned(Math.max(room, FIRST_ROOM));
    this.buffer = Buffer.from(this.memory.bytes.buffer);
  }

  private add(list: readonly string[]): CList {
    const { buffer, memory } = this;
    const { address } = memory;
    const added = { address: address + this.pointersEnd, first: address + this.stringsEnd };
    for (const text of list) {
      this.addPointer(address + this.stringsEnd);
      this.stringsEnd += buffer.write(text, this.stringsEnd);
      buffer[this.stringsEnd] = 0;
      this.stringsEnd += NUL_LENGTH;
    }
    this.addPointer(0);
    return added;
  }

  private addPointer(pointer: Pointer): void {
    const { view } = this.memory;
    view.setInt32(this.pointersEnd, lowWord(pointer), true);
    view.setInt32(this.pointersEnd + WORD_LENGTH, highWord(pointer), true);
    this.pointersEnd += POINTER_LENGTH;
  }
}
