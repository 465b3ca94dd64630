import { COPY_LIMIT } from '../io/operation.ts';

/** In bytes: small writes to a slow peer are gathered into pieces of this size at first, and of twice the last later on. */
const FIRST_PIECE = 4 * 1024;
const LARGEST_PIECE = 64 * 1024;
const EMPTY = new Uint8Array(0);
/** Sent chunks at the front of the list that are worth a splice. */
const COMPACT_AT = 64;

/**
 * What waits behind the send that is in flight, in order. Up to COPY_LIMIT bytes are copied, many into one piece;
 * longer data is kept as it is. `size` is the sum of all.
 */
export class WriteQueue {
  size = 0;
  #chunks: Uint8Array[] = [];
  #head = 0;
  /** The piece that is being filled; always the last of the queue, not among the chunks yet. */
  #piece: Buffer | undefined = undefined;
  #filled = 0;
  #nextPiece = FIRST_PIECE;

  push(data: Uint8Array): void {
    this.size += data.length;
    if (data.length > COPY_LIMIT) {
      this.#endPiece();
      this.#chunks.push(data);
      return;
    }
    if (this.#piece !== undefined && this.#piece.length - this.#filled < data.length) this.#endPiece();
    if (this.#piece === undefined) {
      this.#piece = Buffer.allocUnsafeSlow(Math.max(this.#nextPiece, data.length));
      this.#nextPiece = Math.min(this.#nextPiece * 2, LARGEST_PIECE);
    }
    this.#piece.set(data, this.#filled);
    this.#filled += data.length;
  }

  /** The next to be sent. Call it only when `size` is not 0. */
  shift(): Uint8Array {
    if (this.#head === this.#chunks.length) this.#endPiece();
    const chunk = this.#chunks[this.#head]!;
    this.#chunks[this.#head] = EMPTY;
    this.#head += 1;
    this.size -= chunk.length;
    if (this.#head === this.#chunks.length) {
      this.#chunks.length = 0;
      this.#head = 0;
      if (this.#piece === undefined) this.#nextPiece = FIRST_PIECE;
    } else if (this.#head >= COMPACT_AT && this.#head * 2 > this.#chunks.length) {
      this.#chunks.splice(0, this.#head);
      this.#head = 0;
    }
    return chunk;
  }

  clear(): void {
    this.size = 0;
    this.#chunks = [];
    this.#head = 0;
    this.#piece = undefined;
    this.#filled = 0;
  }

  #endPiece(): void {
    if (this.#piece === undefined) return;
    this.#chunks.push(this.#piece.subarray(0, this.#filled));
    this.#piece = undefined;
    this.#filled = 0;
  }
}
