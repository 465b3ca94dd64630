/** Where a queue keeps its items: what decides the order in which they come out. */
export interface QueueStore<T> {
  readonly size: number;
  push(item: T): void;
  /** Only called when there is one. */
  pop(): T;
}

/** 2^n slots to begin with; doubles when full. */
const FIRST_CAPACITY = 16;

/** First in, first out: a ring, so that neither end moves the others. */
export class FifoStore<T> implements QueueStore<T> {
  #slots: (T | undefined)[] = new Array(FIRST_CAPACITY).fill(undefined);
  #head = 0;
  size = 0;

  push(item: T): void {
    if (this.size === this.#slots.length) this.#grow();
    this.#slots[(this.#head + this.size) & (this.#slots.length - 1)] = item;
    this.size += 1;
  }

  pop(): T {
    const head = this.#head;
    const item = this.#slots[head] as T;
    this.#slots[head] = undefined;
    this.#head = (head + 1) & (this.#slots.length - 1);
    this.size -= 1;
    return item;
  }

  #grow(): void {
    const inOrder = [...this.#slots.slice(this.#head), ...this.#slots.slice(0, this.#head)];
    this.#slots = inOrder.concat(new Array(inOrder.length).fill(undefined));
    this.#head = 0;
  }
}

/** Last in, first out. */
export class LifoStore<T> implements QueueStore<T> {
  readonly #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  pop(): T {
    return this.#items.pop() as T;
  }
}
