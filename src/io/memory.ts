/**
 * Memory that a driver receives into. `words` is the same memory again, in 32-bit words: pieces that begin at a whole
 * one can be copied by them. Not every driver has it.
 */
export type Memory = Buffer & { readonly words?: Int32Array };

/** Read here once: the global is an accessor. */
const { allocUnsafe } = Buffer;

/** In bytes: up to this length a loop over words costs less than the views that a call of `copy` makes (about 90 ns). */
const SHORT = 256;
const WORD_MASK = 3;

/** The memory that the last short copy was made in, mostly a pool of Node's, in words. */
let pool: ArrayBufferLike | undefined;
let poolWords: Int32Array = new Int32Array(0);

/** `buffer` as memory to receive into. */
export function driverMemory(buffer: ArrayBuffer): Memory {
  return Object.assign(Buffer.from(buffer), { words: new Int32Array(buffer) });
}

/** A copy of `memory[start..end)` for the program to keep. */
export function copyPiece(memory: Memory, start: number, end: number): Buffer {
  const length = end - start;
  const piece = allocUnsafe(length);
  const { words } = memory;
  if (length > SHORT || words === undefined || ((start | piece.byteOffset) & WORD_MASK) !== 0) {
    memory.copy(piece, 0, start, end);
    return piece;
  }
  const { buffer } = piece;
  if (buffer !== pool) usePool(buffer);
  const target = poolWords;
  const to = piece.byteOffset >> 2;
  const from = start >> 2;
  const count = length >> 2;
  for (let i = 0; i < count; i += 1) target[to + i] = words[from + i]!;
  for (let i = count << 2; i < length; i += 1) piece[i] = memory[start + i]!;
  return piece;
}

function usePool(buffer: ArrayBufferLike): void {
  pool = buffer;
  poolWords = new Int32Array(buffer, 0, buffer.byteLength >> 2);
}
