import { type Pinned, type Pointer, pinned } from './libc.ts';

const POINTER_LENGTH = 8;
/** In bytes: what a UTF-16 unit becomes at most in UTF-8. */
const LONGEST_UNIT = 3;
const NUL = 1;
const WORD_LENGTH = 4;
/** 2^32, to write an address as two words. */
const WORD = 0x1_0000_0000;

/** A list as C has it, an array of pointers that ends with NULL, and the first of its strings. */
export interface CList {
  readonly address: Pointer;
  readonly first: Pointer;
}

/** Lists of strings in memory of our own, which goes with this object: keep it until the call is over. */
export class CStrings {
  readonly lists: readonly CList[];
  private readonly memory: Pinned;
  private readonly buffer: Buffer;
  /** Where the next pointer is written, and the next string: the pointers come first, where they are aligned. */
  private pointersEnd = 0;
  private stringsEnd: number;

  constructor(...lists: readonly (readonly string[])[]) {
    let pointers = 0;
    let bytes = 0;
    for (const list of lists) {
      pointers += list.length + 1;
      for (const text of list) bytes += text.length * LONGEST_UNIT + NUL;
    }
    this.stringsEnd = pointers * POINTER_LENGTH;
    this.memory = pinned(this.stringsEnd + bytes);
    this.buffer = Buffer.from(this.memory.bytes.buffer);
    this.lists = lists.map((list) => this.add(list));
  }

  private add(list: readonly string[]): CList {
    const { address } = this.memory;
    const added = { address: address + this.pointersEnd, first: address + this.stringsEnd };
    for (const text of list) {
      const pointer = address + this.stringsEnd;
      this.buffer.writeUInt32LE(pointer % WORD, this.pointersEnd);
      this.buffer.writeUInt32LE(Math.floor(pointer / WORD), this.pointersEnd + WORD_LENGTH);
      this.pointersEnd += POINTER_LENGTH;
      // The memory is zeroed: behind each string there is its NUL.
      this.stringsEnd += this.buffer.write(text, this.stringsEnd) + NUL;
    }
    this.pointersEnd += POINTER_LENGTH;
    return added;
  }
}
