/** What a careful programmer writes over promises where the language has nothing: the same job, no more. */

export interface Deferred {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
}

export function deferred(): Deferred {
  let resolve!: () => void;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

/** First in, first out; the lock is handed over, so that nobody overtakes. */
export class PromiseLock {
  #locked = false;
  #waiting: (() => void)[] = [];

  async acquire(): Promise<void> {
    if (!this.#locked) {
      this.#locked = true;
      return;
    }
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#locked = false;
    else next();
  }
}

export class PromiseQueue<T> {
  readonly #size: number;
  #items: T[] = [];
  #putters: (() => void)[] = [];
  #getters: (() => void)[] = [];

  constructor(size: number) {
    this.#size = size;
  }

  async put(item: T): Promise<void> {
    while (this.#items.length >= this.#size) await new Promise<void>((resolve) => this.#putters.push(resolve));
    this.#items.push(item);
    this.#getters.shift()?.();
  }

  async get(): Promise<T> {
    while (this.#items.length === 0) await new Promise<void>((resolve) => this.#getters.push(resolve));
    const item = this.#items.shift() as T;
    this.#putters.shift()?.();
    return item;
  }
}

/** A sleep that an AbortSignal ends. */
export function sleepUntilAborted(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

/** One turn of the microtask queue that an AbortSignal could end. */
export function cedeUnlessAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    queueMicrotask(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
  });
}

export async function withTimeout<T>(ms: number, body: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new Error('timed out')), ms);
  try {
    return await body(controller.signal);
  } finally {
    clearTimeout(timer);
  }
}
