/**
 * What is to be handled, batch by batch: what is added while one is handled waits for the next, so that whoever always
 * adds more cannot hold the loop. An error may leave a batch in the middle: the rest of it comes first the next time.
 *
 * Two lists that change places and are never cut: to set an array's length is a call into the engine, which gives the
 * memory away as well.
 */
export class Batches<T> {
  private batch: (T | undefined)[] = [];
  private head = 0;
  private count = 0;
  private next: (T | undefined)[] = [];
  private nextCount = 0;

  get empty(): boolean {
    return this.nextCount === 0 && this.head === this.count;
  }

  add(item: T): void {
    this.next[this.nextCount++] = item;
  }

  /** Makes what was added the batch, when that is used up. False when nothing was added. */
  turn(): boolean {
    const { next, nextCount } = this;
    if (nextCount === 0) return false;
    this.next = this.batch;
    this.nextCount = 0;
    this.batch = next;
    this.count = nextCount;
    this.head = 0;
    return true;
  }

  /** The next one of the batch; undefined at its end. */
  shift(): T | undefined {
    const { head } = this;
    if (head === this.count) return undefined;
    const item = this.batch[head];
    this.batch[head] = undefined;
    this.head = head + 1;
    return item;
  }
}
