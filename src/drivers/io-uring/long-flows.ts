/** In bytes, what a piece has that counts as long: a whole buffer. */
export const LONG_PIECE = 65_536;
/** So many long pieces, and a connection is one of long data. */
const LONG_PIECES = 4;
/** So many short pieces one after the other, and it is none any more. */
const SHORT_PIECES = 8;
/** In bytes. */
const SHORT = 16_384;
const FIRST_SIZE = 64;

/** Which connections receive long data, by their descriptors. */
export class LongFlows {
  /** Long pieces up to LONG_PIECES; from there on: short pieces more. */
  private counts = new Uint8Array(FIRST_SIZE);

  isLong(fd: number): boolean {
    return fd < this.counts.length && this.counts[fd]! >= LONG_PIECES;
  }

  /** A long piece has come. True when this makes the connection one of long data. */
  long(fd: number): boolean {
    if (fd >= this.counts.length) this.grow(fd);
    const count = this.counts[fd]!;
    if (count >= LONG_PIECES) return false;
    this.counts[fd] = count + 1;
    return count + 1 === LONG_PIECES;
  }

  /** A piece of a connection of long data. */
  piece(fd: number, length: number): void {
    if (length >= SHORT) this.counts[fd] = LONG_PIECES;
    else this.counts[fd] = (this.counts[fd]! + 1) % (LONG_PIECES + SHORT_PIECES);
  }

  /** The descriptor is another connection's now. */
  forget(fd: number): void {
    if (fd < this.counts.length) this.counts[fd] = 0;
  }

  private grow(fd: number): void {
    let size = this.counts.length;
    while (size <= fd) size *= 2;
    const grown = new Uint8Array(size);
    grown.set(this.counts);
    this.counts = grown;
  }
}
