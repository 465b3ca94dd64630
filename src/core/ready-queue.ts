/** What the loop can run: a handle, a task that is due, a done callback. Never throws out of `run`. */
export interface Runnable {
  run(): void;
}

/** Of a coroutine that two tasks were given, both wait for what it is suspended on. */
class Both implements Runnable {
  private readonly first: Runnable;
  private readonly second: Runnable;

  constructor(first: Runnable, second: Runnable) {
    this.first = first;
    this.second = second;
  }

  run(): void {
    this.first.run();
    this.second.run();
  }
}

/** `second`, after `first` if there is one: for what has room for one who waits. @internal */
export function alsoRun(first: Runnable | undefined, second: Runnable): Runnable {
  return first === undefined ? second : new Both(first, second);
}

/** 2^n slots to begin with; doubles when full, never shrinks: a loop that was once busy will be again. */
const FIRST_CAPACITY = 256;

/** FIFO of what runs next: a ring, so that push and shift allocate nothing. */
export class ReadyQueue {
  #slots: (Runnable | undefined)[] = new Array(FIRST_CAPACITY).fill(undefined);
  #mask = FIRST_CAPACITY - 1;
  #head = 0;
  length = 0;

  push(runnable: Runnable): void {
    if (this.length > this.#mask) this.#grow();
    this.#slots[(this.#head + this.length) & this.#mask] = runnable;
    this.length += 1;
  }

  shift(): Runnable | undefined {
    if (this.length === 0) return undefined;
    const head = this.#head;
    const runnable = this.#slots[head];
    this.#slots[head] = undefined;
    this.#head = (head + 1) & this.#mask;
    this.length -= 1;
    return runnable;
  }

  clear(): void {
    while (this.length > 0) this.shift();
  }

  #grow(): void {
    const old = this.#slots;
    const size = old.length;
    const slots: (Runnable | undefined)[] = new Array(size * 2).fill(undefined);
    for (let i = 0; i < size; i += 1) slots[i] = old[(this.#head + i) & this.#mask];
    this.#slots = slots;
    this.#mask = size * 2 - 1;
    this.#head = 0;
  }
}
